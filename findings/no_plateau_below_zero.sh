#!/usr/bin/env bash
# torch 2.13.0: ReduceLROnPlateau(mode="min") takes a metric for better if it is below
# best * (1 - threshold). Where the best is negative, that is above it: an equal metric counts as
# better, and so does one that is slightly worse. A loss that stays at -1 never reduces the rate.
# Seen: the rate after 100 equal metrics, from 0.1: 1e-08 at 1, 0.1 at -1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau


def rate_after(metric):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = ReduceLROnPlateau(optimizer)
    for _ in range(100):
        optimizer.step()
        scheduler.step(metric)
    return optimizer.param_groups[0]["lr"]


above, below = rate_after(1.0), rate_after(-1.0)
print(f"rate after 100 equal metrics: {above:.3g} at 1, {below:.3g} at -1")
raise SystemExit(0 if above < 1e-7 and below == 0.1 else 1)
PYTHON
