"""The style that tests of palettes and scenes share."""

from optgallery.render.colors import Look

LOOK = Look(
    cmap="viridis",
    colors=24,
    levels=10,
    labels=False,
    resolution=None,
    contour=(1.0, 1.0, 1.0, 0.5),
    start=(0.31, 0.31, 1.0, 0.5),
    end=(1.0, 0.31, 0.31, 1.0),
    line=(1.0, 0.0, 0.0, 1.0),
)
