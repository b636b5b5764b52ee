"""Static plots on matplotlib axes: surfaces, paths, losses, and torchopt's test_optim()."""

from optgallery.plot.losses import plot_loss
from optgallery.plot.paths import plot_path
from optgallery.plot.surfaces import plot_surface, plot_surface_3d
from optgallery.plot.torchopt import test_optim

__all__ = ["plot_loss", "plot_path", "plot_surface", "plot_surface_3d", "test_optim"]
