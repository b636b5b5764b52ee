#!/usr/bin/env bash
# optimagic 0.5.3: profile_plot counts the first evaluation of a history as number 0. So an algorithm
# that solves a problem with its 2nd evaluation is shown at 1, one that needs 3 at 2, and with
# normalize_runtime=True the second takes "2 times" as many evaluations as the first, instead of 1.5.
# Seen: evaluations 1 and 2, ratios 1 and 2 for histories of 2 and 3 evaluations.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet optimagic==0.5.3 plotly==7.1.0 numpy==2.4.6 pandas==3.1.1
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import optimagic as om
import pandas as pd


def result(values):
    n = len(values)
    return {
        "criterion_history": pd.Series(values),
        "params_history": pd.DataFrame({"x": values}),
        "time_history": pd.Series(np.arange(n, dtype=float)),
        "batches_history": pd.Series(np.arange(n)),
        "solution": np.zeros(1),
    }


problem = {
    "solution": {"value": 0.0, "params": np.zeros(1)},
    "noise_free_fun": None,
    "inputs": {"params": np.ones(1)},
    "start_criterion": 1.0,
}
histories = {"two": [1.0, 0.0], "three": [1.0, 1.0, 0.0]}
results = {("problem", name): result(values) for name, values in histories.items()}
seen = []
for normalize, what in ((False, "evaluations"), (True, "ratio")):
    figure = om.profile_plot({"problem": problem}, results, normalize_runtime=normalize)
    for curve in figure.data:
        rises = round(float(np.asarray(curve.x)[np.asarray(curve.y) > 0][0]), 6)
        print(f"{what} at which {curve.name!r} solves the problem: {rises:g}")
        seen.append((curve.name, rises))
wanted = {("two", 1.0), ("three", 2.0)}
raise SystemExit(0 if set(seen) == wanted else 1)
PYTHON
