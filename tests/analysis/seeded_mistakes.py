"""Twenty implementations with one mistake each, to try what names the mistakes of optimizers.

For each optimizer there is a class written from its paper, which gives the points of the registry's
entry, and subclasses that repeat the update with one mistake, as it is made in practice. They were
written without knowledge of what detects them.
"""

from math import sqrt
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.optim import Optimizer

State = dict[str, Any]
Group = dict[str, Any]

BIAS_CORRECTION = "bias correction"
PLACE_OF_EPS = "place of eps"
KIND_OF_DECAY = "decoupled or L2 decay"
STEP_COUNT = "step counted from 0 or 1"
FIRST_STEP = "first step skipped"
FLOAT32 = "float32 inside"
SIGN = "sign"
ORDER = "order of momentum and decay"


class Plain(Optimizer):
    """A loop over parameters; `update` changes one of them in place."""

    def step(self, closure: Any = None) -> Any:
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        state = self.state[p]
                        state["step"] = state.get("step", 0) + 1
                        self.update(p, p.grad, state, group, state["step"])
        return loss

    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        raise NotImplementedError


def average(state: State, name: str, new: Tensor, decay: float) -> Tensor:
    """Update an exponential moving average that starts at 0."""
    before = state.get(name, torch.zeros_like(new))
    state[name] = decay * before + (1 - decay) * new
    return state[name]


# Dozat (2016), Incorporating Nesterov momentum into Adam


class NAdam(Plain):
    def __init__(
        self,
        params: Any,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps}
        super().__init__(
            params, {**defaults, "weight_decay": weight_decay, "momentum_decay": momentum_decay}
        )

    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        (b1, b2), psi = group["betas"], group["momentum_decay"]
        g = g + group["weight_decay"] * p
        now = b1 * (1 - 0.5 * 0.96 ** (t * psi))
        ahead = b1 * (1 - 0.5 * 0.96 ** ((t + 1) * psi))
        product = self.multiply(state, now)
        m = average(state, "m", g, b1)
        v = average(state, "v", g * g, b2)
        mean = ahead * m / (1 - product * ahead) + (1 - now) * g / (1 - product)
        p -= group["lr"] * mean / (torch.sqrt(v / (1 - b2**t)) + group["eps"])

    def multiply(self, state: State, now: float) -> float:
        # PyTorch keeps the product of the momenta in single precision
        state["product"] = state.get("product", torch.ones((), dtype=torch.float32)) * now
        return float(state["product"])


class NAdamSecondUncorrected(NAdam):
    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        (b1, b2), psi = group["betas"], group["momentum_decay"]
        g = g + group["weight_decay"] * p
        now = b1 * (1 - 0.5 * 0.96 ** (t * psi))
        ahead = b1 * (1 - 0.5 * 0.96 ** ((t + 1) * psi))
        product = self.multiply(state, now)
        m = average(state, "m", g, b1)
        v = average(state, "v", g * g, b2)
        mean = ahead * m / (1 - product * ahead) + (1 - now) * g / (1 - product)
        p -= group["lr"] * mean / (torch.sqrt(v) + group["eps"])


class NAdamScheduleFromZero(NAdam):
    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        (b1, b2), psi = group["betas"], group["momentum_decay"]
        g = g + group["weight_decay"] * p
        now = b1 * (1 - 0.5 * 0.96 ** ((t - 1) * psi))
        ahead = b1 * (1 - 0.5 * 0.96 ** (t * psi))
        product = self.multiply(state, now)
        m = average(state, "m", g, b1)
        v = average(state, "v", g * g, b2)
        mean = ahead * m / (1 - product * ahead) + (1 - now) * g / (1 - product)
        p -= group["lr"] * mean / (torch.sqrt(v / (1 - b2**t)) + group["eps"])


# Kingma and Ba (2015), Adam, section 7.1


