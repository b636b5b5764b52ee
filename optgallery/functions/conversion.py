"""Convert what users pass as a test function: a name, an entry, or a callable and a domain."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from optgallery.arguments import describe
from optgallery.functions.base import FUNCTIONS, TestFunction
from optgallery.functions.checks import Subject, fit, works_in
from optgallery.functions.coordinates import as_domain, as_point
from optgallery.plugins import Plugins

_DOMAIN_KEYS = ("x0", "y0", "xmin", "xmax", "ymin", "ymax")
_NAME_KEYS = ("name", "title")


def as_test_function(test_fn: Any, dtype: torch.dtype | None = torch.float64) -> TestFunction:
    """Turn a name, a `TestFunction` or a ``(callable, domain)`` pair into a `TestFunction`.

    Parameters
    ----------
    test_fn : str, TestFunction or (callable, domain)
        A name is that of an entry, or one that an installed package offers in the group of entry
        points ``optgallery.functions``. The domain of a pair is a mapping with ``x0, y0, xmin,
        xmax, ymin, ymax``, and optionally ``name`` and ``title`` to replace the callable's; or, as
        in torchopt, a function without arguments that returns such a mapping. The callable takes x
        and y, or one tensor whose last dimension contains both; a :class:`torch.nn.Module` whose
        ``forward`` takes no arguments is a function of its two trained numbers.
    dtype : torch.dtype or None
        The dtype in which the function will be run. None selects float64 if the function works in
        it, and float32 otherwise.

    Returns
    -------
    TestFunction
        A function made from a pair is named after the callable and the values that distinguish it
        from others of its family; see ``arguments.describe``. Its colours are logarithmic if half
        of its values on the domain are in the lowest tenth of their range, and linear otherwise;
        for another scale, or known minima, construct a `TestFunction`. Its ``dtype`` is one in
        which it works.

    Raises
    ------
    TypeError
        If ``test_fn`` is none of these, or the callable does not return a tensor.
    ValueError
        If the name is unknown, or the package that offers it is broken; if the domain lacks a key
        or is not a rectangle, or the callable fails at its start, does not return one
        differentiable value for each point, or returns values that depend on the other points.

    Examples
    --------
    >>> box = {"x0": 1, "y0": 2, "xmin": -3, "xmax": 3, "ymin": -3, "ymax": 3}
    >>> cone = as_test_function((torch.hypot, box))
    >>> cone.name, cone.start, cone(3, 4)
    ('hypot', (1.0, 2.0), 5.0)
    >>> as_test_function((torch.linalg.vector_norm, {**box, "name": "norm"}))(3, 4)
    5.0
    """
    if isinstance(test_fn, str):
        return PLUGINS.lookup(test_fn)
    if isinstance(test_fn, TestFunction):
        if FUNCTIONS.get(test_fn.name) == test_fn:  # entries need no check
            return test_fn
        return _fitted(test_fn, dtype)
    if isinstance(test_fn, (tuple, list)) and len(test_fn) == 2 and callable(test_fn[0]):
        pair = _fitted(_from_pair(*test_fn), dtype)
        return replace(pair, scale="log") if _spans_decades(pair) else pair
    raise TypeError(
        "test_fn must be a name, a TestFunction or a pair (callable, domain), "
        f"got {type(test_fn).__name__}: {test_fn!r}"
    )


def _offered(name: str, loaded: Any) -> TestFunction:
    """Convert what a package offers to a function of this name."""
    if isinstance(loaded, str):
        raise TypeError(f"it must be a TestFunction or a pair (callable, domain), got {loaded!r}")
    return replace(as_test_function(loaded, None), name=name)


PLUGINS: Plugins[TestFunction] = Plugins(FUNCTIONS, "optgallery.functions", _offered)


def _fitted(fn: TestFunction, dtype: torch.dtype | None) -> TestFunction:
    """Check a function's formula, and return it in a form and a dtype in which it works."""
    subject = Subject(fn.formula, fn.name, fn.start, fn.domain)
    formula, worked = fit(subject, dtype)
    # drawn in its own, more precise dtype if it works in that
    drawn_in = fn.dtype if worked == fn.dtype or works_in(subject, fn.dtype) else worked
    if (formula, drawn_in) == (fn.formula, fn.dtype):
        return fn
    return replace(fn, formula=formula, dtype=drawn_in)


def _from_pair(formula: Any, domain: Any) -> TestFunction:
    if callable(domain):
        domain = domain()
    if not isinstance(domain, Mapping):
        raise TypeError(
            "the domain of a (callable, domain) pair must be a mapping with "
            f"{', '.join(_DOMAIN_KEYS)}, got {type(domain).__name__}: {domain!r}"
        )
    if missing := [key for key in _DOMAIN_KEYS if key not in domain]:
        raise ValueError(
            f"the domain lacks {', '.join(missing)}; it must have {', '.join(_DOMAIN_KEYS)}"
        )
    name, title = describe(formula)
    if "name" in domain:
        name = title = domain["name"]
    return TestFunction(
        name=name,
        title=domain.get("title", title),
        formula=formula,
        domain=as_domain(domain[key] for key in _DOMAIN_KEYS[2:]),
        start=as_point((domain["x0"], domain["y0"]), "the start (x0, y0)"),
    )


def _spans_decades(test_function: TestFunction) -> bool:
    """Whether half of the values on the domain are in the lowest tenth of their range."""
    z = test_function.grid(50)[2]
    z = z[np.isfinite(z)]
    return bool(z.size and np.median(z) - z.min() < 0.1 * (z.max() - z.min()))
