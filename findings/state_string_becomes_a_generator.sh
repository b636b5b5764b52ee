#!/usr/bin/env bash
# torch 2.13.0: Optimizer.load_state_dict copies every iterable in a parameter's state as
# type(value)(generator of its members). For a string that is the text of the generator object itself.
# No error and no warning: an optimizer that keeps its phase, "warm-up" or "averaging", in its state
# resumes from its own checkpoint in a phase that does not exist.
# Seen: saved 'averaging', loaded '<generator object Optimizer.load_state_dict.<locals>._cast...'
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import torch


class TwoPhases(torch.optim.Optimizer):
    def __init__(self, params, lr=0.1):
        super().__init__(params, {"lr": lr})

    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p]["phase"] = "averaging"


p = torch.nn.Parameter(torch.zeros(2))
optimizer, resumed = TwoPhases([p]), TwoPhases([p])
optimizer.step()
resumed.load_state_dict(optimizer.state_dict())
saved, loaded = optimizer.state[p]["phase"], resumed.state[p]["phase"]
print("saved: ", repr(saved))
print("loaded:", repr(loaded))
raise SystemExit(0 if saved == "averaging" and loaded.startswith("<generator object") else 1)
PYTHON
