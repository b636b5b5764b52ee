#!/usr/bin/env bash
# jax 0.10.2, jaxlib 0.10.2: with warnings turned into errors (python -W error, pytest's filterwarnings),
# the warning of os.fork() in a process that has used JAX is not raised: the fork goes on in parent and
# child, and each time "Exception ignored in: <function _at_fork>" is written to stderr. Under pytest it
# then fails the test that comes next, as an unraisable exception.
# Seen: the child ends with 0, the parent goes on, stderr names RuntimeWarning and _at_fork.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cat >"$folder/fork.py" <<'PYTHON'
import os
import warnings

import jax.numpy as jnp

jnp.ones(2).sum().block_until_ready()
warnings.simplefilter("error")
try:
    child = os.fork()
except RuntimeWarning:
    raise SystemExit("the warning was raised")
if child == 0:
    os._exit(0)
print("parent goes on, child ended with", os.waitpid(child, 0)[1])
PYTHON
"$folder/venv/bin/python" "$folder/fork.py" >"$folder/out" 2>"$folder/err"
cat "$folder/out"
grep -E "Exception ignored in|RuntimeWarning" "$folder/err"
grep -q "parent goes on, child ended with 0" "$folder/out"
grep -q "_at_fork" "$folder/err"
