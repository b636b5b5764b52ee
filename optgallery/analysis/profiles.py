"""Statistics of benchmarks: profiles, running times and ratios, computed from arrays of costs.

A cost is a number of gradient evaluations, infinite if a run did not succeed. This module depends
on nothing else of the package.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Kind = Literal["data", "performance", "ecdf"]

RESAMPLES = 500
"""The number of resamples of a bootstrap."""

LEVEL = 0.95
"""The confidence level of an interval."""

_WORDS = {
    "data": ("data profile", "share of problems solved", "gradient evaluations"),
    "performance": (
        "performance profile",
        "share of problems solved",
        "evaluations, as a multiple of those of {reference}",
    ),
    "ecdf": (
        "runtime ECDF",
        "share of (problem, target) pairs reached",
        "gradient evaluations",
    ),
}


@dataclass(frozen=True, eq=False)
class Profile:
    """Shares as increasing functions of a cost, one curve for each solver.

    Attributes
    ----------
    kind : {"data", "performance", "ecdf"}
    names : tuple of str
        The name of each curve.
    at : array of shape (k,)
        The costs, or ratios of costs, at which a curve rises; the first is 0.
    shares : array of shape (n, k)
        The value of each curve from there up to the next cost.
    low, high : arrays of shape (n, k)
        Limits of the confidence intervals, by a bootstrap over the problems.
    problems : int
        The number of problems.
    end : float
        The end of the curves: the budget, or the largest ratio.
    reference : str
        Of a performance profile: the solver by whose costs all costs are divided.
    """

    kind: Kind
    names: tuple[str, ...]
    at: Array
    shares: Array
    low: Array
    high: Array
    problems: int
    end: float
    reference: str = ""

    def __call__(self, cost: ArrayLike) -> Array:
        """Return the curves at some costs: an array of shape (n, ...)."""
        asked = np.asarray(cost, float)
        before = np.searchsorted(self.at, asked, side="right") - 1
        found: Array = np.where(before < 0, 0.0, self.shares[:, before])
        return found

    def __getitem__(self, name: str) -> Array:
        """Return the curve of a solver, of shape (k,)."""
        if name not in self.names:
            raise KeyError(f"{name!r} is not a curve; there are {', '.join(self.names)}")
        curve: Array = self.shares[self.names.index(name)]
        return curve

    @property
    def title(self) -> str:
        """The title of the plot: ``"data profile"``."""
        return _WORDS[self.kind][0]

    @property
    def ylabel(self) -> str:
        """The label of the vertical axis."""
        return _WORDS[self.kind][1]

    @property
    def xlabel(self) -> str:
        """The label of the horizontal axis."""
        reference = self.reference or "the fastest"
        return _WORDS[self.kind][2].format(reference=reference)

    def score(self, end: float = 4.0) -> dict[str, float]:
        r"""Return the mean height of each curve of a performance profile from 1 to a ratio.

        It is :math:`\frac{1}{r - 1} \int_1^r \rho(\tau)\, d\tau`, the score of AlgoPerf.

        Parameters
        ----------
        end : float
            The ratio :math:`r > 1`.

        References
        ----------
        Dahl et al. (2023), Benchmarking neural network training algorithms, arXiv:2306.07179,
        section 4.
        """
        if self.kind != "performance":
            raise ValueError(f"score() is of a performance profile, this is a {self.title}")
        if not end > 1:
            raise ValueError(f"end must be a ratio > 1, got {end!r}")
        inner = self.at[(self.at > 1) & (self.at < end)]
        edges = np.array([1.0, *inner, end])
        areas = (self(edges[:-1]) * np.diff(edges)).sum(1) / (end - 1)
        return dict(zip(self.names, areas.tolist(), strict=True))

    def __repr__(self) -> str:
        return f"<{self.title.capitalize()}: {len(self.names)} curves, {self.problems} problems>"

    def __str__(self) -> str:
        """Return a table of the curves at some costs, with confidence intervals."""
        ratios = self.kind == "performance"
        ends = (
            [1, 2, 4, 8, self.end] if ratios else [self.end * p for p in (0.05, 0.1, 0.25, 0.5, 1)]
        )
        columns = [at for i, at in enumerate(ends) if at not in ends[:i]]
        before = np.searchsorted(self.at, columns, side="right") - 1
        head = [f"{'x' if ratios else ''}{at:.3g}" for at in columns]
        rows = {}
        for i, name in enumerate(self.names):
            cells = [tuple(a[i, k] for a in (self.shares, self.low, self.high)) for k in before]
            rows[name] = ["{:.2f} ({:.2f}-{:.2f})".format(*cell) for cell in cells]
        return text_table(f"{self.title}, {self.problems} problems", head, rows)


def data_profile(
    costs: ArrayLike, names: Sequence[str], budget: float, *, seed: int = 0
) -> Profile:
    r"""Return the share of problems that each solver has solved within a cost.

    It is :math:`d_s(\alpha) = |\{p : t_{p,s} \le \alpha\}| / |P|`. Moré and Wild count in units of
    :math:`n + 1` function evaluations, the cost of a simplex gradient; where gradients are
    evaluated, the unit is the evaluation itself.

    Parameters
    ----------
    costs : array of shape (solvers, problems)
    names : sequence of str
    budget : float
        The end of the axis.
    seed : int
        Seed of the bootstrap.

    References
    ----------
    Moré and Wild (2009), Benchmarking derivative-free optimization algorithms, SIAM Journal on
    Optimization 20(1), equation 2.4, doi:10.1137/080724083.

    Examples
    --------
    >>> profile = data_profile([[3, 10, np.inf], [5, 5, 5]], ["a", "b"], 20)
    >>> profile([4, 5, 10]).round(2).tolist()
    [[0.33, 0.33, 0.67], [0.0, 1.0, 1.0]]
    """
    t = np.asarray(costs, float)
    return _profile("data", t[..., None], names, float(budget), seed=seed)


def performance_profile(
    costs: ArrayLike,
    names: Sequence[str],
    *,
    reference: int | None = None,
    seed: int = 0,
) -> Profile:
    r"""Return the share of problems on which each solver is within a factor of the best one.

    It is :math:`\rho_s(\tau) = |\{p : r_{p,s} \le \tau\}| / |P|` with :math:`r_{p,s} = t_{p,s} /
    \min_s t_{p,s}`: :math:`\rho_s(1)` says how often the solver is the fastest, and its limit how
    many problems it solves. The order of the solvers that are not the fastest may change with the
    set of solvers (Gould and Scott 2016); with a fixed reference it does not.

    Parameters
    ----------
    costs : array of shape (solvers, problems)
    names : sequence of str
    reference : int, optional
        The solver whose cost is the unit; the lowest cost on each problem if not given. If it does
        not solve a problem, the ratio of a solver that does is 0.
    seed : int
        Seed of the bootstrap.

    References
    ----------
    Dolan and Moré (2002), Benchmarking optimization software with performance profiles,
    Mathematical Programming 91, doi:10.1007/s101070100263. Gould and Scott (2016), A note on
    performance profiles for benchmarking software, ACM TOMS 43(2), doi:10.1145/2950048.

    Examples
    --------
    >>> profile = performance_profile([[3, 10, np.inf], [5, 5, 5]], ["a", "b"])
    >>> profile([1, 2]).round(2).tolist()
    [[0.33, 0.67], [0.67, 1.0]]
    """
    t = np.asarray(costs, float)
    unit = t.min(0) if reference is None else t[reference]
    ratios = ratios_to(t, unit)
    finite = ratios[np.isfinite(ratios)]
    end = float(finite.max()) if finite.size else 1.0
    return _profile(
        "performance",
        ratios[..., None],
        names,
        max(end, 1.0),
        seed=seed,
        reference="" if reference is None else names[reference],
    )


def ecdf(costs: ArrayLike, names: Sequence[str], budget: float, *, seed: int = 0) -> Profile:
    """Return the share of (problem, target) pairs that each solver has reached within a cost.

    Pairs that are never reached count in the denominator.

    Parameters
    ----------
    costs : array of shape (solvers, problems, targets)
    names : sequence of str
    budget : float
        The end of the axis.
    seed : int
        Seed of the bootstrap, which draws problems with all their targets.

    References
    ----------
    Hansen, Auger, Brockhoff and Tušar (2022), Anytime performance assessment in blackbox
    optimization benchmarking, IEEE Transactions on Evolutionary Computation 26(6),
    doi:10.1109/TEVC.2022.3210897.

    Examples
    --------
    >>> ecdf([[[0, 3], [5, np.inf]]], ["a"], 10)([0, 4, 10]).tolist()
    [[0.25, 0.5, 0.75]]
    """
    return _profile("ecdf", np.asarray(costs, float), names, float(budget), seed=seed)


def ratios_to(costs: Array, unit: Array) -> Array:
    """Return costs as multiples of a unit for each problem.

    An infinite cost has an infinite ratio. A finite cost has the ratio 0 if the unit is infinite,
    and 0 / 0 counts as 1.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = costs / unit
    ratios = np.where((costs == 0) & (unit == 0), 1.0, ratios)
    found: Array = np.where(np.isinf(costs), inf, ratios)
    return found


