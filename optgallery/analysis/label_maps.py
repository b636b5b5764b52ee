"""Maps of labels on a grid: the entropy of the labels, and the roughness of their boundaries."""

from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optgallery.arguments import check_whole

Labels = NDArray[np.integer[Any]]


def box_entropies(labels: Labels, side: int = 5) -> NDArray[np.float64]:
    r"""Return the entropy of the labels in each box of a map.

    Boxes are adjacent squares, beginning at the first pixel; incomplete ones are left out. The
    entropy of a box is :math:`-\sum_j p_j \ln p_j` with the share :math:`p_j` of label j.

    Parameters
    ----------
    labels : int array of shape (rows, columns)
    side : int
        Side of the boxes in pixels, at least 2 and at most the shorter side of the map.

    Returns
    -------
    array of shape (rows // side, columns // side)

    Examples
    --------
    >>> box_entropies(np.array([[0, 0, 1, 1], [0, 0, 0, 0]]), 2).round(3).tolist()
    [[0.0, 0.693]]
    """
    side = check_whole("side", side, 2, min(labels.shape))
    rows, columns = (n // side for n in labels.shape)
    cut = labels[: rows * side, : columns * side]
    boxes = cut.reshape(rows, side, columns, side).swapaxes(1, 2).reshape(rows, columns, -1)
    entropy = np.zeros((rows, columns))
    for label in np.unique(cut):
        share = (boxes == label).mean(-1)
        entropy -= share * np.log(np.where(share > 0, share, 1.0))
    return entropy


def basin_entropy(labels: Labels, side: int = 5) -> float:
    """Return the mean entropy of the boxes of a map: 0 if each box has one label.

    Parameters
    ----------
    labels, side
        As for `box_entropies`.

    References
    ----------
    Daza, Wagemakers, Georgeot, Guéry-Odelin and Sanjuán (2016), Basin entropy: a new tool to
    analyze uncertainty in dynamical systems, Scientific Reports 6, doi:10.1038/srep31416.
    """
    return float(box_entropies(labels, side).mean())


def boundary_entropy(labels: Labels, side: int = 5) -> float:
    r"""Return the mean entropy of the boxes with two labels or more.

    Above :math:`\ln 2` the boundary is fractal. A smooth boundary has 0.400, the mean over straight
    lines in all directions through a square; the value 0.4395 of Puy et al. is for round boxes.

    Parameters
    ----------
    labels, side
        As for `box_entropies`.

    Returns
    -------
    float
        NaN if no box has two labels or more.

    References
    ----------
    Daza et al. (2016), as above. Puy, Daza, Wagemakers and Sanjuán (2021), A test for fractal
    boundaries based on the basin entropy, Communications in Nonlinear Science and Numerical
    Simulation 95, doi:10.1016/j.cnsns.2020.105588.
    """
    entropies = box_entropies(labels, side)
    mixed = entropies[entropies > 0.5 * log(side**2) / side**2]
    return float(mixed.mean()) if mixed.size else float("nan")


def uncertain_share(labels: Labels, distance: int) -> float:
    """Return the share of pixels that have a different label at a distance along an axis.

    Parameters
    ----------
    labels : int array of shape (rows, columns)
    distance : int
        Distance in pixels; pixels nearer to the edge of the map are left out.
    """
    e = check_whole("distance", distance, 1, (min(labels.shape) - 1) // 2)
    inner = labels[e:-e, e:-e]
    others = (
        labels[: -2 * e, e:-e],
        labels[2 * e :, e:-e],
        labels[e:-e, : -2 * e],
        labels[e:-e, 2 * e :],
    )
    return float(np.any([inner != other for other in others], axis=0).mean())


def uncertainty_exponent(labels: Labels) -> float:
    r"""Return the uncertainty exponent of a map.

    The share of uncertain starts grows as the power :math:`\epsilon^\alpha` of the uncertainty
    :math:`\epsilon` of a start. The exponent :math:`\alpha` is fitted over distances
    from one pixel to an eighth of the map: 1 for a smooth boundary, less for a fractal one, whose
    dimension is :math:`2 - \alpha`. With :math:`\alpha = 0.1`, halving the uncertain share requires
    starts that are a thousand times as accurate.

    Parameters
    ----------
    labels : int array of shape (rows, columns)

    Returns
    -------
    float
        NaN if the map has only one label.

    References
    ----------
    Grebogi, McDonald, Ott and Yorke (1983), Final state sensitivity: an obstruction to
    predictability, Physics Letters A 99, doi:10.1016/0375-9601(83)90945-3.
    """
    most = max(2, min(labels.shape) // 8)
    distances = np.unique(np.geomspace(1, most, 8).round().astype(int))
    shares = np.array([uncertain_share(labels, int(e)) for e in distances])
    if not shares.all():
        return float("nan")
    slope, _ = np.polyfit(np.log(distances), np.log(shares), 1)
    return float(slope)
