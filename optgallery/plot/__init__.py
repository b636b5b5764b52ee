"""Static plots on matplotlib axes: surfaces, paths, losses, rates, comparisons, test_optim()."""

from optgallery.plot.curvature import plot_stability
from optgallery.plot.learning_rates import plot_lrs
from optgallery.plot.losses import plot_loss
from optgallery.plot.maps import plot_basins, plot_trainability
from optgallery.plot.matrices import plot_singular_values
from optgallery.plot.paths import plot_path
from optgallery.plot.profile_curves import plot_log_ratio, plot_profile
from optgallery.plot.rate_curves import plot_heatmap, plot_sensitivity
from optgallery.plot.surfaces import plot_surface, plot_surface_3d
from optgallery.plot.torchopt import test_optim
from optgallery.plot.transfers import plot_rate_transfer

__all__ = [
    "plot_basins",
    "plot_heatmap",
    "plot_log_ratio",
    "plot_loss",
    "plot_lrs",
    "plot_path",
    "plot_profile",
    "plot_rate_transfer",
    "plot_sensitivity",
    "plot_singular_values",
    "plot_stability",
    "plot_surface",
    "plot_surface_3d",
    "plot_trainability",
    "test_optim",
]
