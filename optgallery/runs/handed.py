"""What a function hands over to an optimizer: hyper-parameters that are facts about it."""

from collections.abc import Mapping
from typing import Any

from optgallery.functions import TestFunction
from optgallery.functions.base import Point
from optgallery.functions.facts import UnknownFactError, fact
from optgallery.optim.spec import OptimizerSpec


def handed_over(
    spec: OptimizerSpec, fn: TestFunction, start: Point, given: Mapping[str, Any]
) -> dict[str, float]:
    """Return the hyper-parameters that an optimizer takes from what the function declares.

    Parameters
    ----------
    spec : OptimizerSpec
        Its ``from_function`` names the hyper-parameters, and the fact that each of them is.
    fn : TestFunction
    start : (float, float)
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
            handed[name] = fact(known_as, fn, start)
        except UnknownFactError as error:
            raise UnknownFactError(
                f"{spec.title} takes {name} from the function, but {error}; pass {name}=..."
            ) from None
    return handed
