"""What a class needs in order to run, and what it does beyond a plain step."""

import random
import sys
import warnings

import pytest
import torch

from optgallery import OPTIMIZERS, OptimizerSpec
from optgallery.report.capabilities import UnrunnableError, check_settings, remarks, runnable
from optgallery.report.loading import load_optimizers


class Descent(torch.optim.Optimizer):
    def __init__(self, params, lr=0.01):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                self.move(p, group)

    def move(self, p, group):
        p -= group["lr"] * p.grad


class OfMatrices(Descent):
    def move(self, p, group):
        assert p.ndim == 2
        super().move(p, group)


class OfClosures(Descent):
    def step(self, closure=None):
        if closure is None:
            raise RuntimeError("a closure is needed")
        with torch.enable_grad():
            closure()
        super().step()


class Curved(Descent):
    def move(self, p, group):
        with torch.enable_grad():
            (second,) = torch.autograd.grad(p.grad.sum(), [p])
        p -= group["lr"] * p.grad / second.abs().clamp(min=1)


class Rounding(Descent):
    def move(self, p, group):
        p.copy_((p - group["lr"] * p.grad).float().double())


class Random(Descent):
    def move(self, p, group):
        p -= group["lr"] * p.grad * random.random()


class Warning_(Descent):
    def step(self):
        warnings.warn("the default of lr will change", FutureWarning, stacklevel=2)
        super().step()


class Forgetful(Descent):
    """Keeps its momentum outside of the state."""

    velocity = None

    def move(self, p, group):
        kept = torch.zeros_like(p) if self.velocity is None else self.velocity
        self.velocity = 0.9 * kept + p.grad
        p -= group["lr"] * self.velocity


class Talking(Descent):
    def __init__(self, params, lr=0.01):
        sys.stdout.write("\x1b[31mPlease check your arguments\x1b[0m\nsince version 2\n")
        super().__init__(params, lr)


class Unloadable(Descent):
    def load_state_dict(self, state_dict):
        raise NotImplementedError("checkpoints are not supported")


def spec_of(cls):
    return OptimizerSpec(name=cls.__name__.lower(), title=cls.__name__, cls=cls)


def test_a_plain_class_runs_as_it_is():
    spec = spec_of(Descent)
    assert runnable(spec) == (spec, [])
    assert remarks(spec) == []


@pytest.mark.parametrize(
    ("cls", "field", "title"),
    [
        (OfMatrices, {"parameter_shape": (1, 2)}, "Needs a matrix"),
        (OfClosures, {"needs_closure": True}, "Needs a closure"),
        (Curved, {"create_graph": True}, "Needs the graph"),
    ],
)
def test_what_a_class_needs_is_found_by_trying(cls, field, title):
    spec, found = runnable(spec_of(cls))
    assert {name: getattr(spec, name) for name in field} == field
    assert title in [remark.title for remark in found]


def test_a_class_that_requires_a_closure_is_said_to_need_it():
    spec, found = runnable(OPTIMIZERS["lbfgs"])
    assert [remark.title for remark in found] == ["Needs a closure"]
    assert "Several evaluations" in [remark.title for remark in remarks(spec)]


@pytest.mark.parametrize(
    ("cls", "title", "words"),
    [
        (Rounding, "Rounds to float32", "float32 inside"),
        (Random, "Random", "another seed gives another path"),
        (Warning_, "Python warning", "the default of lr will change"),
        (Forgetful, "Checkpoints", "something is not in the state"),
        (Talking, "Prints", "It prints, among others: Please check your arguments"),
        (Unloadable, "Checkpoints", "NotImplementedError: checkpoints are not supported"),
    ],
)
def test_what_users_should_know_is_remarked(cls, title, words):
    found = {remark.title: remark.words for remark in remarks(spec_of(cls))}
    assert list(found) == [title]
    assert words in found[title]


@pytest.mark.parametrize("name", ["adam", "adahessian", "muon", "schedule_free_adamw", "prodigy"])
def test_entries_of_the_gallery_continue_from_a_checkpoint(name):
    assert "Checkpoints" not in [remark.title for remark in remarks(OPTIMIZERS[name])]


def test_a_class_that_takes_no_step_cannot_run(user_file):
    (spec,) = load_optimizers([f"{user_file}:Refusing"])
    with pytest.raises(UnrunnableError, match="Refusing cannot run: RuntimeError: not today"):
        runnable(spec)


def test_hyper_parameters_that_are_missing_are_named(user_file):
    (spec,) = load_optimizers([f"{user_file}:Tuned"])
    with pytest.raises(UnrunnableError, match=r"no default for alpha: --set alpha=\.\.\."):
        check_settings(spec)
    (spec,) = load_optimizers([f"{user_file}:Tuned"], {"alpha": 2.0})
    check_settings(spec)


def test_a_refused_hyper_parameter_is_explained():
    (spec,) = load_optimizers(["torch.optim:Adam"], {"betas": (2.0, 0.9)})
    with pytest.raises(UnrunnableError, match=r"Invalid beta parameter.*--set NAME=VALUE"):
        check_settings(spec)
