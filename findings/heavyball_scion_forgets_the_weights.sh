#!/usr/bin/env bash
# heavyball 3.2.1, torch 2.13.0: the first step of Scion replaces all parameters, even at lr 0: matrices
# become random orthogonal ones and vectors 0, so that a loaded model is lost. AdamW leaves them.
# Seen: Scion [[0.695, -0.132]] and [0.0, 0.0], AdamW [[3.0, 4.0]] and [3.0, 4.0], all from (3, 4).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6 heavyball==3.2.1
TORCHDYNAMO_DISABLE=1 "$folder/venv/bin/python" - <<'PYTHON'
import heavyball
import torch


def after_a_step_of_length_0(cls):
    matrix, vector = torch.tensor([[3.0, 4.0]]), torch.tensor([3.0, 4.0])
    params = [torch.nn.Parameter(matrix), torch.nn.Parameter(vector)]
    for p in params:
        p.grad = torch.ones_like(p)
    cls(params, lr=0.0, weight_decay=0.0).step()
    return [p.detach() for p in params]


scion, adamw = map(after_a_step_of_length_0, (heavyball.Scion, heavyball.AdamW))
print("Scion", *(p.tolist() for p in scion))
print("AdamW", *(p.tolist() for p in adamw))
kept = all(p.flatten().tolist() == [3, 4] for p in adamw)
raise SystemExit(0 if kept and scion[0].norm() < 1 and not scion[1].any() else 1)
PYTHON
