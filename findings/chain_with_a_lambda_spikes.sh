#!/usr/bin/env bash
# torch 2.13.0: ChainedScheduler multiplies the factors of its schedulers only where each derives the
# next rate from the last. LambdaLR sets it from the base rate, and a LinearLR behind it multiplies
# that by the ratio of two of its factors. No error and no warning: a warm-up from a tenth of the rate
# 0.1 jumps above it in the second step. Seen: 0.01, 0.266, 0.148, 0.119, 0.104, 0.0944, 0.0735.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import torch
from torch.optim.lr_scheduler import ChainedScheduler, LambdaLR, LinearLR

optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
decay = LambdaLR(optimizer, lambda step: 0.95**step)
warm_up = LinearLR(optimizer, start_factor=0.1, total_iters=5)
scheduler = ChainedScheduler([decay, warm_up])
rates = []
for _ in range(7):
    rates.append(optimizer.param_groups[0]["lr"])
    optimizer.step()
    scheduler.step()
product = [0.1 * 0.95**k * min(1.0, 0.1 + 0.9 * k / 5) for k in range(7)]
print("rates:  ", *(f"{rate:.3g}" for rate in rates))
print("product:", *(f"{rate:.3g}" for rate in product))
raise SystemExit(0 if abs(rates[0] - 0.01) < 1e-9 and abs(rates[1] - 0.266) < 1e-9 else 1)
PYTHON
