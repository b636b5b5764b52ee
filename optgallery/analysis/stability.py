"""stability(): the curvature along a path and the optimizer's stability threshold."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from optgallery.functions.base import Formula
from optgallery.functions.isolation import isolated
from optgallery.runs.batched_objective import multiply_hessian
from optgallery.runs.external import ExternalOptimizer
from optgallery.runs.trajectory import Trajectory

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Stability:
    """The largest eigenvalue of the Hessian along a path, and the threshold of stability.

    Attributes
    ----------
    trajectory : Trajectory
    sharpness : array of shape (n,)
        The largest eigenvalue at each iterate: of the Hessian, or of the preconditioned one.
    threshold : float
        Above it, oscillations along that eigenvector grow on a quadratic.
    preconditioned : bool
        Whether the Hessian was multiplied by the inverse of the optimizer's preconditioner.
    formula : str
        The threshold, in LaTeX.
    """

    trajectory: Trajectory
    sharpness: Array
    threshold: float
    preconditioned: bool
    formula: str

    @property
    def unstable(self) -> NDArray[np.bool_]:
        """Whether the sharpness exceeds the threshold, at each iterate."""
        return self.sharpness > self.threshold

    @property
    def crossing(self) -> int | None:
        """The first step at which the sharpness exceeds the threshold; None if there is none."""
        return int(self.unstable.argmax()) if self.unstable.any() else None

    def __repr__(self) -> str:
        share = float(self.unstable.mean())
        return (
            f"<Stability: {self.trajectory.title}, threshold {self.threshold:.4g}, "
            f"above it at {share:.0%} of the iterates>"
        )


class Rule(NamedTuple):
    """An optimizer's stability threshold and preconditioner."""

    threshold: float
    formula: str
    second_moment: float | None = None
    """Decay rate of the moving average of squared gradients; its root is the preconditioner."""
    epsilon: float = 0.0
    corrected: bool = True
    """Whether that average has a bias correction."""
    largest: bool = False
    """Whether it is replaced by its largest value so far."""
    decay: float = 0.0
    """Added to the diagonal of the Hessian."""
    first_moment: float | None = None
    """Decay rate of the moving average of gradients; its bias correction counts, too."""


class Sharpness(NamedTuple):
    """The sharpness along a path, and its threshold if one is known."""

    values: Array
    threshold: float | None
    preconditioned: bool


def stability(trajectory: Trajectory, *, threshold: float | None = None) -> Stability:
    r"""Compare the curvature along a path with the threshold above which steps are unstable.

    On a quadratic with the eigenvalue :math:`\lambda`, gradient descent diverges if
    :math:`\lambda > 2 / \eta`, the heavy ball if :math:`\lambda > 2 (1 + \beta) / \eta`, and
    Nesterov's momentum if :math:`\lambda > 2 (1 + \beta) / ((1 + 2 \beta)\, \eta)`. For Adam and
    its family it is the eigenvalue of the preconditioned Hessian, and the threshold
    :math:`(2 + 2 \beta_1) / ((1 - \beta_1)\, \eta)`: 38 over the learning rate with
    :math:`\beta_1 = 0.9`. In two dimensions eigenvalues have a closed form.

    Parameters
    ----------
    trajectory : Trajectory
        The path of SGD (with or without momentum), Adam, AdamW, AMSGrad or RMSprop; or of any
        optimizer, if a threshold is given.
    threshold : float, optional
        The threshold for the Hessian itself; that of the optimizer if not given.

    Returns
    -------
    Stability

    Raises
    ------
    TypeError
        If it is not a trajectory.
    ValueError
        If no threshold is known for the optimizer or its settings.

    References
    ----------
    Cohen, Kaur, Li, Kolter and Talwalkar (2021), Gradient descent on neural networks typically
    occurs at the edge of stability, arXiv:2103.00065, appendix B. Cohen et al. (2022), Adaptive
    gradient methods at the edge of stability, arXiv:2207.14484, section 2.

    Examples
    --------
    >>> import optgallery as og
    >>> found = og.stability(og.run("sgd", "rosenbrock", lr=0.001, steps=100))
    >>> found.threshold, found.crossing
    (2000.0, None)
    >>> og.stability(og.run("adam", "beale", lr=0.1)).threshold
    380.0
    """
    if not isinstance(trajectory, Trajectory):
        raise TypeError(f"stability() takes a trajectory, as run() returns it, got {trajectory!r}")
    if threshold is None:
        rule = rule_of(trajectory)
    elif isinstance(threshold, (int, float)) and threshold > 0:
        rule = Rule(float(threshold), rf"{threshold:g}")
    else:
        raise ValueError(f"threshold must be a positive number, got {threshold!r}")
    found = _sharpness(hessians_along([trajectory])[0], trajectory.gradients, rule)
    return Stability(
        trajectory,
        found,
        rule.threshold,
        rule.second_moment is not None,
        rule.formula,
    )


