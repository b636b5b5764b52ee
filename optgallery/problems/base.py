"""MatrixProblem: a loss of one or several matrices whose outputs are points in the plane."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, ClassVar, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from optgallery.arguments import format_number
from optgallery.functions.base import Domain, TestFunction
from optgallery.registry import Registry, check_name

Array: TypeAlias = NDArray[np.float64]

_MARGIN = 0.5  # of the domain around the points, as a share of their largest distance


@dataclass(frozen=True, kw_only=True)
class MatrixProblem(ABC):
    r"""A loss of one or several real matrices, drawn in the plane by k of its outputs.

    A test function has a point as its parameter, and on a point an optimizer for matrices cannot
    show what it does. Here the parameters are matrices :math:`W`; what is drawn are k outputs, each
    a point in the plane that walks towards its target.

    A problem of your own is a frozen dataclass that derives from this class: its fields are all
    that its loss depends on, and it defines `start`, `loss` and `outputs`. What it draws at random
    must follow from its fields, such as a seed, because the store identifies a run by them.

    Parameters
    ----------
    name : str
        Identifier, as in ``PROBLEMS["associative_memory"]``.
    title : str
        Display name: ``"Associative memory"``.

    Examples
    --------
    >>> import optgallery as og
    >>> memory = og.PROBLEMS["associative_memory"]
    >>> memory.shapes
    ((2, 8),)
    >>> memory.targets.shape
    (8, 2)
    """

    name: str
    title: str

    made_by: ClassVar[str] = ""
    """The function in `optgallery.problems` that makes such problems; empty for one of a user."""

    latex: ClassVar[str] = ""
    """The right-hand side of :math:`f(W) = \\dots`."""

    description: ClassVar[str] = ""
    """One sentence on what the problem shows."""

    source: ClassVar[str] = ""
    """Where such a problem is published."""

    def __post_init__(self) -> None:
        check_name(self.name, "problem")

    @property
    @abstractmethod
    def start(self) -> tuple[Array, ...]:
        """Where a run starts: one array for each parameter, each of shape (rows, columns)."""

    @abstractmethod
    def loss(self, *parameters: Tensor, batch: int | None = None) -> Tensor:
        """Return the loss, a tensor without dimensions that autograd can differentiate.

        Parameters
        ----------
        *parameters : tensor
            Matrices of the shapes of `start`.
        batch : int, optional
            The number of the evaluation in a run, from 1, if `stochastic`: the loss of the
            mini-batch of that number. If not given, the loss over everything.
        """

    @abstractmethod
    def outputs(self, *parameters: Tensor) -> Tensor:
        """Return the points that are drawn, a tensor of shape (k, 2)."""

    def matrix(self, *parameters: Tensor) -> Tensor:
        """Return the matrix whose singular values are shown: the first parameter, unless stated."""
        return parameters[0]

    @property
    def targets(self) -> Array | None:
        """Where the outputs should go, of shape (k, 2); None if that is unknown."""
        return None

    @property
    def weights(self) -> Array | None:
        """How much each output counts, of shape (k,), such as a frequency; None if all do alike."""
        return None

    @property
    def minimum(self) -> float | None:
        """The least loss; None if it is unknown."""
        return None

    @property
    def surface(self) -> TestFunction | None:
        """A function over the plane to be drawn behind the outputs, if the loss is one of them."""
        return None

    @property
    def stochastic(self) -> bool:
        """Whether an optimizer is given the gradients of mini-batches."""
        return False

    @property
    def domain(self) -> Domain:
        """The rectangle that is drawn: that of the surface, or a square about the targets."""
        if self.surface is not None:
            return self.surface.domain
        return self._square

    @cached_property
    def _square(self) -> Domain:
        with torch.no_grad():
            begin = self.outputs(*map(torch.from_numpy, self.start)).numpy()
        points = begin if self.targets is None else np.vstack([begin, self.targets])
        half = (1 + _MARGIN) * float(np.abs(points).max()) or 1.0
        return Domain(-half, half, -half, half)

    @cached_property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """The shapes of the parameters.

        Raises
        ------
        ValueError
            If there are none, or if one is not a matrix.
        """
        shapes = [np.shape(parameter) for parameter in self.start]
        if not shapes or any(len(shape) != 2 or 0 in shape for shape in shapes):
            raise ValueError(
                f"the parameters of {self.title} must be matrices of at least one row and one "
                f"column, got shapes {shapes}"
            )
        return tuple((rows, columns) for rows, columns in shapes)

    @property
    def arguments(self) -> dict[str, Any]:
        """The fields besides name and title: all that a run depends on."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in _NAMES}


_NAMES = ("name", "title")

PROBLEMS: Registry[MatrixProblem] = Registry("problem")


def names(
    made_by: Callable[..., MatrixProblem], title: str, arguments: Mapping[str, Any]
) -> dict[str, str]:
    """Return the name and the title of a problem, with the arguments that are not the defaults.

    Examples
    --------
    >>> from optgallery.problems import associative_memory
    >>> names(associative_memory, "Associative memory", {"k": 12, "a": 1.5, "seed": 0})
    {'name': 'associative_memory_k_12', 'title': 'Associative memory (k=12)'}
    """
    defaults = made_by.__kwdefaults__ or {}
    changed = {k: v for k, v in arguments.items() if k in defaults and v != defaults[k]}
    words = {k: format_number(value) for k, value in changed.items()}
    name = "_".join([made_by.__name__, *(part for item in words.items() for part in item)])
    inside = ", ".join(f"{k}={word}" for k, word in words.items())
    return {"name": name, "title": f"{title} ({inside})" if words else title}


def constant(array: Array, like: Tensor) -> Tensor:
    """Return an array as a tensor of the dtype of a parameter."""
    return torch.tensor(array, dtype=like.dtype)
