"""PyTorch's optimizers once more, each in the few lines of its update.

PyTorch's own files hold each update several times, for speed. Variants of an update
(`optgallery.checking.rewriting`) need it once, in the form of the classes of `optgallery.optim`.
Tests assert that each class here takes the path of PyTorch's.
"""

from typing import Any, ClassVar

import torch
from torch.optim import Optimizer
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import Closure, DenseOptimizer, Ranges


class _Plain(DenseOptimizer):
    """Takes the settings of the class that it repeats, unchecked: that class has checked them."""

    ranges: ClassVar[Ranges] = {}
    repeats: ClassVar[type[Optimizer]]

    def __init__(self, params: ParamsT, **settings: Any) -> None:
        throwaway: Any = self.repeats
        defaults = throwaway([torch.zeros(1)], **settings).defaults
        Optimizer.__init__(self, params, defaults)


class PlainSGD(_Plain):
    """Stochastic gradient descent with momentum."""

    repeats = torch.optim.SGD

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, grad in self._updates():
            gamma, mu, tau = group["lr"], group["momentum"], group["dampening"]
            g = grad + group["weight_decay"] * theta
            if mu != 0:
                if not state:
                    state["momentum_buffer"] = g.clone()
                    b = state["momentum_buffer"]
                else:
                    b = state["momentum_buffer"]
                    b.mul_(mu).add_((1 - tau) * g)
                g = g + mu * b if group["nesterov"] else b
            theta.sub_(gamma * g)
        return loss


class PlainAdam(_Plain):
    """Adam, also with decoupled weight decay, and with the maximum of its second moments."""

    repeats: ClassVar[type[Optimizer]] = torch.optim.Adam

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, grad in self._updates():
            alpha, eps, lambda_ = group["lr"], group["eps"], group["weight_decay"]
            beta1, beta2 = group["betas"]
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(theta)
                state["exp_avg_sq"] = torch.zeros_like(theta)
                state["max_exp_avg_sq"] = torch.zeros_like(theta)
            state["step"] += 1
            t, m, v = state["step"], state["exp_avg"], state["exp_avg_sq"]

            g = grad
            if group["decoupled_weight_decay"]:
                theta.mul_(1 - alpha * lambda_)
            else:
                g = grad + lambda_ * theta
            m.mul_(beta1).add_((1 - beta1) * g)
            v.mul_(beta2).add_((1 - beta2) * g**2)
            m_hat = m / (1 - beta1**t)
            s = v
            if group["amsgrad"]:
                state["max_exp_avg_sq"].copy_(torch.maximum(state["max_exp_avg_sq"], v))
                s = state["max_exp_avg_sq"]
            v_hat = s / (1 - beta2**t)
            theta.sub_(alpha * m_hat / (v_hat.sqrt() + eps))
        return loss


class PlainAdamW(PlainAdam):
    """AdamW."""

    repeats = torch.optim.AdamW


class PlainAdamax(_Plain):
    """Adamax."""

    repeats = torch.optim.Adamax

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, grad in self._updates():
            alpha, eps = group["lr"], group["eps"]
            beta1, beta2 = group["betas"]
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(theta)
                state["exp_inf"] = torch.zeros_like(theta)
            state["step"] += 1
            t, m, u = state["step"], state["exp_avg"], state["exp_inf"]

            g = grad + group["weight_decay"] * theta
            m.mul_(beta1).add_((1 - beta1) * g)
            u.copy_(torch.maximum(beta2 * u, g.abs() + eps))
            m_hat = m / (1 - beta1**t)
            theta.sub_(alpha * m_hat / u)
        return loss


