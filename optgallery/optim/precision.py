"""Half precision: updates and state are in float32, and parameters are rounded afterwards."""

import torch
from torch import Tensor

HALF = (torch.float16, torch.bfloat16)


def in_single_precision(T: Tensor) -> Tensor:
    """Return a tensor in float32 or higher: in half precision squares overflow, averages stall."""
    return T.float() if T.dtype in HALF else T
