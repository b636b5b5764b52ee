"""The animation of a cell of a matrix, on the site and in a report, where there are thousands."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

TILE: Mapping[str, Any] = MappingProxyType({"size": 240, "frames": 30, "colors": 18, "levels": 8})
"""Settings of the animation.

There are two colours of the surface between any two contour lines; every border between colours
takes bytes, and at this size more of them are not seen. The palette has at most 128 rows.
"""
