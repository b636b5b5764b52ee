"""Arrays as images of Pillow's C core, which works on small ones much faster than NumPy does.

A GIF consists of some hundred rectangles of a few hundred pixels. For these, the checks and copies
of ``PIL.Image`` and the overhead of an operation in NumPy take several times as long as the work.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import _imaging

_RAW = ("raw", 0, ("L", 0, 1))  # how Pillow reads the rows of an array of bytes


def mapped(pixels: NDArray[np.uint8] | NDArray[np.bool_]) -> Any:
    """Return a grey image that shares the memory of an array of bytes of shape (height, width)."""
    height, width = pixels.shape
    return _imaging.map_buffer(np.ascontiguousarray(pixels), (width, height), *_RAW)
