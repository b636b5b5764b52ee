#!/usr/bin/env bash
# zij 0.1.1, torch 2.12.1: for a symmetric positive definite gradient, such as [[2, 1], [1, 2]], the polar
# factor is the identity, and PolarGrad's step -lr * trace * I. The package's step is turned by 26 degrees:
# its QDWH iteration solves with an upper triangular matrix as if it were a lower one.
# Seen: [[-3.207, 1.594], [-1.594, -3.207]] at lr 1; with method="polar_express" [[-4, 0], [0, -4]], nearly.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.12.1 numpy==2.4.6 zij==0.1.1
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import torch
from zij import PolarGrad


def step(method):
    W = torch.nn.Parameter(torch.zeros(2, 2, dtype=torch.float64))
    W.grad = torch.tensor([[2.0, 1.0], [1.0, 2.0]], dtype=torch.float64)
    PolarGrad([W], lr=1.0, momentum=0.0, method=method, inner_steps=20).step()
    print(method, W.tolist())
    return W.detach()


def turned(W):
    return (W[0, 1].abs() / W[0, 0].abs()).item()


raise SystemExit(0 if turned(step("qdwh")) > 0.4 and turned(step("polar_express")) < 0.05 else 1)
PYTHON
