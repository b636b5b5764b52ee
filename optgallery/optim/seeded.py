"""SeededOptimizer: a private random generator whose state travels with the optimizer's."""

from typing import Any

import torch
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import DenseOptimizer


class SeededOptimizer(DenseOptimizer):
    """An optimizer with a random generator of its own, which leaves the global one alone.

    A subclass draws from ``_generator``, on the CPU, so that the numbers are the same on every
    device.
    """

    def __init__(self, params: ParamsT, defaults: dict[str, Any], seed: int) -> None:
        if isinstance(seed, bool) or not isinstance(seed, int):
            raise ValueError(f"seed must be a whole number, got {seed!r}")
        super().__init__(params, defaults)
        self._generator = torch.Generator().manual_seed(seed)

    def state_dict(self) -> dict[str, Any]:
        """Return the state as torch does, and the generator's with it."""
        return {**super().state_dict(), "generator": self._generator.get_state()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the state, so that the draws go on where they stopped."""
        super().load_state_dict(state_dict)
        self._generator.set_state(state_dict["generator"].cpu())

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_generator": self._generator}
