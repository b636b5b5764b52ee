"""Adapters that run independent implementations as torch optimizers with our arguments."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import optax
import torch
from torch import Tensor
from torch.optim import Optimizer

jax.config.update("jax_enable_x64", True)


class Optax(Optimizer):
    """An optax transformation as a torch optimizer, for parameters without groups."""

    def __init__(
        self, params: list[Tensor], transformation: Callable[..., Any], **settings: Any
    ) -> None:
        super().__init__(params, {})
        self.transformation = transformation(**settings)
        self.inner = self.transformation.init(self._arrays("data"))

    def _arrays(self, attribute: str) -> list[jax.Array]:
        (group,) = self.param_groups
        return [jax.numpy.asarray(getattr(p, attribute).numpy()) for p in group["params"]]

    @torch.no_grad()
    def step(self) -> None:
        before = self._arrays("data")
        updates, self.inner = self.transformation.update(self._arrays("grad"), self.inner, before)
        (group,) = self.param_groups
        after = optax.apply_updates(before, updates)
        for p, array in zip(group["params"], after, strict=True):
            p.copy_(torch.from_numpy(np.array(array)))


def eps_beside_the_corrected_root(cls: type[Optimizer]) -> type[Optimizer]:
    """Return the class with ``eps`` added to the root after bias correction.

    If the correction is applied to the sum of root and ``eps``, ``eps`` must be scaled inversely.
    """

    class Corrected(cls):
        def __init__(self, params: list[Tensor], *, eps: float, **settings: Any) -> None:
            super().__init__(params, eps=eps, **settings)
            self.eps, self.t = eps, 0

        def step(self) -> None:
            self.t += 1
            for group in self.param_groups:
                group["eps"] = self.eps * (1 - group["betas"][1] ** self.t) ** 0.5
            super().step()

    return Corrected