class AdaMax(Plain):
    def __init__(
        self,
        params: Any,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(
            params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        )

    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        b1, b2 = group["betas"]
        g = g + group["weight_decay"] * p
        m = average(state, "m", g, b1)
        u = state["u"] = torch.maximum(
            b2 * state.get("u", torch.zeros_like(p)), g.abs() + group["eps"]
        )
        p -= group["lr"] / (1 - b1**t) * m / u


class AdaMaxUncorrected(AdaMax):
    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        b1, b2 = group["betas"]
        g = g + group["weight_decay"] * p
        m = average(state, "m", g, b1)
        u = state["u"] = torch.maximum(
            b2 * state.get("u", torch.zeros_like(p)), g.abs() + group["eps"]
        )
        p -= group["lr"] * m / u


# Zhuang et al. (2020), AdaBelief optimizer, algorithm 2


class AdaBelief(Plain):
    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-16,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(
            params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        )

    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        (b1, b2), lr, eps = group["betas"], group["lr"], group["eps"]
        p *= 1 - lr * group["weight_decay"]
        m = average(state, "m", g, b1)
        s = average(state, "s", (g - m) ** 2 + eps / (1 - b2), b2)
        p -= lr * (m / (1 - b1**t)) / (torch.sqrt(s / (1 - b2**t)) + eps)


class AdaBeliefUncorrected(AdaBelief):
    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        (b1, b2), lr, eps = group["betas"], group["lr"], group["eps"]
        p *= 1 - lr * group["weight_decay"]
        m = average(state, "m", g, b1)
        s = average(state, "s", (g - m) ** 2 + eps / (1 - b2), b2)
        p -= lr * m / (torch.sqrt(s) + eps)


class AdaBeliefOneEps(AdaBelief):
    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        (b1, b2), lr, eps = group["betas"], group["lr"], group["eps"]
        p *= 1 - lr * group["weight_decay"]
        m = average(state, "m", g, b1)
        s = average(state, "s", (g - m) ** 2, b2)
        p -= lr * (m / (1 - b1**t)) / (torch.sqrt(s / (1 - b2**t)) + eps)


# Ziyin, Wang and Ueda (2020), LaProp


class LaProp(Plain):
    def __init__(
        self,
        params: Any,
        lr: float = 4e-4,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-15,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(
            params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        )

    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        (mu, nu), lr = group["betas"], group["lr"]
        n = average(state, "n", g * g, nu)
        m = average(state, "m", g / (torch.sqrt(n / (1 - nu**t)) + group["eps"]), mu)
        p -= lr * m / (1 - mu**t)
        p *= 1 - lr * group["weight_decay"]


class LaPropRootOfCorrection(LaProp):
    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        (mu, nu), lr = group["betas"], group["lr"]
        n = average(state, "n", g * g, nu)
        m = average(state, "m", g / (torch.sqrt(n / (1 - nu**t)) + group["eps"]), mu)
        p -= lr * m / sqrt(1 - mu**t)
        p *= 1 - lr * group["weight_decay"]


class LaPropCountsFromTwo(LaProp):
    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        (mu, nu), lr = group["betas"], group["lr"]
        t += 1
        n = average(state, "n", g * g, nu)
        m = average(state, "m", g / (torch.sqrt(n / (1 - nu**t)) + group["eps"]), mu)
        p -= lr * m / (1 - mu**t)
        p *= 1 - lr * group["weight_decay"]


# Pagliardini, Ablin and Grangier (2024), The AdEMAMix optimizer


class AdEMAMix(Plain):
    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float, float] = (0.9, 0.999, 0.9999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        alpha: float = 2.0,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps}
        super().__init__(params, {**defaults, "weight_decay": weight_decay, "alpha": alpha})

    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        b1, b2, b3 = group["betas"]
        fast = average(state, "fast", g, b1) / (1 - b1**t)
        slow = average(state, "slow", g, b3)
        v = average(state, "v", g * g, b2) / (1 - b2**t)
        moved = (fast + group["alpha"] * slow) / (torch.sqrt(v) + group["eps"])
        p -= group["lr"] * (moved + group["weight_decay"] * p)


class AdEMAMixSingleMoments(AdEMAMix):
    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        b1, b2, b3 = group["betas"]
        g = g.float()
        fast = average(state, "fast", g, b1) / (1 - b1**t)
        slow = average(state, "slow", g, b3)
        v = average(state, "v", g * g, b2) / (1 - b2**t)
        moved = (fast + group["alpha"] * slow) / (torch.sqrt(v) + group["eps"])
        p -= group["lr"] * (moved + group["weight_decay"] * p)


# Ma and Yarats (2019), Quasi-hyperbolic momentum and Adam


class QHAdam(Plain):
    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.995, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        nus: tuple[float, float] = (0.7, 1.0),
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps}
        super().__init__(params, {**defaults, "weight_decay": weight_decay, "nus": nus})

    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        (b1, b2), (nu1, nu2) = group["betas"], group["nus"]
        g = g + group["weight_decay"] * p
        mean = average(state, "mean", g, b1) / (1 - b1**t)
        square = average(state, "square", g * g, b2) / (1 - b2**t)
        top = (1 - nu1) * g + nu1 * mean
        p -= group["lr"] * top / (torch.sqrt((1 - nu2) * g * g + nu2 * square) + group["eps"])


