"""Check a formula before it is run: at its start, in the dtype of the run.

A callable that cannot be evaluated as ``formula(x, y)`` on tensors of any shape is wrapped in an
adapter if that is certain to give the function's own values; see `adapters`.
"""

import inspect
from collections.abc import Iterator, Sequence
from contextlib import suppress
from math import isfinite
from typing import Any, NamedTuple
from warnings import catch_warnings, simplefilter

import torch
from torch import Tensor

from optgallery.functions.adapters import (
    Differentiating,
    OfList,
    OfRows,
    OfVector,
    OfWeights,
    Pointwise,
    Reshaped,
    UnderDefault,
    count_trained,
    trained,
)
from optgallery.functions.coordinates import Domain, Point
from optgallery.functions.evaluation import NOT_DEFINED, Formula, value_of
from optgallery.functions.isolation import isolated, seed_generators

_ADVICE = "write it with torch functions"
_GOLDEN = 0.6180339887498949
_SCATTERED = 6  # points of the domain that are checked besides the start and two points near it


class Subject(NamedTuple):
    """What is checked: a formula, its name in error messages, its start and its domain."""

    formula: Any
    name: str
    start: Point
    domain: Domain


def fit(subject: Subject, dtype: torch.dtype | None) -> tuple[Formula, torch.dtype]:
    """Return a formula in a form that can be run and drawn, and a dtype in which it works.

    Parameters
    ----------
    subject : Subject
    dtype : torch.dtype or None
        The dtype of the run. None tries float64, then float32.

    Returns
    -------
    formula : callable
        The given one, or an adapter around it.
    dtype : torch.dtype

    Raises
    ------
    TypeError
        If it is not a function of x and y, or does not return a tensor of real numbers.
    ValueError
        If it fails at its start, has no gradient there, returns more than one value for a point, or
        returns a value that depends on the other points. If it works in another dtype, the message
        names that dtype.
    """
    if not callable(subject.formula):
        raise TypeError(
            f"the formula of {subject.name} must be a function of x and y, got {subject.formula!r}"
        )
    wanted = torch.float64 if dtype is None else dtype
    try:
        return _fitted(subject, wanted), wanted
    except (TypeError, ValueError) as error:
        default = torch.get_default_dtype()
        under = subject._replace(formula=UnderDefault(subject.formula, default))
        if default != torch.float32 and works_in(under, wanted):
            return _fitted(under, wanted), wanted
        for other in (torch.float32, torch.float64):
            if other == wanted or not works_in(subject, other):
                continue
            if dtype is None:
                return _fitted(subject, other), other
            raise ValueError(_other_precision(subject.name, wanted, other, error)) from error
        raise


def works_in(subject: Subject, dtype: torch.dtype) -> bool:
    """Whether a formula passes all checks in this dtype."""
    with suppress(TypeError, ValueError):
        _fitted(subject, dtype)
        return True
    return False


def _other_precision(name: str, wanted: torch.dtype, other: torch.dtype, error: Exception) -> str:
    because = str(error.__cause__ or error).strip().partition("\n")[0]
    convert = ".double()" if wanted == torch.float64 else f".to({wanted})"
    return (
        f"{name}(x, y) works in {other}, but not in {wanted}: {because}; its data or constants are "
        f"of {other}: run it with dtype={other}, or convert them with {convert}"
    )


def _fitted(subject: Subject, dtype: torch.dtype) -> Formula:
    """Return the formula in the first form that passes."""
    with isolated(0), catch_warnings():
        simplefilter("ignore")  # such as NumPy's about tensors: the errors raised here are clearer
        formula = _of_one_point(subject, dtype)
        _check_gradient(formula, subject, dtype)
        return _of_many_points(formula, subject, dtype)


