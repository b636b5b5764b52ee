"""Derivatives of test functions, and stationary points, for the tests of single functions."""

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from scipy.optimize import root

import optgallery as og


def entries_of(module):
    """Return the entries that a module of functions adds."""
    return [fn for fn in og.FUNCTIONS.values() if fn.formula.__module__ == module.__name__]


def gradient(name, x, y):
    p = torch.tensor([x, y], dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad(og.FUNCTIONS[name].formula(*p), p)[0].numpy()


def hessian(name, x, y):
    p = torch.tensor([x, y], dtype=torch.float64)
    return torch.autograd.functional.hessian(lambda p: og.FUNCTIONS[name].formula(*p), p).numpy()


def curvatures(name, x, y):
    """Return the eigenvalues of the Hessian, in increasing order."""
    return np.linalg.eigvalsh(hessian(name, x, y))


def random_points(name, n=20):
    xmin, xmax, ymin, ymax = og.FUNCTIONS[name].domain
    return np.random.default_rng(5).uniform((xmin, ymin), (xmax, ymax), (n, 2))


def local_minima(name, n=101):
    """Return the minima in the domain, refined from the lowest points of a grid."""
    xmin, xmax, ymin, ymax = og.FUNCTIONS[name].domain
    x, y = np.meshgrid(np.linspace(xmin, xmax, n), np.linspace(ymin, ymax, n))
    z = og.FUNCTIONS[name](x, y)
    lowest = sliding_window_view(z, (3, 3)).min(axis=(2, 3)) == z[1:-1, 1:-1]
    found = []
    for start in zip(x[1:-1, 1:-1][lowest], y[1:-1, 1:-1][lowest], strict=True):
        minimum = root(lambda p: gradient(name, *p), start, jac=lambda p: hessian(name, *p)).x
        assert curvatures(name, *minimum)[0] > 0
        if all(np.hypot(*(minimum - other)) > 1e-6 for other in found):
            found.append(minimum)
    return np.array(found)


def derivatives_at(name, x, y):
    """Return the value, the gradient and the row sums of the Hessian."""
    p = torch.tensor([x, y], dtype=torch.float64, requires_grad=True)
    value = og.FUNCTIONS[name].formula(*p)
    (first,) = torch.autograd.grad(value, p, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), p)
    return value.item(), first.tolist(), second.tolist()
