"""The seeded mistakes: without them, a class is the registry's entry; with them, it is not."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
import seeded_mistakes
import torch
from seeded_mistakes import MISTAKES, Seeded

import optgallery as og

STEPS = 60
START = (1.3, -0.8)

each = pytest.mark.parametrize("seeded", MISTAKES, ids=lambda seeded: seeded.cls.__name__)


def replayed(build: Any) -> np.ndarray:
    """Return the points of an optimizer that is given fixed gradients."""
    rng = np.random.default_rng(3)
    gradients = rng.normal(size=(STEPS, 2)) * 10 ** rng.uniform(-1.5, 1, size=(STEPS, 1))
    p = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = build([p])
    points = []
    for gradient in torch.from_numpy(gradients):
        p.grad = gradient.clone()
        optimizer.step()
        points.append(p.tolist())
    return np.array(points)


def entry(seeded: Seeded) -> Any:
    return lambda params: og.OPTIMIZERS[seeded.entry].build(params, **seeded.hparams)


@each
def test_without_the_mistake_it_is_the_entry(seeded: Seeded) -> None:
    ours = replayed(lambda params: seeded.right(params, **seeded.hparams))
    np.testing.assert_allclose(ours, replayed(entry(seeded)), rtol=1e-12, atol=1e-13)
    for function in ("booth", "rosenbrock"):
        proven = og.run(seeded.entry, function, steps=STEPS, **seeded.hparams)
        own = og.run(seeded.right, function, steps=STEPS, **seeded.hparams)
        np.testing.assert_allclose(own.points, proven.points, rtol=1e-9, atol=1e-10)


@each
def test_without_the_mistake_its_defaults_are_those_of_the_entry(seeded: Seeded) -> None:
    ours = replayed(seeded.right)
    proven = replayed(og.OPTIMIZERS[seeded.entry].build)
    np.testing.assert_allclose(ours, proven, rtol=1e-12, atol=1e-13)


@each
def test_with_the_mistake_it_departs_from_the_entry_and_stays_finite(seeded: Seeded) -> None:
    ours, proven = (
        replayed(lambda params: seeded.cls(params, **seeded.hparams)),
        replayed(entry(seeded)),
    )
    assert np.isfinite(ours).all()
    departed = np.abs(ours - proven).max(axis=1) > 1e-11
    assert departed.any()
    assert np.abs(ours - proven).max() > (1e-9 if seeded.kind == seeded_mistakes.FLOAT32 else 1e-5)


def test_there_are_twenty_of_all_kinds_on_many_optimizers() -> None:
    assert len({seeded.cls for seeded in MISTAKES}) == len(MISTAKES) == 20
    assert len({seeded.entry for seeded in MISTAKES}) >= 10
    kinds = Counter(seeded.kind for seeded in MISTAKES)
    names = {
        value
        for name, value in vars(seeded_mistakes).items()
        if name.isupper() and isinstance(value, str)
    }
    assert set(kinds) == names
    assert min(kinds.values()) >= 2
