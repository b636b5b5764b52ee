"""Figures of the experiment and of maps, drawn once and kept in the store."""

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes

from optgallery.analysis.comparison import Comparison
from optgallery.analysis.profiles import LogRatio
from optgallery.analysis.trainability import Trainability
from optgallery.cache.atomic_write import write
from optgallery.cache.fingerprint import digest, sources
from optgallery.cache.store import default_store
from optgallery.plot.maps import plot_trainability
from optgallery.plot.profile_curves import plot_log_ratio, plot_profile
from optgallery.render.animation import animate
from optgallery.runs.trajectory import Trajectory
from optgallery.sphinxext.incremental.pictures import drawn
from optgallery.sphinxext.incremental.script_figures import FILE, Drawing
from optgallery.sphinxext.pages import script_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

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


def log_ratio(sources_folder: Path, name: str, ratio: LogRatio) -> str:
    """Draw by which factor one of two optimizers is faster, problem by problem.

    Parameters
    ----------
    sources_folder : Path
        The folder of the sources.
    name : str
        The name of the file.
    ratio : LogRatio

    Returns
    -------
    str
        The path of the figure in the folder of the sources.
    """
    key = digest("log ratio", sources(__name__), ratio.a, ratio.b, ratio.values, ratio.neither)
    return _drawn(sources_folder, f"ratio-{name}", key, lambda ax: plot_log_ratio(ratio, ax=ax))


def race(
    sources_folder: Path, name: str, runs: Sequence[Trajectory], **settings: Any
) -> tuple[str, str, str]:
    """Animate runs side by side, as the gallery's scripts do.

    Parameters
    ----------
    sources_folder : Path
        The folder of the sources.
    name : str
        The name of the files.
    runs : sequence of Trajectory
    **settings
        As `animate` takes them.

    Returns
    -------
    gif, poster, alt : str
        The paths of the animation and of its still in the folder of the sources, and its
        alternative text.
    """
    animation = animate(runs, **settings)
    files = drawn(animation, default_store())
    uris = [
        _written(sources_folder, f"race-{name}{suffix}", content)
        for suffix, content in ((".gif", files.gif), ("_poster.png", files.png))
    ]
    return uris[0], uris[1], animation.alt


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

    def figure() -> "Figure":
        from matplotlib.figure import Figure

        made = Figure(figsize=size, layout="constrained")
        draw(made.subplots())
        return made

    def svg() -> bytes:
        from matplotlib import rc_context

        content = BytesIO()
        # the same bytes for the same figure
        with rc_context({"svg.hashsalt": key}):
            figure().savefig(content, format="svg", metadata={"Date": None})
        return content.getvalue()

    uri = _written(folder, f"{name}.svg", default_store().get_or_compute(key, svg))
    Drawing.of(figure, key, name).write(folder / uri.lstrip("/"))
    return uri


def in_page(folder: Path, uri: str, alt: str) -> nodes.Element:
    """Return the node of a figure that is written, in the colours of the page.

    Parameters
    ----------
    folder : Path
        The folder of the sources.
    uri : str
        The path of the figure in it.
    alt : str
        What it shows, for those who cannot see it.

    Returns
    -------
    nodes.Element
    """
    file = uri.removesuffix(".svg") + FILE
    return script_figure.figure(folder / file.lstrip("/"), file, uri, alt)


def _written(folder: Path, name: str, content: bytes) -> str:
    """Write a file for Sphinx to copy, and return its path in the folder of the sources."""
    path = folder / FOLDER / name
    if not path.exists() or path.read_bytes() != content:  # else Sphinx would copy it again
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, content)
    return f"/{FOLDER}/{path.name}"
