"""Colours of the pictures of matrices: a colour for each path, on a plain ground or a surface."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from optgallery.render.colors import (
    ColorTables,
    Look,
    Table,
    blended,
    color_tables,
    colormap,
    distinct,
    nearest,
    table_of,
)

GROUND = (0.137, 0.149, 0.184, 1.0)
_GRID = 0.14  # share of white in the lines of the grid
_WHITE = (1.0, 1.0, 1.0, 1.0)
_DIM = 0.55  # share of white in the curve of every singular value but the largest
_PALEST = 0.3  # of the colormap: darker colours would not be seen on the ground
MAX_HUES = 8
"""The largest number of different colours of paths."""


@dataclass(frozen=True, eq=False)
class MatrixColors:
    """The palette of pictures of matrices, and tables of the results of blending.

    Attributes
    ----------
    rgb : uint8 array of shape (n, 3)
        The palette, at most 256 rows.
    base : ColorTables
        The tables of the surface and the text; its palette is the beginning of this one.
    ground, grid : int
        Indices of the plain ground and of the lines on it.
    lines : tuple of Table
        The index of each path's colour blended over each index, by coverage level.
    markers : tuple of Table
        The same for its marker, by ``rim * (LEVELS + 1) + fill``.
    curves : tuple of Table
        The same for the curve of the largest singular value, and for those of the others.
    """

    rgb: NDArray[np.uint8]
    base: ColorTables
    ground: int
    grid: int
    lines: tuple[Table, ...]
    markers: tuple[Table, ...]
    curves: tuple[Table, Table]


@lru_cache(maxsize=16)
def matrix_colors(look: Look, hues: int, *, surface: bool) -> MatrixColors:
    """Choose the palette of pictures of matrices.

    Parameters
    ----------
    look : Look
    hues : int
        The number of different colours of paths, 1 to `MAX_HUES`.
    surface : bool
        Whether some paths are drawn over a surface: then these have the colour of the look's line,
        which is the last of the colours. The colormap is that of the surface; otherwise it is that
        of the paths.
    """
    plain = replace(look, cmap=(GROUND, GROUND), colors=2, levels=0)
    base = color_tables(look if surface else plain)
    positions = np.linspace(1, _PALEST, hues)
    paths = [tuple(color) for color in colormap(look.cmap)(positions).tolist()]
    paths += [look.line] if surface else []
    ground = np.array([GROUND[:3]])
    grid = blended(ground, (*_WHITE[:3], _GRID), 3)
    dim = blended(ground, (*_WHITE[:3], _DIM), 3)
    seams = [blended(ground, color, level) for color in (*paths, _WHITE) for level in (1, 2)]
    seams += [blended(ground, (*dim[0], 1.0), level) for level in (1, 2)]
    seams += [blended(np.ones((1, 3)), color, 2) for color in paths]
    fixed = np.array([color[:3] for color in paths])
    table = distinct([base.rgb / 255, ground, grid, dim, fixed, *seams])[:256]
    rims = table_of(table, _WHITE)
    ends = [look.end if surface and color == look.line else color for color in paths]
    size = rims.shape[1]
    return MatrixColors(
        rgb=np.rint(table * 255).astype(np.uint8),
        base=base,
        ground=int(nearest(table, ground)[0]),
        grid=int(nearest(table, grid)[0]),
        lines=tuple(table_of(table, color) for color in paths),
        markers=tuple(
            table_of(table, color)[rims].reshape(len(table), size * size) for color in ends
        ),
        curves=(table_of(table, _WHITE), table_of(table, (*dim[0], 1.0))),
    )
