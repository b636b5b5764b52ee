"""Under any torch settings of the caller, results are the same and settings are restored."""

import random
import threading
from contextlib import contextmanager, nullcontext

import numpy as np
import pytest
import torch

import optgallery as og
from optgallery.functions.isolation import generators_restored, isolated

SECOND_ORDER = ("adahessian", "sophia", "psgd_kron")
OPTIMIZERS = ("sgd", "adamw", "lbfgs", "muon", "soap", "lookahead", *SECOND_ORDER)
WINDOW = {"x0": 2.0, "y0": 1.0, "xmin": -3, "xmax": 3, "ymin": -3, "ymax": 3}


def bowl(x, y):
    return x**2 + 3 * y**2


@contextmanager
def restored(setting, value, now):
    before = now()
    setting(value)
    try:
        yield
    finally:
        setting(before)


SETTINGS = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "set_grad_enabled": lambda: torch.set_grad_enabled(False),
    "default dtype float64": lambda: restored(
        torch.set_default_dtype, torch.float64, torch.get_default_dtype
    ),
    "default dtype float16": lambda: restored(
        torch.set_default_dtype, torch.float16, torch.get_default_dtype
    ),
    "default device": lambda: torch.device("meta"),
    "deterministic mode": lambda: restored(
        torch.use_deterministic_algorithms, True, torch.are_deterministic_algorithms_enabled
    ),
    "threads": lambda: restored(torch.set_num_threads, 2, torch.get_num_threads),
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "hooks on saved tensors": lambda: torch.autograd.graph.saved_tensors_hooks(
        lambda saved: saved.bfloat16(), lambda packed: packed.double()
    ),
    "hooks on saved tensors disabled": lambda: torch.autograd.graph.disable_saved_tensors_hooks(
        "not here"
    ),
}


def settings():
    return (
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.get_default_dtype(),
        torch.get_default_device(),
        torch.are_deterministic_algorithms_enabled(),
        torch.get_num_threads(),
        torch.is_autocast_enabled("cpu"),
    )


def single(optimizer):
    return og.run(optimizer, "rosenbrock", steps=12, lr=0.01)


def many(optimizer):
    return og.run(optimizer, "rosenbrock", start=[(-1, 1), (0.5, 2)], steps=12, lr=0.01)


def swept(optimizer):
    return og.sweep(optimizer, ["rosenbrock", "beale"], lrs=[0.01], steps=12)


def bits(found):
    found = found.values() if isinstance(found, og.Sweep) else found
    runs = [found] if isinstance(found, og.Trajectory) else list(found)
    return [(t.points.tobytes(), t.values.tobytes(), t.gradients.tobytes()) for t in runs]


@pytest.fixture(scope="module")
def expected():
    return {(way, o): bits(way(o)) for way in (single, many, swept) for o in OPTIMIZERS}


@pytest.mark.parametrize("way", [single, many, swept], ids=lambda way: way.__name__)
@pytest.mark.parametrize("setting", SETTINGS)
def test_results_do_not_depend_on_the_caller_s_settings(
    setting, way, expected, tmp_path, monkeypatch
):
    monkeypatch.setenv("OPTGALLERY_STORE", str(tmp_path))  # an empty store
    with SETTINGS[setting]():
        before = settings()
        for optimizer in OPTIMIZERS:
            assert bits(way(optimizer)) == expected[way, optimizer], optimizer
        assert settings() == before


@pytest.mark.parametrize("setting", SETTINGS)
def test_user_function_runs_and_is_drawn_under_any_setting(setting):
    plain = og.run("adamw", (bowl, WINDOW), steps=12, lr=0.1)
    with SETTINGS[setting]():
        before = settings()
        trajectory = og.run("adamw", (bowl, WINDOW), steps=12, lr=0.1)
        png = og.animate(trajectory, size=120).png()
        assert settings() == before
    assert bits(trajectory) == bits(plain)
    assert png == og.animate(plain, size=120).png()


def test_a_sweep_without_gradients_stores_what_a_sweep_with_them_does(tmp_path):
    def curved(store):
        return og.sweep(
            ["adahessian", "sophia"], ["beale", "booth"], lrs=[0.1], steps=40, store=store
        )

    with torch.no_grad():
        first = curved(tmp_path / "a")
    again, clean = curved(tmp_path / "a"), curved(tmp_path / "b")
    assert bits(first) == bits(again) == bits(clean)


