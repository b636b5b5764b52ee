#!/usr/bin/env bash
# torch 2.13.0: OneCycleLR and CyclicLR cycle the momentum unless told otherwise, and set it when they
# are made. Plain SGD, whose momentum is 0, becomes SGD with a momentum of 0.95 or 0.9 without a
# warning: the check for an optimizer without momentum finds the name among SGD's defaults.
# Seen: 0 before, then 0.95 (OneCycleLR) and 0.9 (CyclicLR).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" -W error - <<'PYTHON'
import torch
from torch.optim.lr_scheduler import CyclicLR, OneCycleLR


def momentum(make):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    before = optimizer.param_groups[0]["momentum"]
    make(optimizer)
    return before, optimizer.param_groups[0]["momentum"]


one = momentum(lambda optimizer: OneCycleLR(optimizer, max_lr=0.1, total_steps=100))
cyclic = momentum(lambda optimizer: CyclicLR(optimizer, base_lr=0.01, max_lr=0.1))
print(f"momentum before and after: OneCycleLR {one}, CyclicLR {cyclic}")
raise SystemExit(0 if one == (0, 0.95) and cyclic == (0, 0.9) else 1)
PYTHON