def _of_one_point(subject: Subject, dtype: torch.dtype) -> Formula:
    """Return the first form of the formula that returns one value at the start."""
    errors = []
    for form in _forms(subject):
        try:
            value = form(*_at(subject.start, dtype, leaf=False))
        except Exception as error:  # the user's function may raise anything
            errors.append(error)
            continue
        if not isinstance(value, Tensor):
            raise TypeError(
                f"{subject.name}(x, y) must return a tensor, got {type(value).__name__}; {_ADVICE}"
            )
        if not value.is_floating_point():
            raise TypeError(f"{subject.name}(x, y) must return real numbers, got {value.dtype}")
        if value.numel() == 1:
            return form
        errors.append(
            ValueError(f"for one point it returned a tensor of shape {tuple(value.shape)}")
        )
    if _takes_several(subject, dtype):
        raise ValueError(
            f"{subject.name}(x, y) takes several points together, but not one alone: {errors[-1]}; "
            "each value must depend on its own point alone, so put a module that normalizes "
            "batches into eval() mode"
        ) from errors[-1]
    raise _failed(subject, errors[0]) from errors[0]


def _takes_several(subject: Subject, dtype: torch.dtype) -> bool:
    """Whether a formula that fails at its start works on several points at once."""
    points = torch.tensor([subject.start] * 3, dtype=dtype, requires_grad=True)
    for form in _forms(subject):
        with suppress(Exception):  # the user's function may raise anything
            value = form(*points.T)
            if isinstance(value, Tensor) and value.numel() == len(points):
                return True
    return False


def _failed(subject: Subject, error: Exception) -> ValueError:
    """Return an error that says why a formula failed at its start, and what to do."""
    name, (x, y) = subject.name, subject.start
    said = str(error).strip().partition("\n")[0]
    if isinstance(error, ValueError) and said.startswith("for one point"):
        return ValueError(
            f"{name}(x, y) must return one value for each point, but {said}; reduce it to one "
            "number, as .sum(-1) or .mean(-1) do"
        )
    kind = "" if isinstance(error, (ValueError, RuntimeError)) else f"{type(error).__name__}: "
    advice = _ADVICE
    if isinstance(error, NOT_DEFINED):
        advice = "start it where it is defined"
    if isinstance(subject.formula, torch.nn.Module) and count_trained(subject.formula) == 2:
        advice = _advice_on_weights(subject)
    return ValueError(
        f"{name}(x, y) must work on tensors, but failed at its start ({x:g}, {y:g}): "
        f"{kind}{said}; {advice}"
    )


def _forms(subject: Subject) -> Iterator[Formula]:
    """Yield the forms that are possible with a formula's parameters."""
    formula, name = subject.formula, subject.name
    count = _arity(formula)
    module = isinstance(formula, torch.nn.Module)
    if count.none and module:
        if count_trained(formula) != 2:
            raise ValueError(
                f"{name}() takes no arguments: it must have two trained weights to be a function "
                f"of them, got {count_trained(formula)}"
            )
        yield OfWeights(formula)
        return
    if count.one and not count.two and module and count_trained(formula) == 2:
        raise ValueError(
            f"{name} has two weights and takes one argument: {_advice_on_weights(subject)}"
        )
    if not (count.one or count.two):
        raise TypeError(f"{name} must take two arguments, x and y: {count.error}")
    if count.one and (not count.two or count.second_is_optional):
        yield OfVector(formula)
        yield OfRows(formula)
    if count.two:
        yield formula
        yield OfList(formula)
    if count.unknown:
        yield OfVector(formula)


def _advice_on_weights(subject: Subject) -> str:
    """Return advice on making a function of a module's two weights, or of its input."""
    module, name = subject.formula, subject.name
    parameters = trained(module)
    if len(parameters) == 1:
        (key, parameter), *_ = parameters
        weights = f'"{key}": torch.stack([x, y]).reshape({tuple(parameter.shape)})'
    else:
        weights = ", ".join(
            f'"{key}": {c}.reshape({tuple(parameter.shape)})'
            for c, (key, parameter) in zip("xy", parameters, strict=True)
        )
    return (
        f"for a loss of its weights write lambda x, y: "
        f"loss(torch.func.functional_call({name}, {{{weights}}}, data)); "
        f"for a function of its input, lambda x, y: {name}(torch.stack([x, y], -1))"
    )


