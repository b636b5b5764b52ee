"""HutchinsonOptimizer: Hutchinson's estimate of the Hessian's diagonal."""

import warnings
from abc import abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from optgallery.optim.per_run import draws
from optgallery.optim.precision import in_single_precision
from optgallery.optim.seeded import SeededOptimizer


class HutchinsonOptimizer(SeededOptimizer):
    """An optimizer that estimates the Hessian's diagonal, with its own random generator.

    For a random vector z of independent elements with mean 0 and variance 1, the expectation of the
    elementwise product of z and Hz is the diagonal of H. A subclass defines the distribution of z
    in ``_draw``.

    Under `torch.amp.GradScaler`, the gradients' graph is that of the scaled loss, which unscaling
    the gradients does not change; so Hz is divided by the scale here.
    """

    _step_supports_amp_scaling: ClassVar[bool] = True
    """Tells a GradScaler to leave gradients scaled, and to set ``grad_scale`` and ``found_inf``."""

    @abstractmethod
    def _draw(self, theta: Tensor) -> Tensor:
        """Draw a random vector on the CPU, so that it is the same on every device."""

    def _gradients_overflow(self) -> bool:
        """Whether a GradScaler found a non-finite gradient, so that the step must be skipped."""
        found_inf: Tensor | None = getattr(self, "found_inf", None)
        return found_inf is not None and bool(found_inf > 0)

    def _hessian_diagonal(self, loss_scale: float | Tensor | None = None) -> dict[Tensor, Tensor]:
        """Estimate the Hessian's diagonal, over all groups at once, from one draw.

        Returns
        -------
        dict of Tensor to Tensor
            The estimate for each parameter that has a gradient, in float32 or higher precision.

        Raises
        ------
        RuntimeError
            If a GradScaler has already unscaled the gradients, and the scale is not given.
        """
        scale = getattr(self, "grad_scale", None)
        if scale is None:
            scale = loss_scale
        if scale is None and hasattr(self, "found_inf"):
            for name in ("grad_scale", "found_inf"):
                delattr(self, name)  # the scaler does not if a step raises
            raise RuntimeError(
                f"after scaler.unscale_() {type(self).__name__} cannot tell the scale of the loss, "
                "from which it takes the curvature; "
                "call scaler.step(optimizer, loss_scale=scaler.get_scale())"
            )
        params = [p for _, p, _ in self._gradients()]
        z = draws(self._draw, params)
        grads = [grad for _, _, grad in self._gradients()]
        with_graph = [i for i, grad in enumerate(grads) if grad.requires_grad]
        if not with_graph:
            if any(bool(grad.any()) for grad in grads):
                warnings.warn(
                    f"no gradient depends on the parameters, so {type(self).__name__} takes their "
                    "curvature as 0; unless the loss is linear, call backward(create_graph=True)",
                    stacklevel=5,  # the caller of step, above two frames of decorators
                )
            return {p: torch.zeros_like(in_single_precision(p)) for p in params}
        Hz = torch.autograd.grad(
            [grads[i] for i in with_graph],
            params,
            grad_outputs=[z[i] for i in with_graph],
            materialize_grads=True,
        )
        factor = 1.0 if scale is None else 1 / float(scale)
        return {
            p: in_single_precision(draw) * (in_single_precision(product) * factor)
            for p, draw, product in zip(params, z, Hz, strict=True)
        }

    def _unscale_gradients(self) -> None:
        """Divide the gradients by a GradScaler's scale, if that is left to the optimizer."""
        scale = getattr(self, "grad_scale", None)
        if scale is not None:
            for _, _, grad in self._gradients():
                grad.detach().div_(float(scale))
