"""ExternalOptimizer: an optimizer whose path was loaded or given, and that cannot be run here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ExternalOptimizer:
    """An optimizer known only by its title, such as one of SciPy or R, or one missing here.

    It replaces the `OptimizerSpec` of a `Trajectory`, and has the attributes that pictures and
    tables use.

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
        """The title in a form for file names."""
        return re.sub(r"[^\w]+", "_", self.title.lower()).strip("_") or "external"

    def title_with(self, hparams: Mapping[str, Any]) -> str:  # noqa: ARG002  (as OptimizerSpec's)
        """Return the title of a run, which does not depend on hyper-parameters."""
        return self.title
