#!/usr/bin/env bash
# pytorch-optimizer 4.1.0, torch 2.13.0: FOCUS moves parameters whose gradient is 0, with no weight decay,
# in the first step. It attracts a parameter to the average of its points, which is then the parameter,
# but is computed as a quotient; a rounding error has a sign, and so is a step of lr times gamma.
# Seen: of 1000 float64 parameters 18 move, by 1.0e-03 with lr 0.01, as far as a real attraction moves
# one. With beta2 = 0.75, where the quotient is exact, none does.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6 pytorch-optimizer==4.1.0
"$folder/venv/bin/python" - <<'PYTHON'
import torch
from pytorch_optimizer import FOCUS


def moved(beta2):
    values = torch.randn(1000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    p = torch.nn.Parameter(values.clone())
    p.grad = torch.zeros_like(p)
    FOCUS([p], lr=0.01, betas=(0.9, beta2), gamma=0.1, foreach=False).step()
    distance = (p.detach() - values).abs()
    print(f"beta2 {beta2}: {int((distance > 0).sum())} of 1000 moved, by {distance.max():.1e}")
    return int((distance > 0).sum())


raise SystemExit(0 if moved(0.999) > 0 and moved(0.75) == 0 else 1)
PYTHON