class QHAdamEpsInside(QHAdam):
    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        (b1, b2), (nu1, nu2) = group["betas"], group["nus"]
        g = g + group["weight_decay"] * p
        mean = average(state, "mean", g, b1) / (1 - b1**t)
        square = average(state, "square", g * g, b2) / (1 - b2**t)
        top = (1 - nu1) * g + nu1 * mean
        p -= group["lr"] * top / torch.sqrt((1 - nu2) * g * g + nu2 * square + group["eps"])


# Liu et al. (2020), On the variance of the adaptive learning rate and beyond


class RAdam(Plain):
    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(
            params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        )

    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        b1, b2 = group["betas"]
        g = g + group["weight_decay"] * p
        m = average(state, "m", g, b1) / (1 - b1**t)
        v = average(state, "v", g * g, b2)
        longest = 2 / (1 - b2) - 1
        length = longest - 2 * t * b2**t / (1 - b2**t)
        if length > 5:
            factor = (length - 4) * (length - 2) * longest
            factor /= (longest - 4) * (longest - 2) * length
            m = m * sqrt(factor) * self.scale(v, 1 - b2**t, group["eps"])
        p -= group["lr"] * m

    def scale(self, v: Tensor, correction: float, eps: float) -> Tensor:
        return sqrt(correction) / (torch.sqrt(v) + eps)


class RAdamEpsAfterCorrection(RAdam):
    def scale(self, v: Tensor, correction: float, eps: float) -> Tensor:
        return 1 / (torch.sqrt(v / correction) + eps)


# Zaheer et al. (2018), Adaptive methods for nonconvex optimization


class Yogi(Plain):
    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-3,
        weight_decay: float = 0.0,
        initial_accumulator: float = 1e-6,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, {**defaults, "initial_accumulator": initial_accumulator})

    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        self.move(p, g + group["weight_decay"] * p, state, group, t)

    def move(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        b1, b2 = group["betas"]
        initial = torch.full_like(p, group["initial_accumulator"])
        m = state["m"] = b1 * state.get("m", initial) + (1 - b1) * g
        v = state.get("v", initial)
        v = state["v"] = v - (1 - b2) * torch.sign(v - g * g) * g * g
        p -= group["lr"] * m / (1 - b1**t) / (torch.sqrt(v / (1 - b2**t)) + group["eps"])


class YogiDecoupled(Yogi):
    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        p *= 1 - group["lr"] * group["weight_decay"]
        self.move(p, g, state, group, t)


# Wortsman et al. (2023), Stable and low-precision training, algorithm 2


class StableAdamW(Plain):
    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.99),
        eps: float = 1e-6,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(
            params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        )

    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        step, rate = self.clipped(g, state, group, t)
        p -= rate * (step + group["weight_decay"] * p)

    def clipped(self, g: Tensor, state: State, group: Group, t: int) -> tuple[Tensor, Tensor]:
        b1, b2 = (b * (1 - b ** (t - 1)) / (1 - b**t) for b in group["betas"])
        v = average(state, "v", g, b1)
        u = average(state, "u", g * g, b2)
        size = torch.sqrt(torch.mean(g * g / u.clamp(min=group["eps"] ** 2)))
        return v / (torch.sqrt(u) + group["eps"]), group["lr"] / size.clamp(min=1)


class StableAdamWWithPenalty(StableAdamW):
    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        step, rate = self.clipped(g + group["weight_decay"] * p, state, group, t)
        p -= rate * step


# Su (2023), Tiger


class Tiger(Plain):
    def __init__(
        self, params: Any, lr: float = 1e-3, beta: float = 0.965, weight_decay: float = 0.01
    ) -> None:
        super().__init__(params, {"lr": lr, "beta": beta, "weight_decay": weight_decay})

    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        m = average(state, "m", g, group["beta"])
        p -= group["lr"] * (torch.sign(m) + group["weight_decay"] * p)


class TigerDecayUnscaled(Tiger):
    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        m = average(state, "m", g, group["beta"])
        p -= group["lr"] * torch.sign(m) + group["weight_decay"] * p


# Taniguchi et al. (2024), ADOPT, algorithm 2


