#!/usr/bin/env bash
# torchium 0.1.5, torch 2.13.0: Yogi gives NaN on a round bowl, x^2 + y^2 from (1, 2) at lr 0.1, with
# all other settings as they are. Adam and SGD of the same package go down to the minimum.
# Seen: Yogi [nan, nan], Adam [-0.005, -0.076], SGD [1e-05, 3e-05] after 50 steps.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6 scipy==1.17.1
"$folder/venv/bin/pip" install --quiet --no-deps torchium==0.1.5
"$folder/venv/bin/python" - <<'PYTHON'
import torch
from torchium import optimizers


def run(cls):
    p = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
    optimizer = cls([p], lr=0.1)
    for _ in range(50):
        optimizer.zero_grad()
        (p**2).sum().backward()
        optimizer.step()
    return p.detach()


ends = {name: run(getattr(optimizers, name)) for name in ("Yogi", "Adam", "SGD")}
for name, end in ends.items():
    print(name, end.tolist())
yogi, adam, sgd = ends.values()
raise SystemExit(0 if yogi.isnan().all() and max(adam.norm(), sgd.norm()) < 0.1 else 1)
PYTHON
