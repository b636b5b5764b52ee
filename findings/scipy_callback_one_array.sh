#!/usr/bin/env bash
# scipy 1.17.1: a callback of minimize() that keeps `intermediate_result.x` keeps the iterates with
# method="BFGS", but with "L-BFGS-B" and "Newton-CG" it keeps one array again and again, which holds
# the last iterate in the end. With the other signature, callback(xk), each array is a new one.
# Seen on Rosenbrock's function: BFGS 32 calls, 32 points; L-BFGS-B 36 calls, 1 point; Newton-CG 83
# calls, 1 point.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet scipy==1.17.1 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
from scipy.optimize import minimize, rosen, rosen_der, rosen_hess


def arrays(method, *, new):
    kept = []
    if new:

        def callback(intermediate_result):
            kept.append(intermediate_result.x)
    else:

        def callback(xk, *state):
            kept.append(xk)

    hess = {"hess": rosen_hess} if method == "Newton-CG" else {}
    minimize(rosen, [-1.2, 1.0], jac=rosen_der, method=method, callback=callback, **hess)
    return len(kept), len({id(x) for x in kept}), len({tuple(x) for x in kept})


found = {}
for method in ("BFGS", "L-BFGS-B", "Newton-CG"):
    for new in (True, False):
        found[method, new] = calls, objects, points = arrays(method, new=new)
        signature = "intermediate_result.x" if new else "xk"
        print(f"{method}, {signature}: {calls} calls, {objects} arrays, {points} different points")
one = [found[method, True][1:] == (1, 1) for method in ("L-BFGS-B", "Newton-CG")]
several = found["BFGS", True][2] > 10 and all(found[key][1] > 10 for key in found if not key[1])
raise SystemExit(0 if all(one) and several else 1)
PYTHON
