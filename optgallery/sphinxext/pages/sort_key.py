"""The order of pages within a gallery."""

from optgallery.functions import FUNCTIONS
from optgallery.optim import OPTIMIZERS


class RegistryOrder:
    """Sort key of sphinx-gallery: entries in the order of their registry, others by file name.

    Parameters
    ----------
    src_dir : str
        The gallery's folder; unused.
    """

    def __init__(self, src_dir: str) -> None:
        self.src_dir = src_dir

    def __call__(self, filename: str) -> tuple[int, str]:
        """Return the sort key of a script's file name."""
        for prefix, names in (("plot_opt_", list(OPTIMIZERS)), ("plot_fn_", list(FUNCTIONS))):
            name = filename.removeprefix(prefix).removesuffix(".py")
            if filename.startswith(prefix) and name in names:
                return names.index(name), filename
        return -1, filename
