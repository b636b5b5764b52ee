"""Optimizer classes of other packages can be run: all classes of pytorch_optimizer."""

import inspect

import pytest
import pytorch_optimizer
import torch
from torch.optim import SGD, Optimizer

from optgallery import FUNCTIONS, OptimizerSpec, run

CLASSES = {
    name: cls
    for name, cls in sorted(vars(pytorch_optimizer).items())
    if inspect.isclass(cls)
    and issubclass(cls, Optimizer)
    and cls.__module__.startswith("pytorch_optimizer")
}
STEPS = 20

GROUPS = "Tensor.__contains__ only supports Tensor or scalar"  # these need named parameter groups
MODEL = "'list' object has no attribute '"  # these wrap a model or an optimizer
MISSING = "missing [1-9] required positional argument"
FAILING = {
    **dict.fromkeys(("AdaGO", "AdaMuon", "DistributedMuon", "Muon", "MuonClip", "NorMuon"), GROUPS),
    **dict.fromkeys(("PCGrad", "SafeFP16Optimizer"), MODEL),
    **dict.fromkeys(
        ("AdaLOMO", "LOMO"), "raised by .*LOMO at step 1"
    ),  # these update in backward()
    **dict.fromkeys(("BSAM", "FriendlySAM", "GSAM", "LookSAM", "Ranger21", "SAM", "WSAM"), MISSING),
    **dict.fromkeys(
        ("Lookahead", "OrthoGrad", "ScheduleFreeWrapper", "TRAC"), "need to pass `params` when"
    ),
    **dict.fromkeys(("AdaHessian", "SophiaH"), r"run OptimizerSpec\(.*create_graph=True\)"),
    "DeMo": "You need to install `einops`",
    "FAdam": "expected dtype float for `end` but got dtype double",
    "SpectralSphere": "only supports 2D parameters",
}
"""Messages of classes that cannot be constructed over one vector, or that need more settings."""

REQUIRE_A_CLOSURE = {"AliG"}
DIVERGED = {"ScheduleFreeSGD"}  # at its default rate of 1


class Model(torch.nn.Module):
    """A module with one parameter."""

    def __init__(self, z):
        super().__init__()
        self.register_parameter("point", z)


def plain_loop(cls):
    """Run a plain training loop, and return every point."""
    z = torch.nn.Parameter(torch.tensor(FUNCTIONS["himmelblau"].start, dtype=torch.float64))
    points = [z.tolist()]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        optimizer = cls([z] if cls.__name__ != "AdamMini" else Model(z))

        def closure():
            optimizer.zero_grad()
            with torch.enable_grad():  # some classes disable gradients
                value = FUNCTIONS["himmelblau"].formula(*z)
                value.backward()
            return value

        for _ in range(STEPS):
            closure()
            optimizer.step(*([closure] if cls.__name__ in REQUIRE_A_CLOSURE else []))
            points.append(z.tolist())
    return points


def test_most_external_classes_run():
    assert set(FAILING) < set(CLASSES)
    assert len(CLASSES) - len(FAILING) >= 100


@pytest.mark.parametrize("name", [name for name in CLASSES if name not in FAILING])
def test_external_class_takes_the_steps_of_a_plain_loop(name):
    cls = CLASSES[name]
    trajectory = run(cls, "himmelblau", steps=STEPS)
    assert trajectory.status == ("diverged" if name in DIVERGED else "completed")
    if trajectory.status == "completed" and not hasattr(cls, "eval"):
        assert trajectory.points.tolist() == plain_loop(cls)


@pytest.mark.filterwarnings("ignore:you need to install `transformers`:ImportWarning")
@pytest.mark.parametrize("name", FAILING)
def test_class_that_cannot_run_by_default_raises_an_error_with_advice(name):
    with pytest.raises(
        (AttributeError, ImportError, RuntimeError, ValueError), match=FAILING[name]
    ):
        run(CLASSES[name], "himmelblau", steps=STEPS)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("SAM", {"base_optimizer": SGD, "rho": 0.05, "lr": 0.001}),
        ("FriendlySAM", {"base_optimizer": SGD, "lr": 0.001}),
        ("Ranger21", {"num_iterations": STEPS, "lr": 0.01}),
        ("BSAM", {"num_data": 1, "lr": 0.01}),
    ],
)
def test_class_with_required_arguments_runs_if_they_are_given(name, options):
    assert run(CLASSES[name], "himmelblau", steps=STEPS, **options).status == "completed"


@pytest.mark.parametrize("name", ["AdaHessian", "SophiaH"])
def test_classes_with_second_derivatives_run_as_advised(name):
    spec = OptimizerSpec(name=name.lower(), title=name, cls=CLASSES[name], create_graph=True)
    assert run(spec, "himmelblau", steps=STEPS).status == "completed"