def largest_eigenvalues(matrices: Array) -> Array:
    """Return the larger eigenvalue of symmetric matrices of shape (n, 2, 2), in closed form.

    Examples
    --------
    >>> largest_eigenvalues(np.array([[[2.0, 1.0], [1.0, 2.0]]])).tolist()
    [3.0]
    """
    a, b, c = matrices[:, 0, 0], matrices[:, 0, 1], matrices[:, 1, 1]
    with np.errstate(all="ignore"):  # far away, entries are infinite
        found: Array = (a + c) / 2 + np.hypot((a - c) / 2, b)
    return found


def sharpness_along(trajectories: Sequence[Trajectory]) -> list[Sharpness]:
    """Return the sharpness along several paths, whose Hessians are evaluated together.

    Examples
    --------
    >>> import optgallery as og
    >>> sgd, lion = sharpness_along([og.run(name, "sphere", lr=0.1) for name in ("sgd", "lion")])
    >>> sgd.threshold, lion.threshold
    (20.0, None)
    """
    found = []
    for trajectory, hessians in zip(trajectories, hessians_along(trajectories), strict=True):
        try:
            rule = rule_of(trajectory)
        except ValueError:  # no threshold is known: the Hessian's eigenvalue alone
            found.append(Sharpness(largest_eigenvalues(hessians), None, preconditioned=False))
        else:
            values = _sharpness(hessians, trajectory.gradients, rule)
            found.append(Sharpness(values, rule.threshold, rule.second_moment is not None))
    return found


def hessians_along(trajectories: Sequence[Trajectory]) -> list[Array]:
    """Return the Hessians at the iterates of each path, of shape (n, 2, 2)."""
    fns = [trajectory.test_fn for trajectory in trajectories]
    found: list[Array] = []
    for (formula, dtype), group in groupby(
        zip(fns, trajectories, strict=True), lambda pair: (pair[0].formula, pair[0].dtype)
    ):
        points = [trajectory.points for _, trajectory in group]
        hessians = _hessians(formula, np.concatenate(points), dtype)
        found += np.split(hessians, np.cumsum([len(part) for part in points])[:-1])
    return found


def _hessians(formula: Formula, points: Array, dtype: torch.dtype) -> Array:
    with isolated(0):
        at = torch.from_numpy(points.copy()).to(dtype)
        pieces = [(formula, len(at))]
        columns = [
            multiply_hessian(pieces, at, torch.eye(2, dtype=at.dtype)[k].expand_as(at))
            for k in (0, 1)
        ]
    return torch.stack(columns, dim=2).double().numpy().copy()


def _sharpness(hessians: Array, gradients: Array, rule: Rule) -> Array:
    """Return the largest eigenvalue of each Hessian, preconditioned if the rule says so."""
    diagonal = np.eye(2) * rule.decay
    if rule.second_moment is None:
        return largest_eigenvalues(hessians + diagonal)
    with np.errstate(all="ignore"):
        roots = np.sqrt(_preconditioner(gradients, rule))
        # a symmetric matrix similar to the inverse of the preconditioner times the Hessian
        scaled = (hessians + diagonal) / (roots[:, :, None] * roots[:, None, :])
    return largest_eigenvalues(scaled)


