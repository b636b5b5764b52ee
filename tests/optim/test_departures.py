"""Packages differ from ours exactly as stated in docs/adr/0017."""

from functools import partial

import numpy as np
import optax
import pytest
import pytorch_optimizer
import torch
import torch_optimizer
from adamod import AdaMod as AuthorsAdaMod
from adapters import Optax
from references import STEPS, TOLERANCE, relative_difference
from replay import random_gradients, replay

from optgallery.optim import LAMB, LARS, MARS, AdaMod, DiffGrad, NovoGrad

ignore_deprecated = pytest.mark.filterwarnings("ignore:This overload of add:UserWarning")


def difference(ours, theirs, gradients=None):
    """Relative difference after the same gradients."""
    gradients = random_gradients(STEPS) if gradients is None else gradients
    return relative_difference(replay(ours, gradients), replay(theirs, gradients))


uncorrected_lamb = partial(torch_optimizer.Lamb, clamp_value=1e9)


def test_lambs_corrections_cancel_without_weight_decay_all_but_eps():
    assert TOLERANCE < difference(LAMB, uncorrected_lamb) < 1e-5
    tiny = {"eps": 1e-15}
    assert difference(partial(LAMB, **tiny), partial(uncorrected_lamb, **tiny)) < TOLERANCE
    decay = {"weight_decay": 0.1}
    assert difference(partial(LAMB, **decay), partial(uncorrected_lamb, **decay)) > 1e-2


@pytest.mark.parametrize(
    "theirs",
    [partial(uncorrected_lamb, debias=True), pytorch_optimizer.Lamb],
    ids=["torch_optimizer", "pytorch_optimizer"],
)
def test_corrections_after_lambs_ratio_change_the_step_length(theirs):
    assert difference(LAMB, theirs) > 0.1
    points = replay(theirs, random_gradients(STEPS))
    share = np.linalg.norm(np.diff(points, axis=0), axis=1) / np.linalg.norm(points[:-1], axis=1)
    assert share.max() > 1.5 * share.min()


@ignore_deprecated
@pytest.mark.parametrize(
    "theirs",
    [
        AuthorsAdaMod,
        partial(torch_optimizer.AdaMod, beta3=0.999),
        partial(pytorch_optimizer.AdaMod, betas=(0.9, 0.999, 0.999)),
    ],
    ids=["adamod", "torch_optimizer", "pytorch_optimizer"],
)
def test_all_packages_include_the_first_moments_correction_in_adamods_average(theirs):
    assert difference(AdaMod, theirs) > 0.1
    assert difference(AuthorsAdaMod, theirs) < TOLERANCE


def test_lars_divides_by_the_sum_of_the_norms_and_optax_by_the_norm_of_the_sum():
    ours = partial(LARS, lr=0.01, trust_coefficient=1.0)
    theirs = partial(
        Optax, transformation=optax.lars, learning_rate=0.01, trust_coefficient=1.0, eps=0.0
    )
    assert difference(ours, theirs) < TOLERANCE
    decay = {"weight_decay": 0.1}
    assert difference(partial(ours, **decay), partial(theirs, **decay)) > 0.1


def test_torch_optimizers_lars_scales_only_where_there_is_weight_decay():
    ours = partial(LARS, lr=0.01, trust_coefficient=1.0)
    theirs = partial(torch_optimizer.LARS, lr=0.01, trust_coefficient=1.0, momentum=0.9, eps=0.0)
    decay = {"weight_decay": 0.1}
    assert difference(partial(ours, **decay), partial(theirs, **decay)) < TOLERANCE
    assert difference(ours, theirs) > 0.1


def test_torch_optimizers_novograd_keeps_its_second_moment_in_float32():
    theirs = partial(torch_optimizer.NovoGrad, betas=(0.95, 0.98))
    assert TOLERANCE < difference(NovoGrad, theirs) < 1e-6
    p = torch.ones(2, dtype=torch.float64, requires_grad=True)
    optimizer = theirs([p])
    p.grad = torch.ones_like(p)
    optimizer.step()
    assert optimizer.state[p]["exp_avg_sq"].dtype == torch.float32


def test_pytorch_optimizers_mars_lengthens_a_first_gradient_below_1():
    theirs = partial(pytorch_optimizer.MARS, optimize_1d=True)
    gradients = random_gradients(STEPS)
    assert difference(MARS, theirs, gradients) > 1e-3
    gradients[0] *= 10 / np.linalg.norm(gradients[0])
    assert difference(MARS, theirs, gradients) < 1e-6  # eps before bias correction


def test_eps_before_the_correction_is_a_larger_eps():
    eps = {"eps": 1e-2}
    theirs = partial(torch_optimizer.DiffGrad, **eps)
    assert difference(partial(DiffGrad, **eps), theirs) > 1e-3
