#!/usr/bin/env bash
# torch 2.13.0: ConstantLR accepts the factor 0, "between 0 and 1", which keeps parameters as they are
# for the first updates. At the end of these, its step() divides the rate by the factor.
# Seen: two rates of 0, then ZeroDivisionError.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import torch
from torch.optim.lr_scheduler import ConstantLR

optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
scheduler = ConstantLR(optimizer, factor=0.0, total_iters=2)
rates = []
try:
    for _ in range(4):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
except ZeroDivisionError as error:
    print(f"rates {rates}, then ZeroDivisionError: {error}")
    raise SystemExit(0 if rates == [0.0, 0.0] else 1)
print(f"rates {rates}")
raise SystemExit(1)
PYTHON