def generators():
    of_numpy = np.random.get_state()  # noqa: NPY002  (which external optimizers use)
    return torch.get_rng_state().tolist(), of_numpy[1].tolist(), random.getstate()


class FromEverywhere(torch.optim.SGD):
    """Use the global generators of torch, NumPy and Python."""

    def step(self, closure=None):
        super().step(closure)
        drawn = torch.randn(()) + np.random.randn() + random.gauss(0, 1)  # noqa: NPY002
        with torch.no_grad():
            for p in self.param_groups[0]["params"]:
                p.add_(0.01 * drawn)


class Private(torch.optim.SGD):
    """Use a private generator, seeded by the argument ``seed``."""

    def __init__(self, params, lr=0.01, seed=0):
        super().__init__(params, lr=lr)
        self.generator = torch.Generator().manual_seed(seed)

    def step(self, closure=None):
        super().step(closure)
        with torch.no_grad():
            for p in self.param_groups[0]["params"]:
                p.add_(0.01 * torch.randn(p.shape, generator=self.generator))


@pytest.mark.parametrize("cls", [FromEverywhere, Private])
def test_the_seed_reaches_every_generator(cls):
    before = generators()
    a, b, c = (og.run(cls, "booth", steps=9, lr=0.01, seed=seed) for seed in (1, 1, 2))
    assert bits(a) == bits(b) != bits(c)
    assert generators() == before
    assert bits(og.run(cls, "booth", steps=9, lr=0.01, seed=np.int64(1))) == bits(a)


def test_named_seed_is_passed_to_the_class():
    a, b = (og.run(Private, "booth", steps=9, hparams={"seed": s}) for s in (3, 4))
    assert bits(a) != bits(b)
    assert bits(a) == bits(og.run(Private, "booth", steps=9, seed=3))


def test_runs_in_several_threads_are_those_of_one_and_leave_the_generators_alone():
    alone = bits(og.run(FromEverywhere, "booth", steps=40, lr=0.01, seed=1))
    before, found = generators(), []

    def work():
        found.extend(
            bits(og.run(FromEverywhere, "booth", steps=40, lr=0.01, seed=1)) for _ in range(4)
        )

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [alone] * 16
    assert generators() == before


def test_settings_are_restored_after_an_exception():
    before = settings(), generators()

    def fail():
        with isolated(5, default_dtype=torch.float64):
            torch.rand(3)
            torch.set_num_threads(2)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert (settings(), generators()) == before


@pytest.mark.parametrize("manager", [lambda: isolated(7), generators_restored, nullcontext])
def test_random_numbers_inside_do_not_advance_generators_outside(manager):
    before = generators()
    with manager():
        values = torch.rand(2), np.random.rand(), random.random()  # noqa: NPY002
    moved = generators() != before
    assert moved == (manager is nullcontext)
    assert values


def of_constants(x, y):
    A = torch.tensor([[2.0, 0.5], [0.5, 1.0]])
    v = torch.stack([x, y], -1)
    return torch.einsum("...i,ij,...j->...", v, A, v)


def test_a_function_that_needs_the_caller_s_default_dtype_is_called_under_it():
    with SETTINGS["default dtype float64"]():
        trajectory = og.run("sgd", (of_constants, WINDOW), steps=9, lr=0.1)
        assert og.animate(trajectory, size=120).png()
        code = trajectory.code()
    assert "of_constants" in code
    assert trajectory.values[0] == 11.0
    with pytest.raises(ValueError, match=r"run it with dtype=torch\.float32"):
        og.run("sgd", (of_constants, WINDOW), steps=9, lr=0.1)


class MakesTensors(torch.optim.SGD):
    """Create tensors of the default dtype, as many classes do."""

    def step(self, closure=None):
        super().step(closure)
        with torch.no_grad():
            for p in self.param_groups[0]["params"]:
                p.add_(torch.full((2,), 1e-3)).add_(torch.rand(()) / 1000)


@pytest.mark.parametrize("setting", ["default dtype float64", "default dtype float16"])
def test_class_that_creates_tensors_is_unaffected_by_the_default_dtype(setting, tmp_path):
    plain = og.run(MakesTensors, "booth", steps=9, lr=0.01)
    with SETTINGS[setting]():
        assert bits(og.run(MakesTensors, "booth", steps=9, lr=0.01)) == bits(plain)
        swept = og.sweep(MakesTensors, "booth", lrs=[0.01], steps=9, jobs=2, store=tmp_path)
    assert bits(swept) == bits(plain)
