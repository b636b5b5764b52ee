#!/usr/bin/env bash
# pytorch-optimizer 4.1.0, optax 0.2.8, torch 2.13.0: SimplifiedAdEMAMix divides by the root of the bias
# correction, 1 - beta2^t, where the authors' code and optax multiply by it, and averages gradients that
# they sum. With lr 0.001, betas (0.9, 0.999), alpha 10 and the gradient 1 the first step is 918 times as
# long as optax's; with alpha 0 it is 100 times as long, and steps then shrink, where optax's grow.
# Seen: alpha 10: steps 10.1, 5.1, 3.43, optax 0.011, 0.0119, 0.0127; alpha 0: 0.1, 0.095, 0.0904, optax
# 0.001, 0.0019, 0.00271.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6 pytorch-optimizer==4.1.0 optax==0.2.8 jax==0.10.2
"$folder/venv/bin/python" - <<'PYTHON'
import jax
import optax
import torch
from pytorch_optimizer import SimplifiedAdEMAMix

jax.config.update("jax_enable_x64", True)
STEPS = 3


def of_pytorch_optimizer(alpha):
    p = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer = SimplifiedAdEMAMix(
        [p], lr=0.001, betas=(0.9, 0.999), alpha=alpha, foreach=False
    )
    for _ in range(STEPS):
        before = p.item()
        p.grad = torch.ones_like(p)
        optimizer.step()
        yield before - p.item()


def of_optax(alpha):
    rule = optax.contrib.simplified_ademamix(0.001, b1=0.9, b2=0.999, alpha=alpha)
    x = jax.numpy.zeros(1)
    state = rule.init(x)
    for _ in range(STEPS):
        update, state = rule.update(jax.numpy.ones(1), state, x)
        yield -float(update[0])


lengths = {}
for alpha in (10.0, 0.0):
    for steps in (of_pytorch_optimizer, of_optax):
        lengths[steps, alpha] = list(steps(alpha))
        shown = ", ".join(f"{length:.3g}" for length in lengths[steps, alpha])
        print(f"{steps.__name__}, alpha {alpha:g}: steps {shown}")
much = lengths[of_pytorch_optimizer, 10.0][0] / lengths[of_optax, 10.0][0]
first, *_, last = lengths[of_pytorch_optimizer, 0.0]
grows = lengths[of_optax, 0.0][-1] > lengths[of_optax, 0.0][0]
raise SystemExit(0 if much > 900 and last < first and grows else 1)
PYTHON
