"""The golden steps: complete, valid, those of the entries, and of optax where it has the update."""

import json
import re
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import jax
import jsonschema
import numpy as np
import optax
import pytest
import torch

from optgallery import OPTIMIZERS
from optgallery.checking.golden import environment, golden_steps, to_text
from optgallery.checking.gradients import Replay
from optgallery.checking.replay import replay

FOLDER = Path(__file__).parents[2] / "docs" / "golden"
SCHEMA = json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))
STEPS = 50

LOOSE = {
    "lbfgs": 1e-6,  # a line search decides on rounding errors
    "muon": 1e-2,  # PyTorch orthogonalizes in bfloat16
}
"""Entries whose last digits differ more than 1e-12 from one processor to another."""


def read(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def difference(ours, theirs):
    """Return the largest difference, relative to how far the parameters have moved."""
    ours, theirs = np.array(ours), np.array(theirs)
    return np.abs(ours - theirs).max() / np.abs(ours - ours[0]).max()


def test_every_entry_has_golden_steps():
    files = {path.stem for path in FOLDER.glob("*.json")} - {"schema"}
    assert files == set(OPTIMIZERS)


def test_the_schema_is_valid():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_refuses_what_is_no_golden_step():
    broken = read("sgd")
    broken["cases"][0]["parameters"][7] = ["0.7"]
    with pytest.raises(jsonschema.ValidationError, match=r"'0\.7' is not of type 'number'"):
        jsonschema.validate(broken, SCHEMA)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_files_have_the_form_of_the_schema(name):
    golden = read(name)
    jsonschema.validate(golden, SCHEMA)
    size = int(np.prod(golden["shape"]))
    for case in golden["cases"]:
        assert np.shape(case["parameters"]) == (STEPS + 1, size)
        assert case["parameters"][0] == golden["start"]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_files_hold_the_steps_of_the_entries(name):
    recorded, now = read(name), golden_steps(OPTIMIZERS[name])
    same_place = recorded.pop("exact_with") == environment()
    del now["exact_with"]
    cases, present = recorded.pop("cases"), now.pop("cases")
    assert recorded == now
    for case, again in zip(cases, present, strict=True):
        ours, theirs = case.pop("parameters"), again.pop("parameters")
        assert case == again
        if same_place:
            assert ours == theirs
        else:
            assert difference(ours, theirs) <= LOOSE.get(name, 1e-12)


@pytest.mark.parametrize("name", ["adan", "lbfgs", "sophia"])
def test_a_file_is_what_is_written(name):
    text = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    assert to_text(json.loads(text)) + "\n" == text


def test_draws_are_those_of_the_steps(monkeypatch):
    """With the draws of the file instead of random ones, PSGD-Kron takes the golden steps."""
    golden = read("psgd_kron")
    draws = iter(golden["draws"])
    monkeypatch.setattr(
        torch,
        "randn",
        lambda shape, **_: torch.tensor(next(draws), dtype=torch.float64).reshape(shape),
    )
    shape = tuple(golden["shape"])
    path = replay(OPTIMIZERS["psgd_kron"], {}, Replay("defaults", shape=shape), STEPS)
    assert next(draws, None) is None
    assert difference(golden["cases"][0]["parameters"], path.points) < 1e-12


def test_the_diagonals_are_what_the_estimate_is():
    """Any signs give AdaHessian the same estimate, since the Hessians are diagonal."""
    golden = read("adahessian")
    spec = OPTIMIZERS["adahessian"]
    for seed in (1, 2):
        seeded = replace(spec, defaults={**spec.defaults, "seed": seed})
        path = replay(seeded, {}, Replay("defaults"), STEPS)
        assert difference(golden["cases"][0]["parameters"], path.points) < 1e-14


def rates(h):
    return {"learning_rate": h["lr"]}


def moments(h):
    return {**rates(h), "b1": h["betas"][0], "b2": h["betas"][1], "eps": h["eps"]}


def l2(transformation):
    """Add the decay to the gradient, as PyTorch's classes without decoupled decay do."""
    return lambda h: optax.chain(optax.add_decayed_weights(h["weight_decay"]), transformation(h))


OF_OPTAX = {
    "sgd": l2(lambda h: optax.sgd(**rates(h), momentum=h["momentum"] or None)),
    "momentum": l2(lambda h: optax.sgd(**rates(h), momentum=h["momentum"])),
    "nesterov": l2(lambda h: optax.sgd(**rates(h), momentum=h["momentum"], nesterov=True)),
    "adam": l2(lambda h: optax.adam(**moments(h))),
    "adamw": lambda h: optax.adamw(**moments(h), weight_decay=h["weight_decay"]),
    "nadamw": lambda h: optax.nadamw(**moments(h), weight_decay=h["weight_decay"]),
    "simplified_ademamix": lambda h: optax.contrib.simplified_ademamix(
        **moments(h), alpha=h["alpha"], weight_decay=h["weight_decay"]
    ),
    "adadelta": l2(lambda h: optax.adadelta(**rates(h), rho=h["rho"], eps=h["eps"])),
    "lion": lambda h: optax.lion(
        h["lr"], b1=h["betas"][0], b2=h["betas"][1], weight_decay=h["weight_decay"]
    ),
    "lamb": lambda h: optax.lamb(**moments(h), weight_decay=h["weight_decay"]),
    "adabelief": lambda h: optax.chain(
        optax.scale_by_belief(b1=h["betas"][0], b2=h["betas"][1], eps=h["eps"], eps_root=h["eps"]),
        optax.add_decayed_weights(h["weight_decay"]),
        optax.scale_by_learning_rate(h["lr"]),
    ),
    "adamax": l2(lambda h: optax.adamax(**moments(h))),
    "rmsprop": l2(
        lambda h: optax.rmsprop(
            **rates(h),
            decay=h["alpha"],
            eps=h["eps"],
            eps_in_sqrt=False,
            momentum=h["momentum"] or None,
        )
    ),
    "yogi": l2(lambda h: optax.yogi(**moments(h))),
    "novograd": lambda h: optax.novograd(**moments(h), weight_decay=h["weight_decay"]),
    "signum": lambda h: optax.chain(
        optax.signum(h["lr"], h["momentum"]),
        optax.add_decayed_weights(-h["lr"] * h["weight_decay"]),
    ),
}


def steps_of_optax(golden, case):
    transformation = OF_OPTAX[golden["optimizer"]](case["hyperparameters"])
    x = jax.numpy.array(golden["start"])
    state, points = transformation.init(x), [x]
    for gradient in golden["gradients"]:
        updates, state = transformation.update(jax.numpy.array(gradient), state, x)
        x = optax.apply_updates(x, updates)
        points.append(x)
    return np.array(points)


@pytest.mark.parametrize("name", OF_OPTAX)
def test_optax_takes_the_golden_steps(name):
    golden = read(name)
    with jax.enable_x64(True):
        for case in golden["cases"]:
            assert difference(case["parameters"], steps_of_optax(golden, case)) < 1e-12


def test_the_example_of_the_guide_runs(monkeypatch):
    """The one in NumPy is a doctest."""
    guide = (FOLDER.parent / "guide" / "golden.rst").read_text(encoding="utf-8")
    (block,) = re.findall(r"code-block:: python\n\n((?:    ?.*\n|\n)+)", guide)
    monkeypatch.chdir(FOLDER.parents[1])
    exec(dedent(block), {})


def test_the_guide_offers_every_file():
    guide = (FOLDER.parent / "guide" / "golden.rst").read_text(encoding="utf-8")
    offered = dict(re.findall(r":download:`([^`<]+) <\.\./golden/(\w+)\.json>`", guide))
    assert {v: k for k, v in offered.items() if v != "schema"} == {
        name: OPTIMIZERS[name].title for name in OPTIMIZERS
    }
