"""HutchinsonOptimizer: the Hessian's diagonal from products with random vectors."""

import warnings
from abc import abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from optgallery.optim.precision import in_single_precision
from optgallery.optim.seeded import SeededOptimizer


class HutchinsonOptimizer(SeededOptimizer):
    """An optimizer that estimates the Hessian's diagonal, with a random generator of its own.

    For a random vector z whose elements are independent, of mean 0 and variance 1, the elementwise
    product of z and Hz has the diagonal of H as its mean. A subclass says by ``_draw`` how z is
    distributed.

    Under `torch.amp.GradScaler` the graph of the gradients is that of the scaled loss, which no
    unscaling of the gradients reaches; Hz is divided by the scale here.
    """

    _step_supports_amp_scaling: ClassVar[bool] = True
    """Tells a GradScaler to leave gradients scaled, and to set ``grad_scale`` and ``found_inf``."""

    @abstractmethod
    def _draw(self, theta: Tensor) -> Tensor:
        """Draw a random vector on the CPU, so that it is the same on every device."""

    def _gradients_overflow(self) -> bool:
        """Say whether a GradScaler has found a gradient that is not finite: no step is due then."""
        found_inf: Tensor | None = getattr(self, "found_inf", None)
        return found_inf is not None and bool(found_inf > 0)

    def _hessian_diagonal(self, loss_scale: float | Tensor | None = None) -> dict[Tensor, Tensor]:
        """Estimate the Hessian's diagonal, over all groups at once, from one draw.

        Returns
        -------
        dict of Tensor to Tensor
            By parameter that has a gradient, in single precision at least.

        Raises
        ------
        RuntimeError
            If a GradScaler has unscaled the gradients already, and the scale is not given.
        """
        scale = getattr(self, "grad_scale", None)
        if scale is None:
            scale = loss_scale
        if scale is None and hasattr(self, "found_inf"):
            for name in ("grad_scale", "found_inf"):
                delattr(self, name)  # the scaler does not, if a step raises
            raise RuntimeError(
                f"after scaler.unscale_() {type(self).__name__} cannot tell the scale of the loss, "
                "from which it takes the curvature; "
                "call scaler.step(optimizer, loss_scale=scaler.get_scale())"
            )
        params = [p for _, p, _ in self._gradients()]
        z = [self._draw(p).to(p.device) for p in params]
        grads = [grad for _, _, grad in self._gradients()]
        curved = [i for i, grad in enumerate(grads) if grad.requires_grad]
        if not curved:
            if any(bool(grad.any()) for grad in grads):
                warnings.warn(
                    f"no gradient depends on the parameters, so {type(self).__name__} takes their "
                    "curvature as 0; unless the loss is linear, call backward(create_graph=True)",
                    stacklevel=5,  # where step is called: two frames of decorators lie between
                )
            return {p: torch.zeros_like(in_single_precision(p)) for p in params}
        Hz = torch.autograd.grad(
            [grads[i] for i in curved],
            params,
            grad_outputs=[z[i] for i in curved],
            materialize_grads=True,
        )
        factor = 1.0 if scale is None else 1 / float(scale)
        return {
            p: in_single_precision(draw) * (in_single_precision(product) * factor)
            for p, draw, product in zip(params, z, Hz, strict=True)
        }

    def _unscale_gradients(self) -> None:
        """Divide the gradients by a GradScaler's scale, where that is left to the optimizer."""
        scale = getattr(self, "grad_scale", None)
        if scale is not None:
            for _, _, grad in self._gradients():
                grad.detach().div_(float(scale))
