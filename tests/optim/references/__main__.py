"""Print the record as JSON; this file's folder has an ``adabound.py`` that hides the package."""

import json
import sys
from pathlib import Path

import torch

sys.path[0] = str(Path(__file__).parents[1])

from references import CASES, HAND_DERIVED, measure  # noqa: E402  (found only now)

torch.set_num_threads(1)
record = {"compared": measure(CASES), "derived by hand": HAND_DERIVED}
json.dump(record, sys.stdout, indent=1)
sys.stdout.write("\n")
