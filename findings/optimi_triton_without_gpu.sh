#!/usr/bin/env bash
# torch-optimi 0.3.3: where Triton can be imported, as with every CUDA build of torch, StableAdamW
# takes its Triton kernels for parameters on the CPU too and raises, on a machine without a GPU.
# The seven other classes tried ask for the device first. triton=False helps.
# Seen: "StableAdamW: RuntimeError: 0 active drivers ([]). There should only be one."
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6 triton==3.7.0 \
  torch-optimi==0.3.3 packaging==26.0
CUDA_VISIBLE_DEVICES="" "$folder/venv/bin/python" - <<'PYTHON'
import optimi
import torch


def outcome(cls, **settings):
    param = torch.nn.Parameter(torch.ones(2))
    optimizer = cls([param], lr=1e-3, **settings)
    param.grad = torch.ones(2)
    try:
        optimizer.step()
    except RuntimeError as error:
        return f"RuntimeError: {error}"
    return "a step"


others = [optimi.Adam, optimi.AdamW, optimi.Adan, optimi.Lion, optimi.RAdam, optimi.Ranger, optimi.SGD]
found = {cls.__name__: outcome(cls) for cls in others}
default, without = outcome(optimi.StableAdamW), outcome(optimi.StableAdamW, triton=False)
print(f"others: {', '.join(f'{name} {said}' for name, said in found.items())}")
print(f"StableAdamW: {default}")
print(f"StableAdamW(triton=False): {without}")
fine = set(found.values()) == {"a step"} and without == "a step"
raise SystemExit(0 if fine and default.startswith("RuntimeError: 0 active drivers") else 1)
PYTHON
