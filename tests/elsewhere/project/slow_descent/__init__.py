"""A package of optimizers, as somebody may publish one."""

from collections.abc import Callable, Iterable

import torch

__all__ = ["CANYON", "Decaying", "SignDescent"]


class SignDescent(torch.optim.Optimizer):
    """Step by the sign of each coordinate of the gradient.

    Every step has the same length along each axis, whatever the slope.

    Parameters
    ----------
    params : iterable
        Parameters to optimize.
    lr : float
        Length of a step along each axis.
    shrink : float
        Factor of the step after each of them, in (0, 1].
    """

    def __init__(
        self, params: Iterable[torch.Tensor], lr: float = 0.1, shrink: float = 0.99
    ) -> None:
        super().__init__(params, {"lr": lr, "shrink": shrink})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Take a step."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                state["length"] = state.get("length", group["lr"])
                p.add_(p.grad.sign(), alpha=-state["length"])
                state["length"] *= group["shrink"]
        return loss


class Decaying(torch.optim.SGD):
    """Gradient descent whose rate falls as one over the root of the step."""

    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Take a step."""
        self.taken = getattr(self, "taken", 0) + 1
        for group in self.param_groups:
            group["lr"] = self.defaults["lr"] / self.taken**0.5
        return super().step(closure)


def canyon(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Return the height of a bent canyon."""
    return (y - torch.sin(2 * x)).abs() + 0.1 * x**2


CANYON = (canyon, {"x0": -2.0, "y0": 1.5, "xmin": -3, "xmax": 3, "ymin": -2, "ymax": 2})
