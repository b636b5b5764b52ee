import pytorch_optimizer
import torch
from adapters import eps_beside_the_corrected_root

from references import Case


class Corrected(eps_beside_the_corrected_root(pytorch_optimizer.MARS)):
    """With g_0 = g_1, as in the paper, instead of 0."""

    def step(self):
        if not self.state:
            for group in self.param_groups:
                for p in group["params"]:
                    zero = torch.zeros_like(p)
                    self.state[p] = {"exp_avg": zero, "exp_avg_sq": zero.clone()}
                    self.state[p]["last_grad"] = p.grad.clone()
        super().step()


CASES = tuple(
    Case(
        optimizer="mars",
        setting=setting,
        package="pytorch_optimizer",
        reference=Corrected,
        hparams=hparams,
        settings={"eps": 1e-8, **hparams, "optimize_1d": True},
        why="the package leaves vectors to AdamW unless told otherwise, takes the gradient before "
        "the first for 0, corrects the bias of the root and eps together, and adds 1e-15 under it",
    )
    for setting, hparams in {
        "defaults": {},
        "lr 0.01": {"lr": 0.01},
        "large eps": {"eps": 1e-2},
        "full correction": {"gamma": 1.0, "betas": (0.9, 0.999)},
        "weight decay": {"weight_decay": 0.1},
    }.items()
)