class PlainNAdam(_Plain):
    """NAdam; as in PyTorch, the product of its momenta has torch's default dtype."""

    repeats = torch.optim.NAdam

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, grad in self._updates():
            gamma, eps, lambda_ = group["lr"], group["eps"], group["weight_decay"]
            beta1, beta2 = group["betas"]
            psi = group["momentum_decay"]
            if not state:
                state["step"] = 0
                state["mu_product"] = torch.ones(())
                state["exp_avg"] = torch.zeros_like(theta)
                state["exp_avg_sq"] = torch.zeros_like(theta)
            state["step"] += 1
            t, m, v = state["step"], state["exp_avg"], state["exp_avg_sq"]

            g = grad
            if group["decoupled_weight_decay"]:
                theta.mul_(1 - gamma * lambda_)
            else:
                g = grad + lambda_ * theta
            mu = beta1 * (1 - 0.5 * 0.96 ** (t * psi))
            mu_next = beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * psi))
            state["mu_product"].mul_(mu)
            product = state["mu_product"].item()
            m.mul_(beta1).add_((1 - beta1) * g)
            v.mul_(beta2).add_((1 - beta2) * g**2)
            m_hat = mu_next * m / (1 - product * mu_next) + (1 - mu) * g / (1 - product)
            v_hat = v / (1 - beta2**t)
            theta.sub_(gamma * m_hat / (v_hat.sqrt() + eps))
        return loss


class PlainRAdam(_Plain):
    """RAdam."""

    repeats = torch.optim.RAdam

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, grad in self._updates():
            alpha, eps, lambda_ = group["lr"], group["eps"], group["weight_decay"]
            beta1, beta2 = group["betas"]
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(theta)
                state["exp_avg_sq"] = torch.zeros_like(theta)
            state["step"] += 1
            t, m, v = state["step"], state["exp_avg"], state["exp_avg_sq"]

            g = grad
            if group["decoupled_weight_decay"]:
                theta.mul_(1 - alpha * lambda_)
            else:
                g = grad + lambda_ * theta
            m.mul_(beta1).add_((1 - beta1) * g)
            v.mul_(beta2).add_((1 - beta2) * g**2)
            m_hat = m / (1 - beta1**t)
            rho_inf = 2 / (1 - beta2) - 1
            rho = rho_inf - 2 * t * beta2**t / (1 - beta2**t)
            if rho > 5:
                squared = (rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho)
                ell = (1 - beta2**t) ** 0.5 / (v.sqrt() + eps)
                theta.sub_(alpha * m_hat * squared**0.5 * ell)
            else:
                theta.sub_(alpha * m_hat)
        return loss


class PlainRMSprop(_Plain):
    """RMSprop."""

    repeats = torch.optim.RMSprop

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, grad in self._updates():
            gamma, alpha, eps, mu = group["lr"], group["alpha"], group["eps"], group["momentum"]
            if not state:
                state["square_avg"] = torch.zeros_like(theta)
                state["grad_avg"] = torch.zeros_like(theta)
                state["momentum_buffer"] = torch.zeros_like(theta)
            v, a, b = state["square_avg"], state["grad_avg"], state["momentum_buffer"]

            g = grad + group["weight_decay"] * theta
            v.mul_(alpha).add_((1 - alpha) * g**2)
            v_tilde = v
            if group["centered"]:
                a.mul_(alpha).add_((1 - alpha) * g)
                v_tilde = v - a**2
            b.mul_(mu).add_(g / (v_tilde.sqrt() + eps))
            theta.sub_(gamma * b)
        return loss


class PlainAdagrad(_Plain):
    """Adagrad."""

    repeats = torch.optim.Adagrad

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, grad in self._updates():
            gamma, eta, eps = group["lr"], group["lr_decay"], group["eps"]
            if not state:
                state["step"] = 0
                state["sum"] = torch.full_like(theta, group["initial_accumulator_value"])
            state["step"] += 1
            t, s = state["step"], state["sum"]

            g = grad + group["weight_decay"] * theta
            rate = gamma / (1 + (t - 1) * eta)
            s.add_(g**2)
            theta.sub_(rate * g / (s.sqrt() + eps))
        return loss


