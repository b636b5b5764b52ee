"""Runs of optimizers that take the value: their closures, and optax's argument ``value``."""

import jax
import numpy as np
import optax
import torch

jax.config.update("jax_enable_x64", True)


def descend_with_value(build, formula, start, steps):
    """Return the ``steps + 1`` points of an optimizer whose ``step`` gets a closure."""
    x = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = build([x])
    points = [x.tolist()]
    for _ in range(steps):
        optimizer.step(lambda: _evaluate(optimizer, formula, x))
        points.append(x.tolist())
    return np.array(points)


def _evaluate(optimizer, formula, x):
    optimizer.zero_grad()
    with torch.enable_grad():
        loss = formula(*x)
        loss.backward()
    return loss.detach()


def evaluations(formula, points):
    """Return the value and the gradient at each point, as floats and lists."""
    found = []
    for point in points:
        x = torch.tensor(point, dtype=torch.float64, requires_grad=True)
        value = formula(*x)
        (gradient,) = torch.autograd.grad(value, x)
        found.append((value.item(), gradient.tolist()))
    return found


def next_points(build, formula, points):
    """Return where an optimizer goes from each point but the last, with its state of this path.

    Its averages come from the evaluations on the path, so that no chaos amplifies rounding errors.
    """
    x = torch.tensor(points[0], dtype=torch.float64, requires_grad=True)
    optimizer = build([x])
    found = []
    for point in points[:-1]:
        with torch.no_grad():
            x.copy_(torch.tensor(point))
        loss = _evaluate(optimizer, formula, x)
        optimizer.step(lambda loss=loss: loss)
        found.append(x.tolist())
    return np.array(found)


def next_points_in_optax(transformation, formula, points):
    """Return the same for a transformation of optax that takes the value."""
    state = transformation.init(jax.numpy.asarray(points[0]))
    update = jax.jit(transformation.update)
    found = []
    for (value, gradient), before in zip(
        evaluations(formula, points[:-1]), points[:-1], strict=True
    ):
        place = jax.numpy.asarray(before)
        updates, state = update(jax.numpy.asarray(gradient), state, place, value=value)
        found.append(np.asarray(optax.apply_updates(place, updates)))
    return np.array(found)
