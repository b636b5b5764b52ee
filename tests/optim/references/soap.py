from unittest import mock

import pytorch_optimizer
import torch

from references import Case


class InDoublePrecision(pytorch_optimizer.SOAP):
    """The package's SOAP, which casts to torch.float32 for the QR decomposition only."""

    def get_orthogonal_matrix_qr(self, *args, **kwargs):
        with mock.patch.object(torch, "float32", torch.float64):
            return super().get_orthogonal_matrix_qr(*args, **kwargs)


CASES = tuple(
    Case(
        optimizer="soap",
        setting=setting,
        package="pytorch_optimizer",
        reference=InDoublePrecision,
        hparams=hparams,
        settings=hparams,
        chaotic=("sphere",)
        if hparams == {"lr": 0.01}
        else (),  # the second eigenvector sees noise only
        why="the package decomposes in single precision whatever the parameters are in",
    )
    for setting, hparams in {
        "defaults": {},
        "lr 0.01": {"lr": 0.01},
        "other betas": {"betas": (0.9, 0.99)},
        "large eps": {"eps": 1e-2},
        "frequent turns": {"precondition_frequency": 3},
        "no axes": {"max_precondition_dim": 1},
        "weight decay": {"lr": 0.01, "weight_decay": 0.1},
    }.items()
)
