#!/usr/bin/env bash
# schedulefree 1.4.1, torch 2.13.0: looking at the average in the middle of a run changes the run.
# eval() and train() undo one another by interpolation, in floating point: each pair moves the
# parameters by a rounding error, so that a loop which evaluates in between takes another path than
# one that does not. Seen: 400 steps of SGDScheduleFree on Rosenbrock in float64 end at
# (-0.6005157130933024, 0.3696159912694) without and (-0.6005157130933065, 0.3696159912695) with it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6 schedulefree==1.4.1
"$folder/venv/bin/python" - <<'PYTHON'
import torch
from schedulefree import SGDScheduleFree


def run(look):
    p = torch.nn.Parameter(torch.tensor([-1.2, 1.0], dtype=torch.float64))
    optimizer = SGDScheduleFree([p], lr=0.002)
    optimizer.train()
    for _ in range(400):
        optimizer.zero_grad()
        (100 * (p[1] - p[0] ** 2) ** 2 + (1 - p[0]) ** 2).backward()
        optimizer.step()
        if look:
            optimizer.eval()
            optimizer.train()
    optimizer.eval()
    return p.tolist()


plain, looked = run(look=False), run(look=True)
print("without a look:", plain)
print("with a look:   ", looked)
close = all(abs(a - b) < 1e-9 for a, b in zip(plain, looked))
raise SystemExit(0 if plain != looked and close else 1)
PYTHON
