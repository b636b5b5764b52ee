"""torch's optimizers take the steps of the formulas on their pages.

Of those written here, tests/optim/test_NAME.py proves the same.
"""

from functools import partial

import numpy as np
import pytest
from pages import runs

import optgallery as og

ZERO = np.zeros(2)


def adam_like(g, state, *, beta2=0.999, take=lambda m, v, t: m / (np.sqrt(v) + 1e-8)):
    """Return Adam's step in units of the rate, from its two corrected averages."""
    t = state["t"] = state.get("t", 0) + 1
    m = state["m"] = 0.9 * state.get("m", ZERO) + 0.1 * g
    v = state["v"] = beta2 * state.get("v", ZERO) + (1 - beta2) * g**2
    return take(m / (1 - 0.9**t), v / (1 - beta2**t), t)


def adamw(g, state, theta, lr, decay=0.2):
    return theta - lr * (adam_like(g, state) + decay * theta)


def nadam(g, state, theta, lr):
    def mu(t):
        return 0.9 * (1 - 0.5 * 0.96 ** (t * 0.004))

    product = state["product"] = state.get("product", 1.0) * mu(state.get("t", 0) + 1)

    def take(m_hat, v_hat, t):
        m = m_hat * (1 - 0.9**t)
        mixed = mu(t + 1) * m / (1 - product * mu(t + 1)) + (1 - mu(t)) * g / (1 - product)
        return mixed / (np.sqrt(v_hat) + 1e-8)

    return theta - lr * adam_like(g, state, take=take)


def amsgrad(g, state, theta, lr):
    def take(m, v, t):
        v_max = state["max"] = np.maximum(state.get("max", ZERO), v * (1 - 0.9**t))
        return m / (np.sqrt(v_max / (1 - 0.9**t)) + 1e-8)

    return theta - lr * adam_like(g, state, beta2=0.9, take=take)


def radam(g, state, theta, lr):
    def take(m, v, t):
        rho_inf = 2 / (1 - 0.999) - 1
        rho = rho_inf - 2 * t * 0.999**t / (1 - 0.999**t)
        if rho <= 5:
            return m
        r = np.sqrt((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho))
        root = np.sqrt(1 - 0.999**t)
        return m * r * root / (np.sqrt(v) * root + 1e-8)

    return theta - lr * adam_like(g, state, take=take)


def adamax(g, state, theta, lr):
    t = state["t"] = state.get("t", 0) + 1
    m = state["m"] = 0.9 * state.get("m", ZERO) + 0.1 * g
    u = state["u"] = np.maximum(0.999 * state.get("u", ZERO), np.abs(g) + 1e-8)
    return theta - lr / (1 - 0.9**t) * m / u


def adadelta(g, state, theta, lr):
    of_g = state["g"] = 0.9 * state.get("g", ZERO) + 0.1 * g**2
    step = -np.sqrt(state.get("x", ZERO) + 1e-6) / np.sqrt(of_g + 1e-6) * g
    state["x"] = 0.9 * state.get("x", ZERO) + 0.1 * step**2
    return theta + lr * step


def rms(vector):
    return np.sqrt(np.mean(vector**2))


def adafactor(g, state, theta, lr):
    t = state["t"] = state.get("t", 0) + 1
    v = state["v"] = (1 - t**-0.8) * state.get("v", ZERO) + t**-0.8 * g**2
    u = g / np.sqrt(v)
    return theta - max(1e-3, rms(theta)) * min(lr, 1 / np.sqrt(t)) * u / max(1, rms(u))


def momentum(g, state, theta, lr, *, ahead=False):
    b = state["b"] = 0.9 * state.get("b", ZERO) + g
    return theta - lr * (g + 0.9 * b if ahead else b)


def polyak(g, state, theta, lr):
    """The same points, from the last step in place of the last sum."""
    before = state.get("before", theta)
    state["before"] = theta
    return theta - lr * g + 0.9 * (theta - before)


def rprop(g, state, theta, lr):
    product = state.get("g", ZERO) * g
    factor = np.select([product > 0, product < 0], [1.2, 0.5], 1)
    delta = state["delta"] = state.get("delta", np.full(2, lr)) * factor
    state["g"] = np.where(product < 0, 0, g)
    return theta - delta * np.sign(state["g"])


def asgd(g, state, theta, lr):
    t = state["t"] = state.get("t", 0) + 1
    eta = lr / (1 + 0.1 * lr * (t - 1)) ** 0.75
    return (1 - 0.1 * eta) * theta - eta * g


def muon(g, state, theta, lr):
    B = state["B"] = 0.95 * state.get("B", ZERO) + g
    X = g + 0.95 * B
    X = X / np.linalg.norm(X)
    for _ in range(5):
        s = X @ X
        X = 3.4445 * X + (-4.7750 * s + 2.0315 * s**2) * X
    return (1 - lr * 0.1) * theta - lr * X


CASES = [
    ("adam", lambda g, s, theta, lr: theta - lr * adam_like(g, s), {"lr": 0.1}, 1e-9),
    ("adamw", adamw, {"lr": 0.1, "weight_decay": 0.2}, 1e-9),
    ("nadam", nadam, {"lr": 0.1}, 1e-6),  # torch keeps the product in single precision
    ("amsgrad", amsgrad, {"lr": 0.1, "betas": (0.9, 0.9)}, 1e-6),
    ("radam", radam, {"lr": 0.003}, 1e-6),
    ("adamax", adamax, {"lr": 1.0}, 1e-6),
    ("adadelta", adadelta, {"lr": 1.0}, 1e-6),
    ("adafactor", adafactor, {"lr": 0.1}, 1e-9),
    ("momentum", momentum, {"lr": 0.001}, 1e-9),
    ("momentum", polyak, {"lr": 0.001}, 1e-9),
    ("nesterov", partial(momentum, ahead=True), {"lr": 0.001}, 1e-9),
    ("rprop", rprop, {"lr": 0.03}, 1e-9),
    ("asgd", asgd, {"lr": 0.01, "lambd": 0.1}, 1e-5),
    ("muon", muon, {"lr": 0.03}, 0.01),  # torch rounds to eight bits
]


@pytest.mark.parametrize(("name", "formula", "options", "exact"), CASES)
def test_torchs_class_takes_the_steps_of_the_formula(name, formula, options, exact):
    shown = og.run(name, "beale", steps=50, **options)
    state = {}
    for t, g in enumerate(shown.gradients[:-1]):
        left = formula(g, state, shown.points[t], options["lr"])
        step = np.abs(shown.points[t + 1] - shown.points[t]).max()
        assert left == pytest.approx(shown.points[t + 1], rel=exact, abs=max(exact * step, 1e-9))


def test_torchs_nesterov_iterates_are_the_papers_gradient_points():
    _, shown = runs("opt_nesterov")
    theta, v = shown.points[0], np.zeros(2)
    for t, g in enumerate(shown.gradients[:-1]):
        assert theta + 0.9 * v == pytest.approx(shown.points[t], rel=1e-9)
        v = 0.9 * v - shown.lr * g
        theta = theta + v


def test_asgds_average_is_that_of_its_page():
    *_, shown = runs("opt_asgd")
    average = shown.optimizer.cls
    plain, averaged = (
        og.run(o, "booth", lr=0.1, lambd=0.1, t0=20, steps=50) for o in ("asgd", average)
    )
    a = plain.points[0]
    for t, theta in enumerate(plain.points[1:], start=1):
        a = a + (theta - a) / max(1, t - 1 - 20)
        assert a == pytest.approx(averaged.points[t], rel=1e-5, abs=1e-6)