class Adopt(Plain):
    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.9999),
        eps: float = 1e-6,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(
            params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        )

    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        if t == 1:
            state["v"] = g * g
        else:
            self.move(p, g, state, group, t - 1)

    def move(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        b1, b2 = group["betas"]
        p *= 1 - group["lr"] * group["weight_decay"]
        quotient = g / torch.sqrt(state["v"]).clamp(min=group["eps"])
        m = average(state, "m", quotient.clamp(-(t**0.25), t**0.25), b1)
        p -= group["lr"] * m
        state["v"] = b2 * state["v"] + (1 - b2) * g * g


class AdoptMovesAtOnce(Adopt):
    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        state.setdefault("v", g * g)
        self.move(p, g, state, group, t)


# Xie et al. (2022), Adan, algorithm 1, with the bias corrections of the authors' code


class Adan(Plain):
    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float, float] = (0.98, 0.92, 0.99),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(
            params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        )

    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        self.move(p, g, g - state.get("before", g), state, group, t)
        state["before"] = g.clone()

    def move(
        self, p: Tensor, g: Tensor, change: Tensor, state: State, group: Group, t: int
    ) -> None:
        (b1, b2, b3), lr = group["betas"], group["lr"]
        m = average(state, "m", g, b1) / (1 - b1**t)
        v = average(state, "v", change, b2) / (1 - b2**t)
        n = average(state, "n", (g + b2 * change) ** 2, b3) / (1 - b3**t)
        p -= lr * (m + b2 * v) / (torch.sqrt(n) + group["eps"])
        p /= 1 + lr * group["weight_decay"]


class AdanWaits(Adan):
    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        if "before" in state:
            self.move(p, g, g - state["before"], state, group, t - 1)
        state["before"] = g.clone()


class AdanBackwards(Adan):
    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        self.move(p, g, state.get("before", g) - g, state, group, t)
        state["before"] = g.clone()


# Zeiler (2012), ADADELTA


class AdaDelta(Plain):
    def __init__(
        self,
        params: Any,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay})

    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        rho, eps = group["rho"], group["eps"]
        g = g + group["weight_decay"] * p
        squares = average(state, "squares", g * g, rho)
        moves = state.get("moves", torch.zeros_like(g))
        move = torch.sqrt(moves + eps) / torch.sqrt(squares + eps) * g
        average(state, "moves", move * move, rho)
        p -= group["lr"] * move


class AdaDeltaSingle(AdaDelta):
    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        rho, eps = group["rho"], group["eps"]
        g = g + group["weight_decay"] * p
        squares = average(state, "squares", (g * g).to(torch.float32), rho)
        moves = state.get("moves", torch.zeros_like(squares))
        move = torch.sqrt(moves + eps) / torch.sqrt(squares + eps) * g
        average(state, "moves", (move * move).to(torch.float32), rho)
        p -= group["lr"] * move


# Chen et al. (2023), Symbolic discovery of optimization algorithms, algorithm 2


