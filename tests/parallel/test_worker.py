"""The loop of a worker process: its messages, and when it ends."""

import pickle
from contextlib import contextmanager
from multiprocessing import Pipe, get_context

import pytest

from optgallery.parallel.worker import _picklable, results_of, serve

TASKS = [(5,), (-1,), (2,)]


def halves(number):
    """Yield both halves of a number."""
    if number < 0:
        raise ValueError(f"{number} is negative")
    yield number // 2
    yield number - number // 2


@contextmanager
def worker(method):
    """Start a worker process; yield it, the pipe to it, and our end of its parent pipe."""
    ours, theirs = Pipe()
    parent_pipe, end = Pipe(duplex=False)
    inherited = (halves, TASKS) if method == "fork" else None
    own = (ours, end) if method == "fork" else ()
    process = get_context(method).Process(target=serve, args=(theirs, parent_pipe, inherited, own))
    process.start()
    theirs.close()
    try:
        yield process, ours, end
    finally:
        process.kill()
        process.join()
        for pipe in (ours, parent_pipe, end):
            pipe.close()


def answers(ours, request):
    """Send a request and return the messages until it is done."""
    ours.send(request)
    received = []
    while not received or received[-1][0] not in ("done", "raised"):
        assert ours.poll(60)
        received.append(ours.recv())
    return received


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_worker_sends_each_result_and_goes_on_after_an_exception(method):
    requests = range(3) if method == "fork" else [pickle.dumps((halves, task)) for task in TASKS]
    with worker(method) as (process, ours, _):
        assert ours.poll(120)
        assert ours.recv() == ("ready", None)
        first, second, third = (answers(ours, request) for request in requests)
        ours.send(None)
        process.join(60)
        assert process.exitcode == 0
    assert first == [("started", None), ("result", 2), ("result", 3), ("done", None)]
    assert third == [("started", None), ("result", 1), ("result", 1), ("done", None)]
    started, (kind, (error, told)) = second
    assert (started, kind) == (("started", None), "raised")
    assert (type(error), str(error)) == (ValueError, "-1 is negative")
    assert 'raise ValueError(f"{number} is negative")' in told


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_worker_ends_with_its_parent(method):
    with worker(method) as (process, ours, end):
        assert ours.poll(120)
        assert ours.recv() == ("ready", None)
        assert process.is_alive()
        end.close()
        process.join(60)
        assert process.exitcode == 1


def test_a_generator_has_many_results_and_any_other_function_one():
    assert list(results_of(halves(5))) == [2, 3]
    assert list(results_of([1, 2])) == [[1, 2]]


def test_exception_that_cannot_be_pickled_is_replaced_by_its_text():
    class Local(Exception):
        """A class that no other process can import."""

    sent = _picklable(Local("this and that"))
    assert (type(sent), str(sent)) == (RuntimeError, "Local: this and that")
    kept = ValueError("this")
    assert _picklable(kept) is kept
