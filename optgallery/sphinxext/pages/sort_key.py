"""The order of pages within a gallery."""

from optgallery.functions import FUNCTIONS
from optgallery.optim import OPTIMIZERS

FIRST_STORIES = (
    "plot_0_three_rates",
    "plot_momentum",
    "plot_ravine",
    "plot_warm_up",
    "plot_weight_decay",
    "plot_curvature",
)
"""The stories for those who begin, in their order; all others come after them."""


class RegistryOrder:
    """Sort key of sphinx-gallery: entries in the order of their registry, others by file name.

    Before all others come the first stories, in their order.

    Parameters
    ----------
    src_dir : str
        The gallery's folder; unused.
    """

    def __init__(self, src_dir: str) -> None:
        self.src_dir = src_dir

    def __call__(self, filename: str) -> tuple[int, str]:
        """Return the sort key of a script's file name."""
        stem = filename.removesuffix(".py")
        if stem in FIRST_STORIES:
            return FIRST_STORIES.index(stem) - len(FIRST_STORIES) - 1, filename
        for prefix, names in (("plot_opt_", list(OPTIMIZERS)), ("plot_fn_", list(FUNCTIONS))):
            name = stem.removeprefix(prefix)
            if filename.startswith(prefix) and name in names:
                return names.index(name), filename
        return -1, filename
