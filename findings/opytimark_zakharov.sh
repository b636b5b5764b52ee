#!/usr/bin/env bash
# opytimark 3.0.2: Zakharov adds up x where the formula of its own docstring has x^2, and its weights
# 0.5 i x(i) count from 0 where the formula's count from 1. It states a minimum of 0 at the origin;
# in its stated domain, [-5, 10] a coordinate, it is negative.
# Seen: f(-5, 0) is -5.0 and f(5, 0) is 5.0; the formula has 70.3125 at both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet opytimark==3.0.2 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
from opytimark.markers.n_dimensional import Zakharov


def formula(x):
    linear = sum(0.5 * i * xi for i, xi in enumerate(x, start=1))
    return sum(xi**2 for xi in x) + linear**2 + linear**4


points = [(-5.0, 0.0), (5.0, 0.0)]
opytimark = [float(Zakharov()(np.array(point))) for point in points]
published = [formula(point) for point in points]
for point, value, right in zip(points, opytimark, published, strict=True):
    print(f"f{point}: opytimark {value:g}, its formula {right:g}")
raise SystemExit(0 if (opytimark, published) == ([-5, 5], [70.3125, 70.3125]) else 1)
PYTHON
