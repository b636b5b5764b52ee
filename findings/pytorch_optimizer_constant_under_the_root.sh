#!/usr/bin/env bash
# pytorch-optimizer 4.1.0, torch 2.13.0: LaProp divides by a root to which 1e-15 is added, whatever eps
# is. Its eps is 1e-15 by default, which is beside the root and matters below gradients of 1e-15; the
# constant under the root matters below 1e-6 in the first step, where the average is a thousandth of
# the square. A first step has the length lr for any gradient that is far above eps. Seen: lr 0.001
# moves a parameter by 1.0e-03 with the gradient 1.0e+00, and by 1.0e-06 with the gradient 1.0e-09.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6 pytorch-optimizer==4.1.0
"$folder/venv/bin/python" - <<'PYTHON'
import torch
from pytorch_optimizer import LaProp


def first_step(gradient):
    p = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    p.grad = torch.full_like(p, gradient)
    LaProp([p], lr=0.001, eps=1e-15, foreach=False).step()
    return abs(p.item())


lengths = {gradient: first_step(gradient) for gradient in (1.0, 1e-3, 1e-6, 1e-9)}
for gradient, length in lengths.items():
    print(f"gradient {gradient:.1e}: moved by {length:.1e}")
raise SystemExit(0 if abs(lengths[1.0] - 1e-3) < 1e-9 and lengths[1e-9] < 2e-6 else 1)
PYTHON
