"""Compare profiles, ratios and running times with those of three benchmarking packages.

The histories are those of optimizers of the gallery; all numbers have to agree to 1e-12. Exits with
1 if one does not.
"""

import sys
from collections.abc import Iterator

import numpy as np
import pandas as pd
from cocopp.toolsstats import sp
from optimagic.benchmarking.process_benchmark_results import process_benchmark_results
from optimagic.visualization.profile_plot import _extract_profile_plot_lines, create_solution_times
from optiprofiler.plotting import (
    _get_log_ratio_profile_axes,
    _get_performance_data_profile_axes,
)

import optgallery as og
from optgallery.analysis.outcomes import TARGETS
from optgallery.analysis.problems import height
from optgallery.analysis.profiles import average_running_time

TOLERANCE = 1e-12
NAMES = ("adam", "lion", "momentum", "rprop")
FUNCTIONS = ("beale", "booth", "himmelblau", "matyas", "rosenbrock", "styblinski_tang")


def optiprofiler(comparison: og.Comparison, rate: float) -> Iterator[tuple[str, float]]:
    """Yield how far profiles and ratios are from those of optiprofiler."""
    costs = comparison.costs(rate)
    work = np.where(np.isfinite(costs), costs, np.nan).T[:, :, None]
    for what, profile, denominator in (
        ("data profile", comparison.data_profile(rate), lambda i, j: 1.0),
        (
            "performance profile",
            comparison.performance_profile(rate=rate),
            lambda i, j: np.nanmin(work[i, :, j], initial=np.inf),
        ),
    ):
        x, y, _ = _get_performance_data_profile_axes(work, denominator)
        gaps = []
        for i in range(len(NAMES)):
            finite = np.isfinite(x[:, i])
            steps, heights = x[finite, i], y[finite, i, 0]
            last = np.append(np.diff(steps) > 0, True)[: len(steps)]  # the highest of equal steps
            found = profile(steps[last])[i]
            gaps.append(np.abs(found - heights[last]).max(initial=0.0))
        yield f"optiprofiler: {what}", max(gaps)
    pair = comparison.select(optimizers=["adam", "momentum"])
    ratio = pair.log_ratio("adam", "momentum", rate)
    both = np.where(np.isfinite(pair.costs(rate)), pair.costs(rate), np.nan).T[:, :, None]
    _, y, most, _, _ = _get_log_ratio_profile_axes(both, {"log_ratio": [None, None]})
    ours = np.clip(ratio.values, -1.1 * most, 1.1 * most)  # its place for what one did not solve
    outer = np.full(ratio.neither, 1.1 * most)  # and its two for what neither did
    ours = np.sort(np.concatenate([ours, outer, -outer]))
    yield "optiprofiler: log ratios", np.abs(ours - y).max()


def optimagic(comparison: og.Comparison, rate: float) -> Iterator[tuple[str, float]]:
    """Yield how far profiles are from those of optimagic, from the histories of values."""
    problems, results = {}, {}
    for problem in comparison.problems:
        solution = {"value": problem.minimum, "params": np.zeros(2)}
        start = problem.fn(*problem.start)
        problems[problem.name] = {
            "solution": solution,
            "noise_free_fun": None,
            "inputs": {"params": np.ones(2)},
            "start_criterion": start,
        }
        for name in NAMES:
            run = comparison.run(name, problem.name, rate)
            results[problem.name, name] = {
                "criterion_history": pd.Series(run.values),
                "params_history": pd.DataFrame(run.points),
                "time_history": pd.Series(np.arange(len(run), dtype=float)),
                "batches_history": pd.Series(np.arange(len(run))),
                "solution": run.points[-1],
            }
    table, converged = process_benchmark_results(
        problems=problems,
        results=results,
        stopping_criterion="y",
        x_precision=1e-4,
        y_precision=1e-3,
    )
    for normalize, profile in (
        (False, comparison.data_profile(rate)),
        (True, comparison.performance_profile(rate=rate)),
    ):
        times = create_solution_times(table, "n_evaluations", converged)
        lines = _extract_profile_plot_lines(
            times, normalize, converged, iter(["black"] * len(NAMES))
        )
        gaps = []
        for line in lines:
            i = NAMES.index(line.name)
            gaps.append(np.abs(profile(line.x)[i] - line.y).max())
        what = "performance profile" if normalize else "data profile"
        yield f"optimagic: {what}", max(gaps)


def cocopp(comparison: og.Comparison, rate: float) -> Iterator[tuple[str, float]]:
    """Yield how far running times are from those of cocopp, and an ECDF from its definition."""
    costs, gaps = comparison.costs(rate), []
    spent = comparison.outcomes.spent[:, comparison.lrs.index(rate)]
    table = comparison.average_running_time(rate)
    for i, name in enumerate(comparison.names):
        for fn in comparison.functions:
            own = [k for k, problem in enumerate(comparison.problems) if problem.of == fn]
            trials = np.where(np.isfinite(costs[i, own]), costs[i, own], spent[i, own])
            expected, _, _ = sp(trials, issuccessful=np.isfinite(costs[i, own]))
            found = table[name, fn.title]
            gaps.append(0.0 if found == expected else abs(found - expected))
            again = average_running_time(costs[i, own], spent[i, own])
            gaps.append(0.0 if again == expected else abs(again - expected))
    yield "cocopp: average running time", max(gaps)


def coco_ecdf(comparison: og.Comparison, rate: float) -> Iterator[tuple[str, float]]:
    """Yield how far a runtime ECDF is from one that is counted pair by pair, along the runs."""
    profile, gaps = comparison.ecdf(rate), []
    for i, name in enumerate(NAMES):
        reached = []
        for problem in comparison.problems:
            run = comparison.run(name, problem.name, rate)
            best = np.minimum.accumulate(run.values - problem.minimum)
            for target in TARGETS:
                hit = np.flatnonzero(best <= target * height(problem.fn))
                done = len(hit) and run.status == "completed"
                reached.append(run.evaluations[hit[0]] if done else np.inf)
        at = np.array([0, 1, 3, 10, 31, 100, 200])
        counted = (np.array(reached) <= at[:, None]).mean(1)
        gaps.append(np.abs(profile(at)[i] - counted).max())
    yield "pair by pair: runtime ECDF", max(gaps)


def main() -> int:
    """Print every difference, and return 1 if one is too large."""
    rate = 0.03
    comparison = og.compare(NAMES, FUNCTIONS, [rate], starts=3)
    counts = np.isfinite(comparison.costs(rate)).sum(1)
    print(f"{comparison!r}, solved {dict(zip(NAMES, counts.tolist(), strict=True))}")
    worst = 0.0
    for check in (optiprofiler, optimagic, cocopp, coco_ecdf):
        for what, gap in check(comparison, rate):
            print(f"{what:36} {gap:.1e}")
            worst = max(worst, gap)
    return int(worst > TOLERANCE)


sys.exit(main())
