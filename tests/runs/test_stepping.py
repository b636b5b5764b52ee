"""How step() is called, according to its signature."""

import pytest
import torch
from torch.optim.lr_scheduler import ConstantLR

from optgallery.runs.stepping import Modes, StepCall, bind_step, step_calls, step_without_hooks

NONE, CLOSURE, LOSS, BOTH = (
    StepCall(),
    StepCall(closure=True),
    StepCall(loss=True),
    StepCall(True, True),
)


class Steps:
    """An object whose ``step`` is a given function."""

    def __init__(self, step):
        self.step = step


@pytest.mark.parametrize(
    ("step", "calls"),
    [
        (lambda: None, [NONE]),
        (lambda closure=None: None, [NONE, CLOSURE]),
        (lambda closure: None, [CLOSURE]),
        (lambda f: None, [CLOSURE]),
        (lambda *, closure: None, [CLOSURE]),
        (lambda grads=None, closure=None: None, [NONE, CLOSURE]),
        (lambda zero_grad=False: None, [NONE]),
        (lambda loss: None, [LOSS]),
        (lambda closure=None, loss=None: None, [NONE, CLOSURE, LOSS, BOTH]),
        (lambda closure, loss: None, [BOTH]),
        (lambda loss, closure=None: None, [LOSS, BOTH]),
        (lambda *args, **kwargs: None, [NONE, CLOSURE]),
    ],
)
def test_the_call_of_a_plain_loop_comes_first(step, calls):
    assert step_calls(Steps(step)) == calls


def test_a_closure_comes_first_if_the_entry_needs_one():
    assert step_calls(Steps(lambda closure=None: None), needs_closure=True) == [CLOSURE]
    assert step_calls(Steps(lambda: None), needs_closure=True) == [NONE]


@pytest.mark.parametrize(
    ("step", "call", "arguments"),
    [
        (lambda closure=None: (closure,), CLOSURE, ("c",)),
        (lambda f: (f,), CLOSURE, ("c",)),
        (lambda *, closure: (closure,), CLOSURE, ("c",)),
        (lambda grads=None, closure=None: (grads, closure), CLOSURE, (None, "c")),
        (lambda closure, loss: (closure, loss), BOTH, ("c", "l")),
        (lambda loss, closure=None: (loss, closure), BOTH, ("l", "c")),
        (lambda loss, closure=None: (loss, closure), LOSS, ("l", None)),
        (lambda closure=None, loss=None: (closure, loss), LOSS, (None, "l")),
        (lambda *args: args, CLOSURE, ("c",)),
        (lambda *args: args, NONE, ()),
    ],
)
def test_step_gets_its_arguments_in_the_right_parameters(step, call, arguments):
    assert bind_step(Steps(step), call, "c", lambda: "l")() == arguments


def test_a_step_call_is_printed_as_code():
    assert [str(r) for r in (NONE, CLOSURE, BOTH)] == [
        "step()",
        "step(closure)",
        "step(closure, loss)",
    ]


def test_a_train_method_with_parameters_is_not_a_mode():
    class Trains:
        def train(self, model):
            raise AssertionError

    modes = Modes(Trains())
    assert not modes.exist
    modes.switch("train")


class NamesItsClosure(torch.optim.SGD):
    def step(self, fn, loss=None):
        return fn(), loss


def test_a_step_wrapped_by_a_scheduler_is_called_in_the_same_way():
    optimizer = NamesItsClosure([torch.nn.Parameter(torch.zeros(2))], lr=0.1)
    calls = step_calls(optimizer)
    ConstantLR(optimizer)
    assert "step" in vars(optimizer)
    assert step_calls(optimizer) == calls == [CLOSURE, BOTH]
    take_step = bind_step(optimizer, BOTH, lambda: "evaluated", lambda: "the loss")
    assert take_step() == ("evaluated", "the loss")


def adam():
    p = torch.ones(3, dtype=torch.float64, requires_grad=True)
    p.grad = torch.tensor([0.3, -2.0, 0.0], dtype=torch.float64)
    return torch.optim.Adam([p], lr=0.1), p


def test_a_step_without_hooks_is_the_same_step():
    (one, p), (other, q) = adam(), adam()
    take_step = step_without_hooks(one)
    assert take_step != one.step
    for _ in range(3):
        take_step()
        other.step()
    assert torch.equal(p, q)


def test_a_step_with_hooks_is_left_as_it_is():
    optimizer, _ = adam()
    called = []
    optimizer.register_step_post_hook(lambda *_: called.append(True))
    step_without_hooks(optimizer)()
    assert called == [True]


def test_a_step_that_a_schedule_has_replaced_is_left_as_it_is():
    optimizer, _ = adam()
    ConstantLR(optimizer)
    assert step_without_hooks(optimizer) == optimizer.step
