"""Gradient clipping: bit for bit the path of a loop that clips between backward() and step()."""

import copy
import pickle
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_, clip_grad_value_
from torch.optim import SGD, AdamW, Optimizer

import optgallery as og
from optgallery import FUNCTIONS, OPTIMIZERS, OptimizerSpec, run
from optgallery.runs.clipping import as_grad_clip

CLIPS = {
    "norm": (1.5, lambda params: clip_grad_norm_(params, 1.5)),
    "value": (("value", 0.3), lambda params: clip_grad_value_(params, 0.3)),
}


def loop(build, clip, steps=20, shape=(2,), closure=False, graph=False):
    """Return the points of a plain training loop with clipping."""
    f = FUNCTIONS["beale"].formula
    torch.manual_seed(0)
    p = nn.Parameter(torch.tensor(FUNCTIONS["beale"].start, dtype=torch.float64).reshape(shape))
    optimizer = build([p])

    def differentiate():
        optimizer.zero_grad()
        with torch.enable_grad():
            loss = f(*p.flatten())
        loss.backward(create_graph=graph)
        clip([p])
        return loss

    points = [p.flatten().tolist()]
    averages = hasattr(optimizer, "eval")
    for _ in range(steps):
        if averages:
            optimizer.train()
        differentiate()
        optimizer.step(*([differentiate] if closure else []))
        if averages:
            optimizer.eval()
        points.append(p.flatten().tolist())
    p.grad = None  # breaks the reference cycle of create_graph
    return np.array(points)


class Sharpness(Optimizer):
    """Evaluate a second gradient uphill, as sharpness-aware minimization does."""

    def __init__(self, params, lr=0.01, rho=0.05):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self, closure):
        with torch.enable_grad():
            closure()
        group = self.param_groups[0]
        (p,) = group["params"]
        up = group["rho"] * p.grad / (p.grad.norm() + 1e-12)
        p.add_(up)
        with torch.enable_grad():
            closure()
        p.sub_(up)
        p.sub_(group["lr"] * p.grad)


@pytest.mark.filterwarnings("ignore:Using backward.. with create_graph=True")
@pytest.mark.parametrize("by", CLIPS)
@pytest.mark.parametrize(
    "name",
    ["sgd", "adamw", "lbfgs", "adahessian", "schedule_free_sgd", "schedule_free_adamw", "muon"],
)
def test_a_clipped_run_takes_the_path_of_a_plain_loop(name, by):
    spec = OPTIMIZERS[name]
    given, clip = CLIPS[by]
    expected = loop(
        lambda params: spec.cls(params, **{**spec.defaults, "lr": 0.05}),
        clip,
        shape=spec.parameter_shape,
        closure=spec.needs_closure,
        graph=spec.create_graph,
    )
    t = run(name, "beale", steps=20, lr=0.05, grad_clip=given)
    np.testing.assert_array_equal(t.points, expected)


@pytest.mark.parametrize("by", CLIPS)
def test_gradients_of_a_closure_are_clipped(by):
    given, clip = CLIPS[by]
    expected = loop(partial(Sharpness, lr=0.05), clip, closure=True)
    t = run(Sharpness, "beale", steps=20, lr=0.05, grad_clip=given)
    np.testing.assert_array_equal(t.points, expected)
    assert t.evaluations[-1] == 40


def test_recorded_gradients_are_not_clipped():
    free, clipped = (run("sgd", "beale", steps=5, lr=0.01, grad_clip=c) for c in (None, 1.0))
    assert (free.points[1] != clipped.points[1]).all()
    np.testing.assert_array_equal(clipped.gradients[0], free.gradients[0])
    assert np.linalg.norm(clipped.gradients[0]) > 1
    step = np.linalg.norm(clipped.points[1] - clipped.points[0])
    assert step == pytest.approx(0.01, rel=1e-5)


def test_the_norm_is_taken_over_both_coordinates():
    one, two = (
        run("sgd", "beale", steps=9, lr=0.01, grad_clip=1.0, coordinates=coordinates)
        for coordinates in ("vector", "scalars")
    )
    np.testing.assert_allclose(one.points, two.points, rtol=1e-13)


def test_noise_is_clipped_with_the_gradient():
    noisy = og.functions.noisy("booth", 100.0)
    t = run("sgd", noisy, steps=30, lr=0.01, grad_clip=("value", 0.5))
    assert np.abs(np.diff(t.points, axis=0)).max() <= 0.005 * (1 + 1e-9)


