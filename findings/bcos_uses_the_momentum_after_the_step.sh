#!/usr/bin/env bash
# pytorch-optimizer 4.1.0, torch 2.13.0: BCOS estimates the square of the next momentum from the momentum
# before it, but keeps no copy, and reads the one that it has just updated in place. After the gradients 2
# and -2 with beta 0.5 the momentum is 0; a gradient of 4 then makes it 2. With the momentum before, 0,
# the published estimate is 0.25 * 16, and the step 2 / sqrt(4) = 1 times lr. With the momentum after, 2,
# it is 0.5 * 4 + 0.25 * 16 + 0.25 * 8 = 8, and the step 2 / sqrt(8) = 0.707 times lr. Seen: 0.707.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6 pytorch-optimizer==4.1.0
"$folder/venv/bin/python" - <<'PYTHON'
import torch
from pytorch_optimizer import BCOS

p = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
optimizer = BCOS([p], lr=1.0, beta=0.5, eps=0.0, weight_decay=0.0, foreach=False)
for gradient in (2.0, -2.0, 4.0):
    before = p.item()
    p.grad = torch.full_like(p, gradient)
    optimizer.step()
print(f"third step {before - p.item():.3f}, with the momentum before it 1.000")
raise SystemExit(0 if abs(before - p.item() - 0.5**0.5) < 1e-9 else 1)
PYTHON
