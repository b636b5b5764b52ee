"""Half precision: updates and their state are kept in float32, and parameters rounded to it."""

import torch
from torch import Tensor

HALF = (torch.float16, torch.bfloat16)


def in_single_precision(T: Tensor) -> Tensor:
    """Return the tensor in single precision at least: squares overflow and means stall in half."""
    return T.float() if T.dtype in HALF else T