class PlainAdadelta(_Plain):
    """Adadelta."""

    repeats = torch.optim.Adadelta

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, grad in self._updates():
            gamma, rho, eps = group["lr"], group["rho"], group["eps"]
            if not state:
                state["square_avg"] = torch.zeros_like(theta)
                state["acc_delta"] = torch.zeros_like(theta)
            v, u = state["square_avg"], state["acc_delta"]

            g = grad + group["weight_decay"] * theta
            v.mul_(rho).add_((1 - rho) * g**2)
            delta = (u + eps).sqrt() / (v + eps).sqrt() * g
            u.mul_(rho).add_((1 - rho) * delta**2)
            theta.sub_(gamma * delta)
        return loss


class PlainRprop(_Plain):
    """Rprop."""

    repeats = torch.optim.Rprop

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, grad in self._updates():
            eta_minus, eta_plus = group["etas"]
            shortest, longest = group["step_sizes"]
            if not state:
                state["previous_grad"] = torch.zeros_like(theta)
                state["step_size"] = torch.full_like(theta, group["lr"])
            g_before, delta = state["previous_grad"], state["step_size"]

            sign = torch.sign(grad * g_before)
            factor = torch.ones_like(sign)
            factor[sign > 0] = eta_plus
            factor[sign < 0] = eta_minus
            delta.mul_(factor).clamp_(shortest, longest)
            g = torch.where(sign < 0, 0.0, grad)
            theta.sub_(delta * torch.sign(g))
            g_before.copy_(g)
        return loss


class PlainASGD(_Plain):
    """Averaged SGD, without the average, which does not act on the steps.

    As in PyTorch, the rate of a step is rounded to torch's default dtype.
    """

    repeats = torch.optim.ASGD

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, grad in self._updates():
            gamma, lambda_, alpha = group["lr"], group["lambd"], group["alpha"]
            if not state:
                state["step"] = 0
            t = state["step"]
            state["step"] += 1

            g = grad + group["weight_decay"] * theta
            eta = torch.as_tensor(gamma / (1 + lambda_ * gamma * t) ** alpha).item()
            theta.mul_(1 - lambda_ * eta)
            theta.sub_(eta * g)
        return loss


class PlainAdafactor(_Plain):
    """Adafactor, with factored second moments for matrices."""

    repeats = torch.optim.Adafactor

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, g in self._updates():
            eps1, eps2 = group["eps"]
            eps1 = torch.finfo(theta.dtype).eps if eps1 is None else eps1
            factored = theta.dim() > 1
            if not state:
                state["step"] = 0
                if factored:
                    state["row_var"] = torch.zeros_like(theta.mean(-1, keepdim=True))
                    state["col_var"] = torch.zeros_like(theta.mean(-2, keepdim=True))
                else:
                    state["variance"] = torch.zeros_like(theta)
            state["step"] += 1
            t = state["step"]

            beta2 = 1 - t ** group["beta2_decay"]
            rho = min(group["lr"], 1 / t**0.5)
            alpha = theta.square().mean().sqrt().clamp(min=eps2) * rho
            theta.mul_(1 - group["lr"] * group["weight_decay"])
            if factored:
                r, c = state["row_var"], state["col_var"]
                r.mul_(beta2).add_((1 - beta2) * g.square().mean(-1, keepdim=True))
                c.mul_(beta2).add_((1 - beta2) * g.square().mean(-2, keepdim=True))
                v = r @ c / r.mean(-2, keepdim=True).clamp(min=eps1)
            else:
                v = state["variance"]
                v.mul_(beta2).add_((1 - beta2) * g**2)
            u = g / v.sqrt().clamp(min=eps1)
            u = u / (u.square().mean().sqrt() / group["d"]).clamp(min=1.0)
            theta.sub_(alpha * u)
        return loss


PLAIN: dict[type[Optimizer], type[_Plain]] = {
    cls.repeats: cls
    for cls in (
        PlainSGD,
        PlainAdam,
        PlainAdamW,
        PlainAdamax,
        PlainNAdam,
        PlainRAdam,
        PlainRMSprop,
        PlainAdagrad,
        PlainAdadelta,
        PlainRprop,
        PlainASGD,
        PlainAdafactor,
    )
}
"""The plain class of each of PyTorch's that has one."""
