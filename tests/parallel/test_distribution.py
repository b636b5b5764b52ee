"""Tasks on local processes, and on a local Dask cluster with two workers."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from select import select

import joblib
import numpy as np
import pytest
from clusters import TIMEOUT, Cluster, free_port
from ending import ending
from forking import run_code, start_code
from small_tasks import (
    always_die_at_one,
    die_the_first_time,
    half,
    nested,
    refuse,
    where,
)

import optgallery as og
from optgallery.cache.store import Store
from optgallery.parallel.distribution import (
    VARIABLE,
    ClusterError,
    ProcessEndedError,
    _Installation,
    _on_worker,
    cluster_address,
    map_unordered,
)
from optgallery.sphinxext.incremental.pictures import draw_tiles, tile_key
from optgallery.sweeps.trajectory_cache import pack

OPTIMIZERS = ["sgd", "adahessian", "lbfgs", "swats"]
FUNCTIONS = ["beale", "ackley"]
RATES = (0.01, 0.3, 30.0)


@pytest.mark.parametrize("jobs", [None, 1, 2])
def test_each_task_gives_one_result(jobs):
    results = dict(map_unordered(half, [(n,) for n in range(7)], jobs=jobs))
    assert results == {n: n / 2 for n in range(7)}


def test_several_tasks_use_other_processes_and_one_task_does_not():
    pids = {pid for _, (pid, _) in map_unordered(where, [(n,) for n in range(4)], jobs=2)}
    assert os.getpid() not in pids
    assert [found for _, found in map_unordered(where, [(0,)], jobs=2)] == [(os.getpid(), False)]


def test_worker_starts_neither_processes_nor_threads():
    # joblib would use threads there, which would share torch's generator
    (pid, inner), _ = joblib.Parallel(n_jobs=2)(joblib.delayed(nested)(3) for _ in range(2))
    assert pid != os.getpid()
    assert inner == [(pid, True)] * 3


@pytest.mark.parametrize("jobs", [1, 2])
def test_exception_of_a_task_is_raised(jobs):
    with pytest.raises(ArithmeticError, match="3 is too much"):
        list(map_unordered(refuse, [(n,) for n in range(5)], jobs=jobs))


def test_killed_process_loses_no_result(tmp_path):
    tasks = [(tmp_path / "died", n) for n in range(8)]
    assert dict(map_unordered(die_the_first_time, tasks, jobs=2)) == {n: n for n in range(8)}
    assert (tmp_path / "died").exists()


def test_task_that_ends_every_process_fails_after_all_others_are_done():
    told = (
        r"^the process ended: killed \(SIGKILL\), as the system does when memory runs out, "
        r"in each of 3 attempts to run task 1 of always_die_at_one\(\)$"
    )
    done = []
    results = map_unordered(always_die_at_one, [(n,) for n in range(3)], jobs=2)
    with pytest.raises(ProcessEndedError, match=told):
        done.extend(results)
    assert sorted(done) == [(0, 0), (2, 2)]


def test_results_need_not_be_consumed():
    results = map_unordered(half, [(n,) for n in range(50)], jobs=2)
    next(results)
    results.close()
    assert dict(map_unordered(half, [(1,), (2,)], jobs=2)) == {0: 0.5, 1: 1.0}


@pytest.mark.parametrize(
    ("named", "address"),
    [("", None), ("  ", None), (" tcp://10.0.0.1:8786 ", "tcp://10.0.0.1:8786")],
)
def test_the_environment_variable_sets_the_cluster(monkeypatch, named, address):
    monkeypatch.setenv(VARIABLE, named)
    assert cluster_address() == address


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler with two workers that share no folder with other processes."""
    started = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        started.start_scheduler()
        started.wait_for({started.start_worker(), started.start_worker()})
        yield started
    finally:
        started.stop()


def same(one: og.Sweep, other: og.Sweep) -> bool:
    assert list(one) == list(other)
    return all(pack(one[cell]) == pack(other[cell]) for cell in one)


def test_sweep_on_a_cluster_equals_the_local_one_bit_for_bit(cluster, tmp_path):
    settings = {"lrs": RATES, "steps": 40}
    remote = og.sweep(
        OPTIMIZERS, FUNCTIONS, store=tmp_path / "remote", cluster=cluster.address, **settings
    )
    local = og.sweep(OPTIMIZERS, FUNCTIONS, store=tmp_path / "local", jobs=1, **settings)
    assert same(remote, local)
    assert {run.status for run in remote.values()} == {"completed", "diverged"}
    for run in remote.values():
        single = og.run(run.optimizer, run.test_fn, lr=run.lr, steps=40)
        np.testing.assert_array_equal(run.points, single.points)
    kept = {
        store: sorted(p.name for p in (tmp_path / store).rglob("?*"))
        for store in ("remote", "local")
    }
    assert kept["remote"] == kept["local"]
    assert len(remote) == 24


