#!/usr/bin/env bash
# torch 2.13.0: parameter groups that are given no rate of their own share a learning rate that is a
# tensor, and ReduceLROnPlateau multiplies it in place once for each group. With three groups one
# plateau and factor=0.1 leave a thousandth of the rate, where a float is left a tenth.
# Seen: 0.01 with a float, 0.0001 with a tensor.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau


def reduced_once(lr):
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))]} for _ in range(3)]
    optimizer = torch.optim.SGD(groups, lr=lr)
    scheduler = ReduceLROnPlateau(optimizer, factor=0.1, patience=0)
    for loss in (1.0, 1.0):
        optimizer.step()
        scheduler.step(loss)
    return [float(group["lr"]) for group in optimizer.param_groups]


number, tensor = reduced_once(0.1), reduced_once(torch.tensor(0.1))
print(f"a float: {number}; a tensor: {tensor}")
right = all(abs(lr - 0.01) < 1e-9 for lr in number)
raise SystemExit(0 if right and all(abs(lr - 1e-4) < 1e-9 for lr in tensor) else 1)
PYTHON
