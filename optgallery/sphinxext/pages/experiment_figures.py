"""Figures of the experiment and of maps, drawn once and kept in the store."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from optgallery.analysis.comparison import Comparison
from optgallery.analysis.trainability import Trainability
from optgallery.cache.atomic_write import write
from optgallery.cache.fingerprint import digest, sources
from optgallery.cache.store import default_store
from optgallery.plot.maps import plot_trainability
from optgallery.plot.profile_curves import plot_profile
from optgallery.plot.rate_curves import plot_sensitivity

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FOLDER = "compare/images"
"""Where they are written, in the folder of the sources."""


def profile(sources_folder: Path, comparison: Comparison, rate: str) -> str:
    """Draw the data profiles of a comparison at one rate, or at the best of each optimizer.

    Parameters
    ----------
    sources_folder : Path
        The folder of the sources.
    comparison : Comparison
    rate : str
        A number, or ``"best"``.

    Returns
    -------
    str
        The path of the figure in the folder of the sources.

    Raises
    ------
    ValueError
        If it has no such rate.
    """
    shown = comparison.data_profile("best" if rate == "best" else float(rate))
    words = "each at its typical rate" if rate == "best" else f"all at learning rate {rate}"

    def draw(ax: "Axes") -> None:
        plot_profile(shown, ax=ax)
        ax.set_title(f"Solved of {shown.problems} problems, {words}", fontsize="medium")

    key = digest("profile", sources(__name__), rate, list(shown.names), shown.at, shown.shares)
    return _drawn(sources_folder, f"profile-{rate}-{key[:8]}", key, draw)


def sensitivity(sources_folder: Path, comparison: Comparison) -> str:
    """Draw what remains of the way to the minimum, against the rate.

    Returns
    -------
    str
        The path of the figure in the folder of the sources.
    """
    names = [spec.name for spec in comparison.optimizers]
    remaining = comparison.remaining()
    key = digest("sensitivity", sources(__name__), names, list(comparison.lrs), remaining)
    return _drawn(
        sources_folder, f"rates-{names[0]}", key, lambda ax: plot_sensitivity(comparison, ax=ax)
    )


def trainability(sources_folder: Path, found: Trainability) -> str:
    """Draw the pairs of two hyper-parameters that converge on a function.

    Returns
    -------
    str
        The path of the figure in the folder of the sources.
    """
    fn = found.problem.fn
    key = digest("trainability", sources(__name__), found.title, found.x, found.y, found.measure)
    name = f"trainability-{fn.name}"
    return _drawn(
        sources_folder, name, key, lambda ax: plot_trainability(found, ax=ax), size=(5.6, 4.8)
    )


def _drawn(
    folder: Path,
    name: str,
    key: str,
    draw: Callable[["Axes"], object],
    *,
    size: tuple[float, float] = (6.4, 4.0),
) -> str:
    """Write a figure that is in the store, or is drawn now; the size is in inches."""

    def svg() -> bytes:
        from matplotlib import rc_context
        from matplotlib.figure import Figure

        content = BytesIO()
        # the same bytes for the same figure
        with rc_context({"svg.hashsalt": key}):
            figure = Figure(figsize=size, layout="constrained")
            draw(figure.subplots())
            figure.savefig(content, format="svg", metadata={"Date": None})
        return content.getvalue()

    path = folder / FOLDER / f"{name}.svg"
    content = default_store().get_or_compute(key, svg)
    if not path.exists() or path.read_bytes() != content:  # else Sphinx would copy it again
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, content)
    return f"/{FOLDER}/{path.name}"