class Lion(Plain):
    def __init__(
        self,
        params: Any,
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        b1, b2 = group["betas"]
        direction = b1 * state.get("m", torch.zeros_like(g)) + (1 - b1) * g
        p -= group["lr"] * (torch.sign(direction) + group["weight_decay"] * p)
        average(state, "m", g, b2)


class LionGrows(Lion):
    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        b1, b2 = group["betas"]
        direction = b1 * state.get("m", torch.zeros_like(g)) + (1 - b1) * g
        p -= group["lr"] * (torch.sign(direction) - group["weight_decay"] * p)
        average(state, "m", g, b2)


class LionAveragesFirst(Lion):
    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        b1, b2 = group["betas"]
        m = average(state, "m", g, b2)
        direction = b1 * m + (1 - b1) * g
        p -= group["lr"] * (torch.sign(direction) + group["weight_decay"] * p)


# Bernstein et al. (2018, 2019), signSGD with momentum


class Signum(Plain):
    def __init__(
        self, params: Any, lr: float = 1e-4, momentum: float = 0.9, weight_decay: float = 0.0
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        m = average(state, "m", g, group["momentum"])
        p *= 1 - group["lr"] * group["weight_decay"]
        p -= group["lr"] * torch.sign(m)


class SignumDecaysLast(Signum):
    def update(self, p: Tensor, g: Tensor, state: State, group: Group, t: int) -> None:
        m = average(state, "m", g, group["momentum"])
        p -= group["lr"] * torch.sign(m)
        p *= 1 - group["lr"] * group["weight_decay"]


class Seeded(NamedTuple):
    """A class with one mistake.

    Attributes
    ----------
    cls : type
    right : type
        The class without the mistake.
    entry : str
        The registry's entry that has the right update.
    hparams : dict
        Hyper-parameters of all three, at which the mistake makes a difference.
    kind : str
        One of the kinds above.
    words : str
        What is wrong.
    """

    cls: type[Plain]
    right: type[Plain]
    entry: str
    hparams: dict[str, Any]
    kind: str
    words: str


MISTAKES = [
    Seeded(
        *(NAdamSecondUncorrected, NAdam, "nadam", {"lr": 0.05}, BIAS_CORRECTION),
        "only the first moment is corrected",
    ),
    Seeded(
        *(AdaMaxUncorrected, AdaMax, "adamax", {"lr": 0.05}, BIAS_CORRECTION),
        "the moment is not corrected",
    ),
    Seeded(
        *(AdaBeliefUncorrected, AdaBelief, "adabelief", {"lr": 0.05}, BIAS_CORRECTION),
        "neither moment is corrected",
    ),
    Seeded(
        *(LaPropRootOfCorrection, LaProp, "laprop", {"lr": 0.05}, BIAS_CORRECTION),
        "the moment is divided by the root of its correction",
    ),
    Seeded(
        *(AdaBeliefOneEps, AdaBelief, "adabelief", {"lr": 0.05, "eps": 1e-3}, PLACE_OF_EPS),
        "eps is added to the root only, not to the second moment",
    ),
    Seeded(
        *(QHAdamEpsInside, QHAdam, "qhadam", {"lr": 0.05, "eps": 1e-4}, PLACE_OF_EPS),
        "eps is added under the root",
    ),
    Seeded(
        *(RAdamEpsAfterCorrection, RAdam, "radam", {"lr": 0.05, "eps": 1e-3}, PLACE_OF_EPS),
        "eps is added after the bias correction of the second moment, not before",
    ),
    Seeded(
        *(YogiDecoupled, Yogi, "yogi", {"lr": 0.05, "weight_decay": 0.1}, KIND_OF_DECAY),
        "the decay is decoupled instead of part of the gradient",
    ),
    Seeded(
        *(StableAdamWWithPenalty, StableAdamW, "stable_adamw"),
        *({"lr": 0.05, "weight_decay": 0.1}, KIND_OF_DECAY),
        "the decay is part of the gradient instead of decoupled",
    ),
    Seeded(
        *(TigerDecayUnscaled, Tiger, "tiger", {"lr": 0.05, "weight_decay": 0.05}, KIND_OF_DECAY),
        "the decay is not scaled by the learning rate",
    ),
    Seeded(
        *(NAdamScheduleFromZero, NAdam, "nadam", {"lr": 0.05}, STEP_COUNT),
        "the schedule of the momentum counts steps from 0",
    ),
    Seeded(
        *(LaPropCountsFromTwo, LaProp, "laprop", {"lr": 0.05}, STEP_COUNT),
        "the first step is counted as the second",
    ),
    Seeded(
        *(AdoptMovesAtOnce, Adopt, "adopt", {"lr": 0.05}, FIRST_STEP),
        "the first step is taken, which should only begin the second moment",
    ),
    Seeded(
        *(AdanWaits, Adan, "adan", {"lr": 0.05}, FIRST_STEP),
        "the first step is skipped, to have a previous gradient",
    ),
    Seeded(
        *(AdEMAMixSingleMoments, AdEMAMix, "ademamix", {"lr": 0.05}, FLOAT32),
        "the moments are kept in float32",
    ),
    Seeded(
        *(AdaDeltaSingle, AdaDelta, "adadelta", {"lr": 1.0}, FLOAT32),
        "the averages of squares are kept in float32",
    ),
    Seeded(
        *(AdanBackwards, Adan, "adan", {"lr": 0.05}, SIGN),
        "the difference of gradients has the wrong sign",
    ),
    Seeded(
        *(LionGrows, Lion, "lion", {"lr": 0.05, "weight_decay": 0.1}, SIGN),
        "the decay has the wrong sign: parameters grow",
    ),
    Seeded(
        *(LionAveragesFirst, Lion, "lion", {"lr": 0.05, "betas": (0.9, 0.6)}, ORDER),
        "the momentum is updated before the direction is computed",
    ),
    Seeded(
        *(SignumDecaysLast, Signum, "signum", {"lr": 0.05, "weight_decay": 0.1}, ORDER),
        "the decay is applied after the update",
    ),
]