def _profile(
    kind: Kind,
    costs: Array,
    names: Sequence[str],
    end: float,
    *,
    seed: int,
    reference: str = "",
) -> Profile:
    """Return the profile of costs of shape (solvers, problems, targets)."""
    n, problems, _ = costs.shape
    at = np.unique(np.append(costs[np.isfinite(costs)], 0.0))
    shares, low, high = (np.zeros((n, len(at))) for _ in range(3))
    weights = resamples(problems, seed)
    for i, own in enumerate(costs):
        steps = np.unique(own[np.isfinite(own)])
        if not len(steps):
            continue
        reached = np.stack([(own <= step).mean(1) for step in steps], axis=1)
        curve = (own[..., None] <= steps).sum((0, 1)) / own[..., 0].size / own.shape[1]
        limits = interval(weights @ reached)
        where = np.searchsorted(steps, at, side="right") - 1
        for target, source in ((shares, curve), (low, limits[0]), (high, limits[1])):
            target[i] = np.where(where < 0, 0.0, source[where])
    return Profile(kind, tuple(names), at, shares, low, high, problems, end, reference)


def resamples(problems: int, seed: int, n: int = RESAMPLES) -> Array:
    """Return the weights of problems in resamples of a bootstrap, of shape (n, problems).

    Each row is one resample, drawn with replacement: how often each problem was drawn, divided by
    the number of problems.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, problems, (n, problems))
    rows = np.repeat(np.arange(n), problems)
    counts = np.zeros((n, problems))
    np.add.at(counts, (rows, drawn.ravel()), 1)
    return counts / problems


def interval(values: Array, level: float = LEVEL) -> tuple[Array, Array]:
    """Return the central interval of resampled values along the first axis."""
    tail = (1 - level) / 2
    low, high = np.quantile(values, [tail, 1 - tail], axis=0)
    return low, high


def bootstrap(
    statistic: Callable[[NDArray[np.intp]], float], problems: int, *, seed: int = 0
) -> tuple[float, float]:
    """Return a confidence interval of a statistic of problems by the percentile bootstrap.

    Parameters
    ----------
    statistic : callable
        A function of the positions of the drawn problems.
    problems : int
    seed : int
    """
    rng = np.random.default_rng(seed)
    values = [statistic(rng.integers(0, problems, problems)) for _ in range(RESAMPLES)]
    low, high = interval(np.array(values))
    return float(low), float(high)


def average_running_time(costs: ArrayLike, spent: ArrayLike) -> Array:
    r"""Return COCO's average running time, over the last axis.

    It is the number of evaluations of all trials, successful or not, divided by the number of
    successes: an estimate of the expected cost until the first success if trials are repeated.

    Parameters
    ----------
    costs : array of shape (..., trials)
        Infinite if a trial did not succeed.
    spent : array of the same shape
        The cost of such a trial.

    Returns
    -------
    array
        Infinite without a success.

    References
    ----------
    Hansen et al. (2021), COCO: a platform for comparing continuous optimizers in a black-box
    setting, Optimization Methods and Software 36(1), section 3, doi:10.1080/10556788.2020.1808977.

    Examples
    --------
    >>> float(average_running_time([10, np.inf, 20], [10, 100, 20]))
    65.0
    """
    t = np.asarray(costs, float)
    reached = np.isfinite(t)
    total = np.where(reached, t, np.asarray(spent, float)).sum(-1)
    successes = reached.sum(-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Array = np.where(successes > 0, total / successes, inf)
    return found


def expected_best(results: ArrayLike, k: int) -> Array:
    r"""Return the expected best of k results drawn at random with replacement, over the last axis.

    With the :math:`m` results sorted, :math:`E_k = \sum_i x_{(i)} \left[\left(1 -
    \frac{i-1}{m}\right)^k - \left(1 - \frac{i}{m}\right)^k\right]`: what to expect of a method
    whose learning rate is chosen from :math:`k` random trials.

    Parameters
    ----------
    results : array of shape (..., m)
        Lower is better; they may be infinite.
    k : int
        Number of trials, at least 1.

    References
    ----------
    Dodge et al. (2019), Show your work: improved reporting of experimental results,
    arXiv:1909.03004. Sivaprasad et al. (2020), Optimizer benchmarking needs to account for
    hyperparameter tuning, arXiv:1910.11758.

    Examples
    --------
    >>> expected_best([3.0, 1.0], 1).tolist(), expected_best([3.0, 1.0], 2).tolist()
    (2.0, 1.5)
    """
    x = np.sort(np.asarray(results, float), axis=-1)
    m = x.shape[-1]
    i = np.arange(1, m + 1)
    weights = (1 - (i - 1) / m) ** k - (1 - i / m) ** k
    found: Array = (x * weights).sum(-1)
    return found


@dataclass(frozen=True, eq=False)
class LogRatio:
    r"""The binary logarithm of the ratio of two solvers' costs, problem by problem.

    Attributes
    ----------
    a, b : str
        The solvers.
    values : array of shape (n,)
        :math:`\log_2(t_a / t_b)` in ascending order: below 0 if ``a`` was faster, infinite if only
        one of them solved the problem. Problems that neither solved are left out.
    problems : tuple of str
        The problem of each value.
    neither : int
        The number of problems that neither solved.
    """

    a: str
    b: str
    values: Array
    problems: tuple[str, ...]
    neither: int

    @property
    def wins(self) -> tuple[int, int, int]:
        """The numbers of problems on which ``a`` was faster, ``b`` was, and both cost the same."""
        below, above = int((self.values < 0).sum()), int((self.values > 0).sum())
        return below, above, len(self.values) - below - above

    def interval(self, *, seed: int = 0) -> tuple[float, float]:
        """Return a confidence interval of the share of wins of ``a``; a tie is half a win."""
        points = np.where(self.values < 0, 1.0, np.where(self.values > 0, 0.0, 0.5))
        if not len(points):
            return 0.0, 1.0
        return bootstrap(lambda drawn: float(points[drawn].mean()), len(points), seed=seed)

    def __repr__(self) -> str:
        won, lost, tied = self.wins
        return (
            f"<LogRatio: {self.a} faster on {won} problems, {self.b} on {lost}, "
            f"{tied} ties, {self.neither} solved by neither>"
        )

    def __str__(self) -> str:
        """Return a table of the faster solver on each problem, and the factor."""
        rows = {
            name: [_factor(value), self.a if value < 0 else self.b if value > 0 else "tie"]
            for name, value in zip(self.problems, self.values, strict=True)
        }
        return text_table(f"{self.a} against {self.b}", ["factor", "faster"], rows)


def log_ratio(
    a: ArrayLike, b: ArrayLike, names: tuple[str, str], problems: Sequence[str]
) -> LogRatio:
    """Compare the costs of two solvers, of shape (problems,) each.

    Examples
    --------
    >>> log_ratio([4, 8, np.inf], [8, 8, 3], ("x", "y"), ["p", "q", "r"]).values.tolist()
    [-1.0, 0.0, inf]
    """
    s, t = np.asarray(a, float), np.asarray(b, float)
    some = np.isfinite(s) | np.isfinite(t)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.log2(s) - np.log2(t)
    values[(s == t) & some] = 0.0  # both may be 0
    order = [int(i) for i in np.argsort(values, kind="stable") if some[i]]
    chosen = tuple(problems[i] for i in order)
    return LogRatio(*names, values[order], chosen, int((~some).sum()))


def text_table(title: str, columns: Sequence[str], rows: "dict[str, list[Any]]") -> str:
    """Format a table as text, with a row for each name."""
    first = max(map(len, (title, *rows)))
    widths = [
        2 + max([len(head), *(len(str(row[j])) for row in rows.values())])
        for j, head in enumerate(columns)
    ]
    lines = [
        f"{title:{first}}" + "".join(f"{h:>{w}}" for h, w in zip(columns, widths, strict=True))
    ]
    for name, row in rows.items():
        cells = zip(row, widths, strict=True)
        lines.append(f"{name:{first}}" + "".join(f"{cell!s:>{w}}" for cell, w in cells))
    return "\n".join(lines)


def _factor(logarithm: float) -> str:
    return "only one" if np.isinf(logarithm) else f"{2 ** abs(logarithm):.3g}"
