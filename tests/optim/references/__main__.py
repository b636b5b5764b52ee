"""Print the record as JSON; beside this file, ``adabound.py`` would hide the package it imports."""

import json
import sys
from pathlib import Path

import torch

sys.path[0] = str(Path(__file__).parents[1])

from references import CASES, measure  # noqa: E402  (found only now)

torch.set_num_threads(1)
json.dump([measure(case) for case in CASES], sys.stdout, indent=2)
