#!/usr/bin/env bash
# optax 0.2.8: polyak_sgd takes no step where the squared norm of the gradient, plus eps, is at most
# 2.2e-16, the spacing of float64 at 1. This is an absolute bound, also with eps=0. On a function that
# is multiplied by 1e-20, Polyak's step is the same step, since the value and the squared gradient are
# known to sixteen digits; here nothing moves. No error and no warning. Seen, on c x^2 / 2 from x = 1:
# the update is -0.5 for c = 1 and c = 1e-7, and 0 for c = 1e-8 and c = 1e-20.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet optax==0.2.8 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
JAX_PLATFORMS=cpu "$folder/venv/bin/python" - <<'PYTHON'
import math

import jax
import optax

jax.config.update("jax_enable_x64", True)
polyak = optax.polyak_sgd(max_learning_rate=math.inf, f_min=0.0, eps=0.0)
x = jax.numpy.asarray(1.0)
seen = []
for c in (1.0, 1e-7, 1e-8, 1e-20):
    value, gradient = c * x**2 / 2, c * x
    update, _ = polyak.update(gradient, polyak.init(x), x, value=value)
    seen.append(float(update))
    print(f"c = {c:g}: gradient {float(gradient):g}, update {seen[-1]:g}")
same = [math.isclose(update, -0.5, rel_tol=1e-9) for update in seen]
raise SystemExit(0 if same == [True, True, False, False] and not any(seen[2:]) else 1)
PYTHON