@pytest.mark.parametrize("across", [{"weight_decay": [0, 0.5]}, {"noise": [0, 0.5]}], ids=str)
def test_a_sweep_across_a_further_axis_is_the_same_on_a_cluster(cluster, tmp_path, across):
    settings = {"across": across, "steps": 20}
    names = ["adamw", "lamb", "adahessian"]
    remote, local = (
        og.sweep(names, "beale", [0.1], store=tmp_path / kind, **where, **settings)
        for kind, where in (("remote", {"cluster": cluster.address}), ("local", {"jobs": 1}))
    )
    assert same(remote, local)
    assert [run.title for run in remote.values()] == [run.title for run in local.values()]


def test_pictures_from_a_cluster_equal_the_local_ones_byte_for_byte(cluster, tmp_path, monkeypatch):
    runs = list(og.sweep(["sgd", "lbfgs"], FUNCTIONS, RATES, steps=30).values())
    remote, local = Store(tmp_path / "remote"), Store(tmp_path / "local")
    monkeypatch.setenv(VARIABLE, cluster.address)
    assert draw_tiles(runs, remote) == 12
    assert draw_tiles(runs, remote) == 0
    monkeypatch.delenv(VARIABLE)
    assert draw_tiles(runs, local) == 12
    for run in runs:
        key = tile_key(run)
        assert remote.get(key) == local.get(key) is not None


def test_workers_need_no_store(cluster, tmp_path):
    og.sweep("sgd", "sphere", [0.1], steps=3, store=tmp_path, cluster=cluster.address)
    for name in cluster.processes:
        written = {path.name for path in (cluster.folder / name).rglob("*") if path.is_file()}
        assert "CACHEDIR.TAG" not in written
    assert (tmp_path / "CACHEDIR.TAG").exists()


def test_killed_worker_loses_no_result(cluster):
    two = set(cluster.workers())
    third = cluster.start_worker()
    cluster.wait_for({*two, third})
    tasks = [("lbfgs", "ackley")] * 40
    results = map_unordered(og.run, tasks, cluster=cluster.address)
    found = [next(results)]
    cluster.kill(third)
    found += results
    cluster.wait_for(two)
    assert sorted(index for index, _ in found) == list(range(40))
    assert len({pack(trajectory) for _, trajectory in found}) == 1


def test_exception_of_a_task_on_a_cluster_is_raised_here(cluster):
    with pytest.raises(ValueError, match="unknown optimizer 'adamv'"):
        list(
            map_unordered(og.run, [("adam", "beale"), ("adamv", "beale")], cluster=cluster.address)
        )


def test_an_optimizer_that_raises_on_a_worker_is_a_failed_run(cluster, tmp_path):
    with pytest.warns(RuntimeWarning, match="1 of 2 runs failed: SGD on Sphere, lr 0.1: failed"):
        swept = og.sweep(
            [og.OPTIMIZERS["adam"], broken_sgd()],
            "sphere",
            [0.1],
            steps=4,
            store=tmp_path,
            cluster=cluster.address,
        )
    assert [run.status for run in swept.values()] == ["completed", "failed"]


def broken_sgd() -> og.OptimizerSpec:
    """An entry of SGD with an unknown hyper-parameter."""
    from dataclasses import replace

    return replace(og.OPTIMIZERS["sgd"], defaults={"warp": 9})


def test_worker_with_another_version_is_rejected_by_name(cluster, tmp_path):
    folder = Path(og.__file__).parent
    ignored = shutil.ignore_patterns("__pycache__")
    copy = shutil.copytree(folder, tmp_path / "optgallery", ignore=ignored)
    with (copy / "optim" / "yogi.py").open("a", encoding="utf-8") as module:
        module.write("# another version\n")
    two = set(cluster.workers())
    other = cluster.start_worker(PYTHONPATH=str(tmp_path))
    try:
        cluster.wait_for({*two, other})
        address = cluster.workers()[other]
        with pytest.raises(ClusterError, match="another version of optgallery") as refused:
            list(map_unordered(og.run, [("sgd", "beale")], cluster=cluster.address))
        assert address in str(refused.value)
        assert str(refused.value).count("tcp://") == 2
    finally:
        cluster.kill(other)
        cluster.wait_for(two)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"package": "0"}, "another version of optgallery"),
        ({"environment": "0"}, "other versions of Python or of the libraries, or another kind"),
    ],
)
def test_worker_that_joins_later_is_checked_too(cluster, change, reason):
    from distributed import Client

    from optgallery.parallel.distribution import _installation

    expected = _Installation(**{**_installation()._asdict(), **change})
    with Client(cluster.address, set_as_default=False) as client:
        future = client.submit(_on_worker, expected, og.run, ("sgd", "beale"), pure=False)
        with pytest.raises(ClusterError, match=f"the worker tcp://.* has {reason}"):
            future.result()


