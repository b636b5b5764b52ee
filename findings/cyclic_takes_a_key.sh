#!/usr/bin/env bash
# torch 2.13.0: CyclicLR.load_state_dict(state) removes "_scale_fn_custom" from the dictionary that
# it is given. The same checkpoint loaded a second time raises KeyError; the other schedulers that
# take keys out put them back. Seen: lost {'_scale_fn_custom'}, then KeyError: '_scale_fn_custom'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import torch
from torch.optim.lr_scheduler import CyclicLR


def scheduler():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1, momentum=0.9)
    return CyclicLR(optimizer, base_lr=0.01, max_lr=0.1)


state = scheduler().state_dict()
before = set(state)
scheduler().load_state_dict(state)
print("lost", before - set(state))
try:
    scheduler().load_state_dict(state)
except KeyError as error:
    print(f"KeyError: {error}")
    raise SystemExit(0 if before - set(state) == {"_scale_fn_custom"} else 1)
raise SystemExit(1)
PYTHON
