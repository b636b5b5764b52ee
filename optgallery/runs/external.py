"""ExternalOptimizer: an optimizer that left a path, but cannot be run here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ExternalOptimizer:
    """An optimizer of which only its title is known: SciPy's, R's, or one that was not loaded.

    It stands where a `Trajectory` of a run has an `OptimizerSpec`, and answers what pictures and
    tables ask of one.

    Parameters
    ----------
    title : str
        What captions and legends say: ``"BFGS (SciPy)"``.

    Raises
    ------
    TypeError
        If the title is not a string.
    ValueError
        If it is empty.
    """

    title: str

    def __post_init__(self) -> None:
        if not isinstance(self.title, str):
            raise TypeError(f"label must be a string such as 'BFGS', got {self.title!r}")
        words = " ".join(self.title.split())
        if not words:
            raise ValueError(f"label must not be empty, got {self.title!r}")
        object.__setattr__(self, "title", words)

    @property
    def name(self) -> str:
        """The title as part of a file's name."""
        return re.sub(r"[^\w]+", "_", self.title.lower()).strip("_") or "external"

    def title_with(self, hparams: Mapping[str, Any]) -> str:  # noqa: ARG002  (as OptimizerSpec's)
        """Return the title of a run: with any hyper-parameters it is the same."""
        return self.title
