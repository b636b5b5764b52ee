"""Keys, tasks and memory of computations."""

from dataclasses import replace

import pytest
import torch

from optgallery import FUNCTIONS, OPTIMIZERS, OptimizerSpec
from optgallery.analysis import basins, computing, outcomes, trainability
from optgallery.analysis.computing import Keys, Request, _divided, available_memory, check_memory
from optgallery.analysis.problems import problems

SETTINGS = ({"lr": 0.1}, {"lr": 0.3})


def request(**changes):
    asked = Request(OPTIMIZERS["adam"], problems([FUNCTIONS["beale"]], 2), SETTINGS, 100)
    return asked._replace(**changes)


def test_a_key_covers_everything_that_changes_the_numbers():
    keys = Keys(outcomes.outcomes_of)
    first = keys.key(request())
    moved = problems([FUNCTIONS["beale"]], 2, shift=False)
    known = [replace(p, fn=replace(p.fn, minimum=-1.0)) for p in request().problems]
    others = [
        request(spec=OPTIMIZERS["adamw"]),
        request(spec=replace(OPTIMIZERS["adam"], defaults={"eps": 1e-3})),
        request(problems=problems([FUNCTIONS["booth"]], 2)),
        request(problems=problems([FUNCTIONS["beale"]], 3)),
        request(problems=moved),
        request(problems=tuple(known)),
        request(settings=({"lr": 0.1}, {"lr": 0.30001})),
        request(budget=101),
    ]
    found = [keys.key(other) for other in others]
    assert first == keys.key(request()) == Keys(outcomes.outcomes_of).key(request())
    assert len({first, *found}) == len(found) + 1
    for reduce in (basins.arrivals, trainability.convergence):
        assert Keys(reduce).key(request()) != first


def test_a_key_does_not_depend_on_titles():
    keys = Keys(outcomes.outcomes_of)
    named = replace(OPTIMIZERS["adam"], title="Another")
    assert keys.key(request(spec=named)) == keys.key(request())


def test_a_function_without_an_identity_has_no_key():
    spec = OptimizerSpec(
        name="mine", title="Mine", cls=lambda params, lr: torch.optim.SGD(params, lr=lr)
    )
    assert Keys(outcomes.outcomes_of).key(request(spec=spec)) is None


def test_each_request_is_in_one_task_and_tasks_are_short():
    requests = [
        Request(spec, problems([fn], 2), SETTINGS, 200)
        for spec in map(OPTIMIZERS.peek, ("adam", "lars", "lbfgs", "adahessian"))
        for fn in list(FUNCTIONS.values())[:12]
    ]
    tasks = _divided(list(enumerate(requests)))
    numbers = sorted(number for task in tasks for number in task.numbers)
    assert numbers == list(range(len(requests)))
    for task in tasks:
        assert len({r.spec.name for r in task.requests}) == 1
        assert len(task.requests) == 1 or computing._seconds(task) <= 4
        assert all(requests[n] is r for n, r in zip(task.numbers, task.requests, strict=True))


def test_memory_is_checked_before_anything_is_computed():
    assert available_memory() > 1e6
    check_memory(1000, "nothing", lambda share: "")
    with pytest.raises(ValueError, match=r"10 runs need 1e\+09 GiB of memory.*; take 3"):
        check_memory(1e9 * 2**30, "10 runs", lambda share: f"take {int(share) + 3}")
