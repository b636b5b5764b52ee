#!/usr/bin/env bash
# torch 2.13.0: the usual loop, optimizer.step() and scheduler.step() for each of total_steps
# updates, leaves OneCycleLR one step past the end of its curve, without an error, which comes with
# the step after that. A linear cycle then has a negative learning rate. Seen: 4e-07, then -0.00143.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import torch
from torch.optim.lr_scheduler import OneCycleLR

optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1, momentum=0.9)
scheduler = OneCycleLR(optimizer, max_lr=0.1, total_steps=100, anneal_strategy="linear")
rates = [optimizer.param_groups[0]["lr"]]
for _ in range(100):
    optimizer.step()
    scheduler.step()
    rates.append(optimizer.param_groups[0]["lr"])
print(f"rate of the last update: {rates[-2]:.3g}; after it: {rates[-1]:.3g}")
raise SystemExit(0 if abs(rates[-2] - 4e-7) < 1e-12 and rates[-1] < -0.001 else 1)
PYTHON
