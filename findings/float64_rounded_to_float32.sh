#!/usr/bin/env bash
# torch-optimizer 0.3.0, torch 2.13.0: RAdam updates parameters in float64 in float32 and writes them
# back, without a word. The dtype stays float64, and every point after the start is a float32 number.
# Yogi of the same package and Adam of torch keep all digits. Seen: RAdam True, Yogi False, Adam False.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6 torch-optimizer==0.3.0
"$folder/venv/bin/python" - <<'PYTHON'
import warnings

warnings.simplefilter("ignore")

import torch
import torch_optimizer


def holds_float32(cls):
    """Say whether all points after the start survive a round trip through float32."""
    p = torch.nn.Parameter(torch.tensor([1 / 3, 2 / 7], dtype=torch.float64))
    optimizer, points = cls([p], lr=0.1), []
    for _ in range(5):
        optimizer.zero_grad()
        (p**2).sum().backward()
        optimizer.step()
        points.append(p.detach().clone())
    points = torch.stack(points)
    return bool((points == points.float().double()).all())


seen = {
    "torch_optimizer.RAdam": holds_float32(torch_optimizer.RAdam),
    "torch_optimizer.Yogi": holds_float32(torch_optimizer.Yogi),
    "torch.optim.Adam": holds_float32(torch.optim.Adam),
}
for name, rounded in seen.items():
    print(f"{name}: every point is a float32: {rounded}")
raise SystemExit(0 if list(seen.values()) == [True, False, False] else 1)
PYTHON