def test_a_bound_that_is_never_reached_changes_nothing():
    t = run("lbfgs", "rosenbrock", steps=30, grad_clip=("value", 1e300))
    np.testing.assert_array_equal(t.points, run("lbfgs", "rosenbrock", steps=30).points)
    np.testing.assert_array_equal(t.evaluations, run("lbfgs", "rosenbrock", steps=30).evaluations)


def test_many_starts_are_clipped_separately():
    starts = [(1.0, 2.0), (-3.0, 0.5)]
    runs = run("adam", "booth", start=starts, steps=9, lr=0.1, grad_clip=0.5)
    for start, t in zip(starts, runs, strict=True):
        alone = run("adam", "booth", start=start, steps=9, lr=0.1, grad_clip=0.5)
        np.testing.assert_array_equal(t.points, alone.points)
        assert t.grad_clip == ("norm", 0.5)


@pytest.mark.parametrize(
    ("given", "words"),
    [(1, "clip norm 1"), (("norm", 0.25), "clip norm 0.25"), (("value", 2.0), "clip value 2")],
)
def test_titles_captions_and_legends_name_the_clipping(given, words):
    t = run("sgd", "booth", steps=3, lr=0.1, grad_clip=given)
    assert t.title == f"SGD on Booth, lr 0.1, {words}"
    assert words in og.animate(t, size=400, frames=2).alt
    assert og.plot_loss(t).get_legend().get_texts()[0].get_text() == f"SGD, lr 0.1, {words}"
    for copied in (copy.copy(t), pickle.loads(pickle.dumps(t))):
        assert (copied.title, copied.grad_clip) == (t.title, as_grad_clip(given))


@pytest.mark.parametrize("given", [-1, 0, ("norm", -1.0), ("value", 0), float("nan"), float("inf")])
def test_a_bound_must_be_positive_and_finite(given):
    with pytest.raises(ValueError, match="grad_clip must be positive and finite, got"):
        run("sgd", "booth", grad_clip=given)


@pytest.mark.parametrize(
    "given", ["norm", ("norm",), (1, "norm"), ("nrm", 1), (1, 2, 3), True, [], {"norm": 1}]
)
def test_a_bound_of_another_form_is_rejected(given):
    with pytest.raises(TypeError, match=r'such as 1\.0, or \("norm", 1\.0\) or \("value", 0\.5\)'):
        run("sgd", "booth", grad_clip=given)


class StepsInBackward(SGD):
    """Update each parameter in a hook of backward()."""

    def __init__(self, params, lr=0.01):
        super().__init__(params, lr=lr)
        for p in self.param_groups[0]["params"]:
            p.register_post_accumulate_grad_hook(self.update)

    @torch.no_grad()
    def update(self, p):
        p.sub_(self.param_groups[0]["lr"] * p.grad)

    def step(self, closure=None):
        pass


class DifferentiatesTheValue(SGD):
    def step(self, closure):
        with torch.enable_grad():
            closure().backward()
        super().step()


@pytest.mark.parametrize(
    ("optimizer", "cause"),
    [
        (StepsInBackward, "it has hooks that act inside backward"),
        (DifferentiatesTheValue, "it differentiates the value of the closure itself"),
        (
            OptimizerSpec(
                name="d", title="D", cls=DifferentiatesTheValue, differentiates_value=True
            ),
            "grad_clip cannot clip the gradients of D: it differentiates",
        ),
    ],
)
def test_clipping_is_rejected_if_the_optimizer_does_not_read_grad(optimizer, cause):
    assert run(optimizer, "booth", steps=3, lr=0.01).status == "completed"
    with pytest.raises(ValueError, match=cause):
        run(optimizer, "booth", steps=3, lr=0.01, grad_clip=1.0)


def test_clipping_changes_adamw_less_than_sgd():
    """AdamW divides by the gradient's size, so a bound changes little."""
    ends = {
        cls: [
            run(cls, "booth", steps=40, lr=0.05, grad_clip=clip).points[-1] for clip in (None, 0.1)
        ]
        for cls in (SGD, AdamW)
    }
    moved = {cls: np.linalg.norm(free - clipped) for cls, (free, clipped) in ends.items()}
    assert moved[AdamW] < 0.5 * moved[SGD]
