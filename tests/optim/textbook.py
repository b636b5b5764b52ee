"""Run the methods of textbooks with a closure, and SciPy's with the same line search."""

from contextlib import contextmanager
from unittest.mock import patch

import numpy as np
import scipy.optimize._optimize as scipy_optimize
import torch
from scipy.optimize import minimize

from optgallery.optim import wolfe

START = (2.0, 1.7)


def closure_of(x, formula):
    """Return a closure that keeps the gradients' graph."""

    def closure():
        loss = formula(*x)
        (x.grad,) = torch.autograd.grad(loss, [x], create_graph=True, materialize_grads=True)
        return loss.detach()

    return closure


def descend(build, formula, start=START, steps=50):
    """Return the points of a run, each step of which gets a closure."""
    x = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = build([x])
    closure = closure_of(x, formula)
    points = [x.tolist()]
    for _ in range(steps):
        optimizer.step(closure)
        points.append(x.tolist())
    return np.array(points)


def value_at(formula):
    return lambda at: formula(*torch.tensor(np.asarray(at), dtype=torch.float64)).item()


def gradient_at(formula):
    def gradient(at):
        x = torch.tensor(np.asarray(at), dtype=torch.float64, requires_grad=True)
        return torch.autograd.grad(formula(*x), x)[0].numpy()

    return gradient


def hessian_at(formula):
    def hessian(at):
        x = torch.tensor(np.asarray(at), dtype=torch.float64)
        return torch.autograd.functional.hessian(lambda p: formula(*p), x).numpy()

    return hessian


def signed_inside(length, low, high, margin):
    """SciPy's condition, whose margins have the sign of the interval: a point outside may pass."""
    lower, upper = sorted((low.length, high.length))
    margin *= np.sign(high.length - low.length)
    return lower + margin <= length <= upper - margin


@contextmanager
def one_search():
    """Let SciPy's methods use its search after Nocedal and Wright, and ours its margins and limits.

    SciPy takes that search where its first one, from MINPACK, has failed.
    """
    with (
        patch.object(scipy_optimize, "line_search_wolfe1", lambda *_, **__: (None,) * 6),
        patch.object(wolfe, "_is_inside", signed_inside),
        patch.object(wolfe, "_EXPANSIONS", 10),
        patch.object(wolfe, "_REDUCTIONS", 11),
    ):
        yield


def scipy_path(method, formula, start, steps, **options):
    """Return the iterates of SciPy's method."""
    points = [list(start)]

    def callback(intermediate_result):
        points.append(intermediate_result.x.tolist())

    minimize(
        value_at(formula),
        start,
        jac=gradient_at(formula),
        hess=hessian_at(formula) if method.startswith("trust") else None,
        method=method,
        callback=callback,
        options={"maxiter": steps, "gtol": 1e-9, **options},
    )
    return np.array(points)