def test_no_scheduler_is_contacted_without_tasks(tmp_path):
    once = og.sweep("sgd", "sphere", [0.1], steps=3, store=tmp_path)
    nobody = f"tcp://127.0.0.1:{free_port()}"
    assert same(og.sweep("sgd", "sphere", [0.1], steps=3, store=tmp_path, cluster=nobody), once)


def test_missing_scheduler_is_reported_within_seconds_with_advice():
    nobody = f"tcp://127.0.0.1:{free_port()}"
    started = time.monotonic()
    with pytest.raises(ClusterError, match=f"no Dask scheduler answers at {nobody}: start one"):
        og.sweep("sgd", "sphere", [0.123], steps=2, cluster=nobody)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("address", ["nonsense", "warp://host:1", "tcp://127.0.0.1:port"])
def test_invalid_address_is_reported_with_advice(address):
    with pytest.raises(ClusterError, match=f"no Dask scheduler answers at {address}: start one"):
        og.sweep("sgd", "sphere", [0.123], steps=2, cluster=address)


def test_scheduler_without_workers_and_dying_scheduler_are_reported(tmp_path, monkeypatch):
    monkeypatch.setattr("optgallery.parallel.distribution._TIMEOUT", 2)
    alone = Cluster(tmp_path)
    try:
        alone.start_scheduler()
        with pytest.raises(ClusterError, match=f"{alone.address} has no workers: start some with"):
            list(map_unordered(og.run, [("sgd", "beale")], cluster=alone.address))
        alone.wait_for({alone.start_worker()})
        results = map_unordered(og.run, [("lbfgs", "ackley")] * 200, cluster=alone.address)
        next(results)
        alone.kill("scheduler")
        with pytest.raises(ClusterError, match="is gone; finished results are kept"):
            list(results)
    finally:
        alone.stop()


