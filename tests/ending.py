"""An optimizer that ends its process, like a crash in compiled code."""

import os
import signal

import torch

from optgallery import OptimizerSpec

REASONS = {
    9: "exit code 9",
    "SIGSEGV": "segmentation fault (SIGSEGV)",
    "SIGKILL": "killed (SIGKILL), as the system does when memory runs out",
}


class Ending(torch.optim.SGD):
    """SGD that ends its process in its second step, at one learning rate or at all of them."""

    def __init__(self, params, lr, how, at=None):
        super().__init__(params, lr=lr)
        self.how, self.at, self.steps = how, at, 0

    def step(self, closure=None):
        self.steps += 1
        if self.steps == 2 and self.at in (None, self.param_groups[0]["lr"]):
            if isinstance(self.how, str):
                os.kill(os.getpid(), getattr(signal, self.how))
            os._exit(self.how)
        return super().step(closure)


def ending(how, at=None, **capabilities):
    settings = {"how": how, "at": at}
    return OptimizerSpec(
        name="ending", title="Ending", cls=Ending, defaults=settings, **capabilities
    )
