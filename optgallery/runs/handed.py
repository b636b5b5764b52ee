"""What a function hands over to an optimizer: hyper-parameters that are facts about it."""

from collections.abc import Mapping
from typing import Any

from optgallery.functions import TestFunction
from optgallery.functions.facts import UnknownFactError, fact
from optgallery.optim.spec import OptimizerSpec
from optgallery.problems.base import MatrixProblem


def handed_over(
    spec: OptimizerSpec, fn: TestFunction | MatrixProblem, start: Any, given: Mapping[str, Any]
) -> dict[str, float]:
    """Return the hyper-parameters that an optimizer takes from what the function declares.

    Parameters
    ----------
    spec : OptimizerSpec
        Its ``from_function`` names the hyper-parameters, and the fact that each of them is.
    fn : TestFunction or MatrixProblem
    start : (float, float) or arrays
        Where the run begins.
    given : mapping
        The hyper-parameters of the run. These, and the entry's own defaults, are not replaced.

    Returns
    -------
    dict of str to float
        Empty for most optimizers.

    Raises
    ------
    UnknownFactError
        If the function does not know a fact: the message names the function, what it lacks, and the
        hyper-parameter to give instead.

    Examples
    --------
    >>> from optgallery import FUNCTIONS, OPTIMIZERS
    >>> polyak, camel = OPTIMIZERS["polyak_step"], FUNCTIONS["six_hump_camel"]
    >>> handed_over(polyak, camel, camel.start, {"lr": 1.0})
    {'f_star': -1.0316284534898774}
    >>> handed_over(polyak, camel, camel.start, {"f_star": -1.0})
    {}
    """
    handed: dict[str, float] = {}
    for name, known_as in spec.from_function.items():
        if name in given or name in spec.defaults:
            continue
        try:
            handed[name] = _fact(known_as, fn, start)
        except UnknownFactError as error:
            raise UnknownFactError(
                f"{spec.title} takes {name} from the function, but {error}; pass {name}=..."
            ) from None
    return handed


def is_refused(
    spec: OptimizerSpec, fn: TestFunction | MatrixProblem, start: Any, given: Mapping[str, Any]
) -> bool:
    """Whether the function does not know what the optimizer takes from it.

    Examples
    --------
    >>> from optgallery import FUNCTIONS, OPTIMIZERS
    >>> flower = FUNCTIONS["flower"]
    >>> is_refused(OPTIMIZERS["heavy_ball"], flower, flower.start, {})
    True
    """
    try:
        handed_over(spec, fn, start, given)
    except UnknownFactError:
        return True
    return False


def _fact(name: str, fn: TestFunction | MatrixProblem, start: Any) -> float:
    """Return a fact about a function; of a problem of matrices only the minimum is known."""
    if isinstance(fn, TestFunction):
        return fact(name, fn, start)
    if name == "minimum" and fn.minimum is not None:
        return float(fn.minimum)
    raise UnknownFactError(f"{fn.title} declares no {name.replace('_', ' ')}")
