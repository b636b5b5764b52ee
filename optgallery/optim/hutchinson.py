"""HutchinsonOptimizer: the Hessian's diagonal from products with random vectors."""

import warnings
from abc import abstractmethod

import torch
from torch import Tensor

from optgallery.optim.seeded import SeededOptimizer


class HutchinsonOptimizer(SeededOptimizer):
    """An optimizer that estimates the Hessian's diagonal, with a random generator of its own.

    For a random vector z whose elements are independent, of mean 0 and variance 1, the elementwise
    product of z and Hz has the diagonal of H as its mean. A subclass says by ``_draw`` how z is
    distributed.
    """

    @abstractmethod
    def _draw(self, theta: Tensor) -> Tensor:
        """Draw a random vector on the CPU, so that it is the same on every device."""

    def _hessian_diagonal(self) -> dict[Tensor, Tensor]:
        """Estimate the Hessian's diagonal, over all groups at once, from one draw."""
        z = {theta: self._draw(theta).to(theta.device) for _, theta, _ in self._gradients()}
        if not z:
            return {}
        curved = [(grad, z[theta]) for _, theta, grad in self._gradients() if grad.requires_grad]
        if not curved:
            warnings.warn(
                f"no gradient depends on the parameters, so {type(self).__name__} takes their "
                "curvature as 0; unless the loss is linear, call backward(create_graph=True)",
                stacklevel=5,  # where step is called: two frames of decorators lie between
            )
            return {theta: torch.zeros_like(theta) for theta in z}
        grads, draws = zip(*curved, strict=True)
        Hz = torch.autograd.grad(grads, list(z), grad_outputs=draws, materialize_grads=True)
        return {theta: z[theta] * product for theta, product in zip(z, Hz, strict=True)}
