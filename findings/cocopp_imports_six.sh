#!/usr/bin/env bash
# cocopp 2.9.1: `pip install cocopp` gives a package that cannot be imported. It imports six, which it
# does not require, and which python-dateutil, through matplotlib, no longer brings since its version
# 4.0.0. `pip install six` cures it.
# Seen: requires matplotlib, numpy, platformdirs; ModuleNotFoundError: No module named 'six'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet cocopp==2.9.1 matplotlib==3.11.2 numpy==2.4.6 python-dateutil==4.0.0
"$folder/venv/bin/python" - <<'PYTHON'
from importlib.metadata import requires

required = [line.split(";")[0] for line in requires("cocopp") if "extra" not in line]
print("requires:", ", ".join(required))
try:
    import cocopp  # noqa: F401

    said = "it can be imported"
except ModuleNotFoundError as error:
    said = f"ModuleNotFoundError: {error}"
print(said)
raise SystemExit(0 if said == "ModuleNotFoundError: No module named 'six'" else 1)
PYTHON