def test_run_that_ends_its_worker_fails_alone(tmp_path):
    alone = Cluster(tmp_path)
    try:
        imports = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        alone.start_scheduler(DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0", **imports)
        # one ends with the batch, another one with the run alone
        alone.wait_for({alone.start_worker(**imports) for _ in range(3)})
        told = r"^1 of 2 runs failed: Ending on Beale, lr 0\.1: failed: the process ended: every "
        with pytest.warns(RuntimeWarning, match=told):
            swept = og.sweep(
                ending(9, 0.1),
                "beale",
                [0.1, 0.01],
                steps=5,
                cluster=alone.address,
                store=tmp_path / "store",
            )
        assert [run.status for run in swept.values()] == ["failed", "completed"]
        assert len(list(Store(tmp_path / "store").files())) == 1
    finally:
        alone.stop()


HERE = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
LINUX = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux tells threads")
ALONE = """
import json, os, sys
from pathlib import Path
import optgallery as og
from optgallery.sweeps.trajectory_cache import pack
from small_tasks import die_the_first_time, half, where
from optgallery.parallel.distribution import map_unordered

folder = Path(sys.argv[1])
og.mark = "which no new process would have"
swept = [og.sweep(["sgd", "soap"], ["beale", "ackley"], [0.1], steps=9, jobs=jobs,
                  store=folder / str(jobs)) for jobs in (1, 2)]
print(json.dumps({
    "pid": os.getpid(),
    "pids": [pid for _, (pid, _) in map_unordered(where, [(n,) for n in range(4)], jobs=2)],
    "halves": dict(map_unordered(lambda n: n / 2, [(n,) for n in range(7)], jobs=2)),
    "survivors": dict(
        map_unordered(die_the_first_time, [(folder / "died", n) for n in range(8)], jobs=2)
    ),
    "left": next(map_unordered(half, [(n,) for n in range(50)], jobs=2)),
    "same": [pack(a) == pack(b) for a, b in zip(*(s.values() for s in swept), strict=True)],
    "copies": dict(map_unordered(lambda _: hasattr(og, "mark"), [(0,), (1,)], jobs=2)),
}))
"""


# a shell that runs the tests in the background has them ignore interrupts
INTERRUPTED = """
import signal, sys, threading, time
import optgallery as og

signal.signal(signal.SIGINT, signal.default_int_handler)
folder, kind = sys.argv[1:]
if kind == "new processes":
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
for number in range(3):
    try:
        og.sweep(["sgd", "lbfgs", "soap"], ["beale", "sphere", "booth", "ackley"],
                 steps=20_000, jobs=2, store=f"{folder}/{number}")
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


def of_session(mark: str) -> set[int]:
    """Return the processes with a mark in their environment, except those that only clean up."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            marked = mark.encode() in (folder / "environ").read_bytes()
            if marked and b"resource_tracker" not in (folder / "cmdline").read_bytes():
                found.add(int(folder.name))
        except OSError:  # it has just ended
            continue
    return found


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@LINUX
@pytest.mark.parametrize("kind", ["copies", "new processes"])
def test_interrupt_ends_a_sweep_within_seconds_and_keeps_results(tmp_path, kind):
    mark = f"MARK_OF_SESSION={tmp_path}"
    script = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(tmp_path), kind],
        env=os.environ
        | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        | dict([mark.split("=")]),
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )

    def kept(number: int) -> int:
        return len(list(Store(tmp_path / str(number)).files()))

    def interrupt(number: int, send: Callable[[int, int], None]) -> None:
        before, started = kept(number), time.monotonic()
        send(script.pid, signal.SIGINT)
        assert select([script.stdout], [], [], TIMEOUT)[0]
        assert script.stdout.readline() == "interrupted\n"
        assert time.monotonic() - started < 5  # on a busy machine
        assert of_session(mark) <= {script.pid}
        assert kept(number) >= before

    try:
        wait_until(lambda: len(of_session(mark)) == 3)
        interrupt(0, os.killpg)  # while new processes are still importing
        for number, send in ((1, os.kill), (2, os.killpg)):
            wait_until(lambda number=number: kept(number) >= 2)
            interrupt(number, send)
        assert script.wait(TIMEOUT) == 0
        assert script.stderr.read() == ""
        wait_until(lambda: not of_session(mark))
    finally:
        for pid in of_session(mark):
            os.kill(pid, signal.SIGKILL)
        script.communicate()


ORPHANED = """
import os, sys, time
from pathlib import Path
from optgallery.parallel.distribution import map_unordered

def wait(number):
    Path(sys.argv[1], str(os.getpid())).touch()
    time.sleep(600)

list(map_unordered(wait, [(1,), (2,)], jobs=2))
"""


@LINUX
def test_forked_workers_end_with_their_parent(tmp_path):
    started = tmp_path / "started"
    started.mkdir()
    logs = {"out": tmp_path / "out", "errors": tmp_path / "errors"}
    process = start_code(ORPHANED, str(started), **logs)
    deadline = time.monotonic() + TIMEOUT
    while len(list(started.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    workers = [Path("/proc", path.name) for path in started.iterdir()]
    assert len(workers) == 2
    process.kill()
    process.wait()
    while any(worker.exists() for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(worker.exists() for worker in workers)


@LINUX
def test_process_with_one_thread_forks_its_workers(tmp_path):
    done = run_code(
        ALONE, str(tmp_path), environment={**os.environ, "PYTHONPATH": os.pathsep.join(HERE)}
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["pid"] not in found["pids"]
    assert found["halves"] == {str(n): n / 2 for n in range(7)}
    assert found["survivors"] == {str(n): n for n in range(8)}
    assert (tmp_path / "died").exists()
    index, number = found["left"]
    assert number == index / 2
    assert found["same"] == [True] * 4
    assert found["copies"] == {"0": True, "1": True}


def test_the_deprecated_variable_for_the_cluster_still_works(monkeypatch):
    monkeypatch.delenv("OPTGALLERY_CLUSTER", raising=False)
    monkeypatch.setenv("OPTGALLERY_SCHEDULER", " tcp://old:1 ")
    with pytest.warns(DeprecationWarning, match="OPTGALLERY_SCHEDULER is deprecated, use OPTG"):
        assert cluster_address() == "tcp://old:1"
    monkeypatch.setenv("OPTGALLERY_CLUSTER", "tcp://new:1")
    assert cluster_address() == "tcp://new:1"
