#!/usr/bin/env bash
# ano-optimizer 1.0.0 (and the same in pytorch-optimizer 4.1.0), torch 2.13.0: with logarithmic_schedule
# the momentum's decay rate is 1 - 1 / log(max(2, t)), which is -0.44 in the first two steps: gradients
# before count against the direction. If the second gradient is less than 0.44 times the first, the step
# goes uphill, though both have the same sign. Seen: with the gradients 1 and 0.3 the parameter moves from
# 0 to -0.100, and back to -0.059; with the constant decay rate of the default on to -0.141.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6 ano-optimizer==1.0.0 pytorch-optimizer==4.1.0
"$folder/venv/bin/python" - <<'PYTHON'
import torch
from ano_optimizer import Ano
from pytorch_optimizer import Ano as OfPytorchOptimizer


def path(cls, logarithmic):
    p = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer = cls([p], lr=0.1, logarithmic_schedule=logarithmic)
    points = []
    for gradient in (1.0, 0.3):
        p.grad = torch.full_like(p, gradient)
        optimizer.step()
        points.append(round(p.item(), 3))
    print(cls.__module__, "logarithmic schedule" if logarithmic else "constant", points)
    return points


uphill = [path(cls, True) for cls in (Ano, OfPytorchOptimizer)]
first, second = path(Ano, False)
raise SystemExit(0 if all(b > a for a, b in uphill) and second < first else 1)
PYTHON
