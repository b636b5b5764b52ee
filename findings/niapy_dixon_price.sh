#!/usr/bin/env bash
# niapy 2.7.1: DixonPrice leaves out the term of i = 2 in the formula of its own docstring,
# (x1 - 1)^2 + sum over i = 2..D of i (2 xi^2 - x(i-1))^2, and gives every other term the weight of the
# one before. Of two coordinates the second has no influence; minima of 0 lie where there is none.
# Seen: f(1, 0), f(1, 7), f(1, 0, 0, 0) and f(2, 1, 1, 1) are 0, 0, 0, 6; the formula has
# 2, 18818, 2, 8.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet niapy==2.7.1 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
from niapy.problems import DixonPrice


def formula(x):
    """Evaluate the docstring's formula, whose indices begin at 1."""
    return (x[0] - 1) ** 2 + sum(
        i * (2 * x[i - 1] ** 2 - x[i - 2]) ** 2 for i in range(2, len(x) + 1)
    )


points = [(1.0, 0.0), (1.0, 7.0), (1.0, 0.0, 0.0, 0.0), (2.0, 1.0, 1.0, 1.0)]
niapy = [float(DixonPrice(len(point)).evaluate(np.array(point))) for point in points]
published = [formula(point) for point in points]
for point, value, right in zip(points, niapy, published, strict=True):
    print(f"f{point}: niapy {value:g}, its formula {right:g}")
raise SystemExit(0 if (niapy, published) == ([0, 0, 0, 6], [2, 18818, 2, 8]) else 1)
PYTHON
