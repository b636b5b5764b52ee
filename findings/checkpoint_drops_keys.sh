#!/usr/bin/env bash
# torch 2.13.0: torch.distributed.checkpoint's get_optimizer_state_dict keeps "state" and
# "param_groups" of an optimizer's state_dict() and drops every other key without a warning, such as
# the state of a random generator. What set_optimizer_state_dict then hands to load_state_dict() lacks
# it; torch.save of the same state_dict keeps it. Seen: keys before ['generator', 'param_groups',
# 'state'], after ['param_groups', 'state'].
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import torch
from torch.distributed.checkpoint.state_dict import (
    get_optimizer_state_dict,
    set_optimizer_state_dict,
)


class Noisy(torch.optim.SGD):
    """Keep a random generator whose state travels in the state_dict."""

    def __init__(self, params, lr=0.1):
        super().__init__(params, lr=lr)
        self.generator = torch.Generator()

    def state_dict(self):
        return {**super().state_dict(), "generator": self.generator.get_state()}

    def load_state_dict(self, state_dict):
        loaded.append(sorted(state_dict))
        super().load_state_dict(state_dict)


loaded = []
model = torch.nn.Linear(2, 1)
optimizer = Noisy(model.parameters())
before = sorted(optimizer.state_dict())
after = get_optimizer_state_dict(model, optimizer)
set_optimizer_state_dict(model, optimizer, after)
print("keys before:", before)
print("keys after: ", sorted(after))
print("keys loaded:", loaded)
gone = "generator" in before and "generator" not in after
raise SystemExit(0 if gone and all("generator" not in keys for keys in loaded) else 1)
PYTHON
