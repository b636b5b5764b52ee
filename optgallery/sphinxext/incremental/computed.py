"""What directives show of runs that no script has made: matrices, animations and comparisons.

Matrices are computed when all pages are read: they need processes, and their pages need not be read
again when a cell changes. Files are kept in a folder beside Sphinx's doctrees.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from multiprocessing import parent_process
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError

from optgallery.analysis.comparing import compare
from optgallery.analysis.comparison import Comparison
from optgallery.cache.fingerprint import UnidentifiableError, digest, sources
from optgallery.cache.store import Store, StoreError, default_store
from optgallery.functions import FUNCTIONS
from optgallery.functions.isolation import isolated
from optgallery.optim import OPTIMIZERS
from optgallery.parallel.distribution import without_progress
from optgallery.plot import page_figure
from optgallery.render.animation import Animation, animate
from optgallery.sphinxext.incremental import known
from optgallery.sphinxext.incremental.dependencies import Entries, identify
from optgallery.sphinxext.incremental.gallery import scripts_run
from optgallery.sphinxext.incremental.matrices import Content
from optgallery.sphinxext.incremental.page_notes import PageNotes
from optgallery.sphinxext.incremental.pictures import draw_tiles, drawn
from optgallery.sphinxext.incremental.records import package_state
from optgallery.sphinxext.incremental.site_files import write
from optgallery.sweeps.sweep import LEARNING_RATES, Sweep, plan, sweep

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_PAGE_WIDTH = 4.0
"""The width of a figure in a web page in inches: the text can be read where 320 px are left."""


class RunsAsked(NamedTuple):
    """The runs that a directive asks for, by names or references such as ``my_pkg:MyOpt``."""

    optimizers: tuple[str, ...]
    functions: tuple[str, ...]
    lrs: tuple[float, ...]
    steps: int

    @property
    def entries(self) -> Entries:
        """What the runs depend on."""
        return Entries(self.optimizers, self.functions)

    def check(self) -> None:
        """Raise a ValueError or a TypeError that says which name or number is wrong."""
        plan(*self._arguments(), steps=self.steps)

    def sweep(self, store: Store, jobs: int | None = None) -> Sweep:
        """Compute the runs that are not in the store."""
        with quiet():
            swept: Sweep = sweep(*self._arguments(), steps=self.steps, store=store, jobs=jobs)
        return swept

    def compare(self, store: Store, starts: int) -> Comparison:
        """Compare the optimizers on the problems, with as many evaluations as there are steps."""
        given: dict[str, Any] = {"starts": starts, "budget": self.steps}
        with quiet():
            return compare(*self._arguments(), **given, store=store, jobs=jobs_here())

    def state(self, *further: Any) -> str:
        """Return a digest of all that the runs and their pictures depend on.

        Raises
        ------
        UnidentifiableError
            If it cannot be determined, as for a lambda in ``conf.py``.
        """
        named = [(OPTIMIZERS, name) for name in self.optimizers]
        identities = [identify(*pair) for pair in named]
        identities += [identify(FUNCTIONS, name) for name in self.functions]
        return digest(package_state(), sources(__name__), identities, self, *further)

    def _arguments(self) -> tuple[Any, ...]:
        optimizers = known.entries(OPTIMIZERS, self.optimizers)
        # rates are refused where no optimizer has one
        has_rates = any(spec.own_axis is None for spec in optimizers)
        lrs = self.lrs if has_rates else LEARNING_RATES
        return optimizers, known.entries(FUNCTIONS, self.functions), lrs


MATRICES_ASKED: PageNotes[list[RunsAsked]] = PageNotes("matrices_asked")
"""The matrices that directives of each page ask for."""

NOT_COMPUTED: PageNotes[None] = PageNotes("not_computed")
"""The pages whose animations or comparisons were not computed when they were read."""


def folder_of(env: BuildEnvironment) -> Path:
    """Return the folder of the files."""
    return Path(env.doctreedir, "optgallery")


def matrix_file(env: BuildEnvironment, asked: RunsAsked) -> Path:
    """Return the path of the file of a matrix."""
    return folder_of(env) / f"matrix_{digest(asked)[:16]}.json"


def ask_for_matrix(env: BuildEnvironment, docname: str, asked: RunsAsked) -> Path:
    """Record that a page shows a matrix; return the path of its file, which is written later."""
    MATRICES_ASKED.of(env).setdefault(docname, []).append(asked)
    return matrix_file(env, asked)


def compute_matrices(app: Sphinx, env: BuildEnvironment) -> None:
    """Compute the matrices whose runs have changed, and delete those that no page shows."""
    pages = MATRICES_ASKED.of(env).values()
    asked = {matrix_file(env, each): each for page in pages for each in page}
    for path in folder_of(env).glob("matrix_*.json"):
        if path not in asked:
            path.unlink()
    if not asked or not scripts_run(app.config):
        return
    states: dict[str, str | None] = getattr(env, "optgallery_matrix_states", {})
    now = {path.name: _state(each) for path, each in asked.items()}
    with open_store() as store:
        for path, each in asked.items():
            state = now[path.name]
            if state is not None and states.get(path.name) == state and _is_whole(path, store):
                continue
            swept = each.sweep(store)
            draw_tiles(list(swept.values()), store)
            content = Content.of(swept, store)
            if content.failed:  # the machine may be the cause: run again in the next build
                now[path.name] = None
            content.write(path)
    env.optgallery_matrix_states = now  # type: ignore[attr-defined]


def pages_to_compute(app: Sphinx, env: BuildEnvironment, *_changes: set[str]) -> list[str]:
    """Return the pages to be read again, because their runs were not computed the last time."""
    return sorted(NOT_COMPUTED.of(env)) if scripts_run(app.config) else []


def write_animation(env: BuildEnvironment, asked: RunsAsked) -> tuple[Animation, Path, Path]:
    """Run one optimizer on one function at one rate, and write its GIF and its poster."""
    with open_store() as store, isolated():
        (run,) = asked.sweep(store, jobs=1).values()
        animation = animate(run)
        files = drawn(animation, store)
    name = digest(files.gif)[:16]
    gif = folder_of(env) / f"animation_{name}.gif"
    poster = gif.with_name(f"animation_{name}_poster.png")
    write(gif, files.gif)
    write(poster, files.png)
    return animation, gif, poster


class FigureFiles(NamedTuple):
    """A figure inside a web page, and the files of it for documents."""

    svg: str
    """An element of a page, whose colours it takes."""
    path: Path
    """The path of the SVG; a PNG of the same name is beside it."""


def write_figure(
    env: BuildEnvironment,
    name: str,
    state: str | None,
    draw: Callable[["Axes"], object],
    *,
    words: str,
    height: float,
) -> FigureFiles:
    """Draw a figure, or take it from the store, for web pages and as files for documents.

    Parameters
    ----------
    env : BuildEnvironment
    name : str
        The name of the files, which does not change when the figure does.
    state : str or None
        A digest of what the figure depends on; None if it is to be drawn in any case.
    draw : callable
        Draws it into axes.
    words : str
        What it shows, for those who cannot see it.
    height : float
        The height in a web page, in inches.
    """
    drawn_as: dict[str, Callable[[], bytes]] = {
        kind: partial(_figure, kind, name, draw) for kind in ("svg", "png")
    }
    drawn_as["page"] = partial(_figure_in_page, name, draw, words, height)
    with open_store() as store:
        contents = {
            kind: make() if state is None else store.get_or_compute(digest(state, kind), make)
            for kind, make in drawn_as.items()
        }
    path = folder_of(env) / f"{name}.svg"
    for kind in ("svg", "png"):
        write(path.with_suffix(f".{kind}"), contents[kind])
    return FigureFiles(contents["page"].decode(), path)


def _figure(kind: str, salt: str, draw: Callable[["Axes"], object]) -> bytes:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    content = BytesIO()
    with rc_context({"svg.hashsalt": salt}):  # the same bytes for the same figure
        figure = Figure(figsize=(6.4, 4.0), layout="constrained")
        draw(figure.subplots())
        metadata = {"Date": None} if kind == "svg" else {"Software": None}
        figure.savefig(content, format=kind, dpi=200, metadata=metadata)
    return content.getvalue()


def _figure_in_page(
    name: str, draw: Callable[["Axes"], object], words: str, height: float
) -> bytes:
    colors = {"faint": "var(--og-border)", "ground": "var(--og-background)"}
    svg = page_figure.figure(draw, words, (_PAGE_WIDTH, height), name=name, **colors)
    return svg.encode()


@contextmanager
def open_store() -> Iterator[Store]:
    """Yield the store, or end the build with a sentence that says why it cannot be used."""
    store = default_store()
    try:
        store.check()
        yield store
    except StoreError as error:
        raise ExtensionError(str(error.strerror)) from error


@contextmanager
def quiet() -> Iterator[None]:
    """Show no progress, and leave failed runs to the report at the end of the build."""
    with without_progress(), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


def jobs_here() -> int | None:
    """Return the number of processes for `compare`: one in a process that Sphinx has started."""
    return None if parent_process() is None else 1


def _is_whole(path: Path, store: Store) -> bool:
    """Whether the file of a matrix exists, and the store has its pictures."""
    return path.exists() and all(key in store for key in Content.read(path).pictures)


def _state(asked: RunsAsked) -> str | None:
    try:
        return asked.state()
    except UnidentifiableError:
        return None
