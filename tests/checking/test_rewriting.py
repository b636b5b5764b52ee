"""Variants of updates: what is changed, and what stays."""

import numpy as np
import pytest
import torch

from optgallery import OPTIMIZERS
from optgallery.checking.causes import KINDS
from optgallery.checking.gradients import Replay
from optgallery.checking.plain import PLAIN
from optgallery.checking.replay import take_steps
from optgallery.checking.rewriting import Update

WRITTEN_HERE = [n for n in OPTIMIZERS if OPTIMIZERS[n].cls.__module__.startswith("optgallery.")]


def rewrite(update, kind, text):
    (found,) = [r for r in update.rewrites if r.kind == kind and text in r.text]
    return found


def points(cls, steps=5):
    return take_steps(cls, Replay(""), steps, with_curvature=False).points


@pytest.mark.parametrize("name", WRITTEN_HERE)
def test_every_update_has_changes_of_known_kinds(name):
    rewrites = Update(OPTIMIZERS[name].cls).rewrites
    assert {r.kind for r in rewrites} <= {*KINDS, "decay in the update"}
    if name not in ("lookahead", "schedule_free_adamw", "schedule_free_sgd"):
        assert {"sign", "order"} <= {r.kind for r in rewrites}


@pytest.mark.parametrize("name", ["adan", "lion", "came"])
def test_changes_leave_valid_source(name):
    update = Update(OPTIMIZERS[name].cls)
    for each in update.rewrites[::7]:
        assert issubclass(update.variant([each]), torch.optim.Optimizer)


def test_without_changes_the_path_is_the_same():
    adan = OPTIMIZERS["adan"].cls
    assert np.array_equal(points(adan), points(Update(adan).variant([])))


def test_a_bias_correction_is_left_out():
    update = Update(torch.optim.Adam)
    changed = update.variant([rewrite(update, "bias correction", "`1 - beta1 ** t` is missing")])
    before, after = points(torch.optim.Adam, 1), points(changed, 1)
    assert after[1] - after[0] == pytest.approx(0.1 * (before[1] - before[0]))


def test_two_changes_are_made_at_once():
    update = Update(torch.optim.Adam)
    both = [rewrite(update, "bias correction", f"`1 - beta{i} ** t` is missing") for i in (1, 2)]
    together = rewrite(update, "bias correction", "there is no bias correction")
    assert np.array_equal(points(update.variant(both)), points(update.variant([together])))


def test_the_class_itself_is_not_changed():
    before = points(PLAIN[torch.optim.Adam])
    update = Update(torch.optim.Adam)
    update.variant([rewrite(update, "bias correction", "there is no bias correction")])
    assert np.array_equal(points(PLAIN[torch.optim.Adam]), before)


def test_a_change_of_a_function_of_the_module_reaches_the_step():
    update = Update(OPTIMIZERS["adabelief"].cls)
    changed = [r for r in update.rewrites if r.kind == "sign" and "rho_inf" in r.text]
    cls = update.variant([changed[0]])
    rectified = points(lambda ps: cls(ps, rectify=True), 20)
    usual = points(lambda ps: OPTIMIZERS["adabelief"].cls(ps, rectify=True), 20)
    assert not np.allclose(rectified, usual)
