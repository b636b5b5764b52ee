#!/usr/bin/env bash
# pySOT 0.3.3: Himmelblau is no form of Himmelblau's function, (x^2 + y - 11)^2 + (x + y^2 - 7)^2, whose
# minimum is 0 at (3, 2), but the mean of the Styblinski-Tang function over its coordinates, and the
# docstring's formula, 10 n - 1/(2 n) sum (x^4 - 16 x^2 + 5 x), is neither of them.
# Seen: at (3, 2) pySOT -21.5, its formula 41.5, Himmelblau 0, mean of Styblinski-Tang -21.5.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pySOT==0.3.3 six==1.17.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
from pySOT.optimization_problems import Himmelblau

x, y = 3.0, 2.0
quartics = sum(z**4 - 16 * z**2 + 5 * z for z in (x, y))
values = {
    "pySOT's Himmelblau": float(Himmelblau(dim=2).eval(np.array([x, y]))),
    "the formula of its docstring": 10 * 2 - quartics / (2 * 2),
    "Himmelblau's function": (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
    "the mean of the Styblinski-Tang function": quartics / 2 / 2,
}
for name, value in values.items():
    print(f"{name} at ({x:g}, {y:g}): {value:g}")
raise SystemExit(0 if list(values.values()) == [-21.5, 41.5, 0, -21.5] else 1)
PYTHON