class _Arity(NamedTuple):
    """Whether a callable accepts zero, one and two positional arguments."""

    taken: Sequence[bool]
    second_is_optional: bool = False
    error: str = ""
    unknown: bool = False

    @property
    def none(self) -> bool:
        """Whether it can be called without arguments."""
        return self.taken[0]

    @property
    def one(self) -> bool:
        """Whether it can be called with one."""
        return self.taken[1]

    @property
    def two(self) -> bool:
        """Whether it can be called with two."""
        return self.taken[2]


def _arity(formula: Any) -> _Arity:
    """Return how many arguments a callable accepts; if unknown, assume two, or else one."""
    if isinstance(formula, torch.jit.ScriptFunction):
        schema: Any = formula.schema
        return _of_schema(schema.arguments)  # it has no signature
    called = formula.forward if isinstance(formula, torch.nn.Module) else formula
    try:
        signature = inspect.signature(called)
    except (TypeError, ValueError):  # compiled functions may have no signature
        return _Arity((False, True, True), unknown=True)
    taken, error = [], ""
    for count in range(3):
        try:
            signature.bind(*[None] * count)
            taken.append(True)
        except TypeError as reason:
            taken.append(False)
            error = str(reason)
    positional = [
        p
        for p in signature.parameters.values()
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    optional = len(positional) > 1 and positional[1].default is not inspect.Parameter.empty
    return _Arity(taken, optional, error)


def _of_schema(arguments: list[Any]) -> _Arity:
    required = sum(not argument.has_default_value() for argument in arguments)
    taken = [required <= count <= len(arguments) for count in range(3)]
    optional = len(arguments) > 1 and arguments[1].has_default_value()
    return _Arity(taken, optional, f"it takes {len(arguments)}")


def _check_gradient(formula: Formula, subject: Subject, dtype: torch.dtype) -> None:
    """Reject a formula whose value autograd cannot differentiate by x and y."""
    name = subject.name
    x, y = _at(subject.start, dtype)
    value = formula(x, y)
    if not value.requires_grad:
        raise ValueError(
            f"{name}(x, y) must depend on x and y in a way that autograd can follow, but its value "
            "has no gradient; put x and y into a module by torch.func.functional_call, "
            f"{_ADVICE} and without detach()"
        )
    try:
        grads = torch.autograd.grad(value.reshape(()), (x, y), allow_unused=True)
    except Exception as error:  # a backward() written by the user may raise anything
        said = str(error).strip().partition("\n")[0]
        raise ValueError(f"{name}(x, y) cannot be differentiated at its start: {said}") from error
    for axis, grad in enumerate(grads):
        if grad is None and _changes_along(axis, formula, subject, dtype):
            letter = "xy"[axis]
            raise ValueError(
                f"{name}(x, y) changes with {letter} in a way that autograd cannot follow: it "
                f"takes a number out of {letter}, as float(), item() and math do, or detaches it; "
                f"{_ADVICE} and without detach()"
            )


def _changes_along(axis: int, formula: Formula, subject: Subject, dtype: torch.dtype) -> bool:
    """Whether the value changes a little farther along an axis, on both sides.

    A change on one side only may come from a formula that branches at its start.
    """
    step = 1e-3 * (1 + abs(subject.start[axis]))
    values = []
    for distance in (0.0, step, -step):
        point = list(subject.start)
        point[axis] += distance
        seed_generators(0)
        try:
            values.append(value_of(formula, *_at(point, dtype, leaf=False)).item())
        except NOT_DEFINED:
            return False
    return values[0] not in values[1:] and all(map(isfinite, values))


def _of_many_points(formula: Formula, subject: Subject, dtype: torch.dtype) -> Formula:
    """Return a form of the formula for many points: vectorized if possible, else pointwise."""
    points, alone = _values_alone(formula, subject, dtype)
    several = [i % len(points) for i in range(6)]
    expected = torch.stack([alone[i] for i in several])
    xs, ys = (torch.tensor([points[i][axis] for i in several], dtype=dtype) for axis in (0, 1))
    for form in (formula, Reshaped(formula), Differentiating(formula)):
        try:
            single = value_of(form, xs[0], ys[0])
            flat = value_of(form, xs, ys)
            table = value_of(form, xs.reshape(2, 3), ys.reshape(2, 3))
        except Exception:  # it accepts single points only, or certain shapes only
            continue
        if (single.shape, flat.shape, table.shape) != ((), (6,), (2, 3)):
            continue
        if all(_are_close(found, expected) for found in (flat, table.reshape(-1))):
            return form
        if _is_random(formula, subject, dtype):
            return form
        if form is formula:
            raise _depends_on_others(subject.name, flat, expected, xs, ys)
    form = Pointwise(formula)
    try:
        found = value_of(form, xs, ys)
    except Exception as error:
        raise _failed(subject, error) from error
    return form if found.shape == (6,) else formula


def _values_alone(
    formula: Formula, subject: Subject, dtype: torch.dtype
) -> tuple[list[Point], list[Tensor]]:
    """Evaluate the start, points near it and points of the domain, each in a separate call."""
    (x, y), (xmin, xmax, ymin, ymax) = subject.start, subject.domain
    width, height = xmax - xmin, ymax - ymin
    tried = [(x, y), (x + 1e-3 * width, y), (x, y - 1e-3 * height)]
    tried += [
        (xmin + k / (_SCATTERED + 1) * width, ymin + k * _GOLDEN % 1 * height)
        for k in range(1, _SCATTERED + 1)
    ]
    points, values = [], []
    for point in tried:
        try:
            value = value_of(formula, *_at(point, dtype, leaf=False)).reshape(())
        except Exception:  # the formula is not defined there
            continue
        points.append(point)
        values.append(value)
    return points, values


def _are_close(found: Tensor, expected: Tensor) -> bool:
    """Whether values differ by no more than a different order of summation explains."""
    finite = expected[expected.isfinite()].abs()
    largest = float(finite.max()) if finite.numel() else 0.0
    tolerance = torch.finfo(expected.dtype).eps ** 0.5
    return torch.allclose(
        found.to(expected.dtype), expected, rtol=tolerance, atol=tolerance * largest, equal_nan=True
    )


def _is_random(formula: Formula, subject: Subject, dtype: torch.dtype) -> bool:
    """Whether a formula uses random numbers, from the global generators or its own."""
    x, y = _at(subject.start, dtype, leaf=False)
    state = torch.get_rng_state()
    first, second = value_of(formula, x, y), value_of(formula, x, y)
    return not (torch.equal(first, second) and torch.equal(state, torch.get_rng_state()))


def _depends_on_others(
    name: str, found: Tensor, expected: Tensor, xs: Tensor, ys: Tensor
) -> ValueError:
    """Return an error that names a point whose value depends on the other points."""
    at = int((found - expected).abs().nan_to_num(0.0).argmax())
    return ValueError(
        f"{name}(x, y) must give each point its own value, but at "
        f"({xs[at]:.6g}, {ys[at]:.6g}) it is {expected[at]:.6g} alone and {found[at]:.6g} beside "
        "other points: it divides by its own maximum or mean, or normalizes a batch; leave that "
        "out, or divide by a number"
    )


def _at(point: Sequence[float], dtype: torch.dtype, *, leaf: bool = True) -> tuple[Tensor, Tensor]:
    """Return a point's coordinates: as leaves, or as parts of one parameter as in a run."""
    if leaf:
        x, y = (torch.tensor(c, dtype=dtype, requires_grad=True) for c in point)
        return x, y
    x, y = torch.tensor(point, dtype=dtype, requires_grad=True).unbind()
    return x, y