def _preconditioner(gradients: Array, rule: Rule) -> Array:
    """Return the preconditioner of the step from each iterate, of shape (n, 2)."""
    beta = rule.second_moment or 0.0
    v, top = np.zeros(2), np.zeros(2)
    found = np.empty_like(gradients)
    for t, gradient in enumerate(gradients, start=1):
        v = beta * v + (1 - beta) * gradient**2
        top = np.maximum(top, v)
        second = (top if rule.largest else v) / (1 - beta**t if rule.corrected else 1.0)
        first = 1.0 if rule.first_moment is None else 1 - rule.first_moment**t
        found[t - 1] = first * (np.sqrt(second) + rule.epsilon)
    return found


def rule_of(trajectory: Trajectory) -> Rule:
    """Return the rule of a trajectory's optimizer, by its class and its settings."""
    spec = trajectory.optimizer
    lr = trajectory.lr
    if isinstance(spec, ExternalOptimizer) or spec.cls not in _RULES:
        names = ", ".join(cls.__name__ for cls in _RULES)
        raise ValueError(
            f"no stability threshold is known for {spec.title}; it is for {names} of "
            "torch.optim. For another optimizer give threshold=..., for the Hessian itself"
        )
    if not isinstance(lr, float) or lr <= 0:
        raise ValueError(f"a threshold needs one positive learning rate, got {lr!r}")

    def setting(name: str) -> Any:
        for given in (trajectory.hparams, spec.defaults):
            if name in given:
                return given[name]
        return spec.default(name)

    if setting("maximize"):
        raise ValueError(f"no threshold is known for {spec.title} with maximize=True")
    rule: Rule = _RULES[spec.cls](lr, setting)
    return rule


def _sgd(lr: float, setting: Callable[[str], Any]) -> Rule:
    b, decay = float(setting("momentum")), float(setting("weight_decay"))
    lr *= 1 - float(setting("dampening")) if b else 1
    if not b:
        return Rule(2 / lr, r"2 / \eta", decay=decay)
    if setting("nesterov"):
        formula = r"2 (1 + \beta) / ((1 + 2 \beta)\, \eta)"
        return Rule(2 * (1 + b) / ((1 + 2 * b) * lr), formula, decay=decay)
    return Rule(2 * (1 + b) / lr, r"2 (1 + \beta) / \eta", decay=decay)


def _adam(lr: float, setting: Callable[[str], Any]) -> Rule:
    b1, b2 = map(float, setting("betas"))
    decay = 0.0 if setting("decoupled_weight_decay") else float(setting("weight_decay"))
    return Rule(
        float(f"{(2 + 2 * b1) / ((1 - b1) * lr):.12g}"),
        r"(2 + 2 \beta_1) / ((1 - \beta_1)\, \eta)",
        second_moment=b2,
        epsilon=float(setting("eps")),
        largest=bool(setting("amsgrad")),
        decay=decay,
        first_moment=b1,
    )


def _adamw(lr: float, setting: Callable[[str], Any]) -> Rule:
    # decoupled decay is not part of the gradient, and so not of the Hessian
    return _adam(lr, setting)._replace(decay=0.0)


def _rmsprop(lr: float, setting: Callable[[str], Any]) -> Rule:
    if setting("centered"):
        raise ValueError("no threshold is known for RMSprop with centered=True")
    b = float(setting("momentum"))
    return Rule(
        2 * (1 + b) / lr,
        r"2 (1 + \beta) / \eta" if b else r"2 / \eta",
        second_moment=float(setting("alpha")),
        epsilon=float(setting("eps")),
        corrected=False,
        decay=float(setting("weight_decay")),
    )


_RULES: Mapping[Any, Callable[[float, Callable[[str], Any]], Rule]] = {
    torch.optim.SGD: _sgd,
    torch.optim.Adam: _adam,
    torch.optim.AdamW: _adamw,
    torch.optim.RMSprop: _rmsprop,
}
