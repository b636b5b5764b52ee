"""Directives that name runs: an animation, a matrix or a comparison without a script."""

import os
import re
from collections.abc import Callable, Iterable, Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast, get_args

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from optgallery.analysis.comparing import RATES
from optgallery.analysis.comparison import Comparison
from optgallery.analysis.problems import STARTS
from optgallery.cache.fingerprint import UnidentifiableError, digest
from optgallery.functions import TestFunction
from optgallery.optim import OptimizerSpec
from optgallery.plot.profile_curves import plot_profile
from optgallery.plot.rate_curves import plot_heatmap, plot_sensitivity
from optgallery.sphinxext.incremental import computed
from optgallery.sphinxext.incremental.computed import MATRICES_ASKED, NOT_COMPUTED, RunsAsked
from optgallery.sphinxext.incremental.gallery import scripts_run
from optgallery.sphinxext.incremental.project import Grid, grid_of
from optgallery.sphinxext.incremental.publish import note_matrix
from optgallery.sphinxext.incremental.rebuild import note_entries
from optgallery.sphinxext.pages.matrix_directives import (
    AnimationDirective,
    MatrixDirective,
    animation,
    matrix,
)
from optgallery.sphinxext.pages.matrix_html import View
from optgallery.sphinxext.pages.page_figure import page_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NOT_RUN = "Its runs were not computed in this build."

_FILE = re.compile(r"\.(gif|png|webp|jpe?g|svg|avif)$", re.IGNORECASE)


def names(text: str) -> tuple[str, ...]:
    """Read an option that lists names, separated by spaces or commas."""
    found = tuple(text.replace(",", " ").split())
    if not found:
        raise ValueError("at least one name is needed")
    return found


def rates(text: str) -> tuple[float, ...]:
    """Read an option that lists learning rates."""
    try:
        found = tuple(float(item) for item in names(text))
    except ValueError:
        raise ValueError(f"learning rates are numbers such as 0.01, got {text!r}") from None
    if wrong := [lr for lr in found if not (isfinite(lr) and lr > 0)]:
        raise ValueError(f"learning rates are positive and finite, got {wrong[0]}")
    return found


def steps(text: str) -> int:
    """Read an option that is a number of steps."""
    number = directives.nonnegative_int(text)
    if not number:
        raise ValueError("at least one step is needed, got 0")
    return number


def view(text: str) -> View:
    """Read an option that says whether cells show numbers or pictures."""
    return cast(View, directives.choice(text, get_args(View)))


class _RunsDirective(SphinxDirective):
    """A directive whose arguments are names of optimizers."""

    def asked(
        self, optimizers: Sequence[str], lrs: Sequence[float], number: int | None = None
    ) -> RunsAsked:
        """Return the runs that the options ask for; else those of the project's grid."""
        grid = grid_of(self.config)
        functions = self.options.get("functions") or tuple(map(_name, self.functions(grid)))
        asked = RunsAsked(
            tuple(optimizers) or tuple(map(_name, grid.optimizers)),
            functions,
            self.options.get("lrs") or tuple(lrs),
            number or self.options.get("steps") or grid.steps,
        )
        return self.checked(asked)

    def functions(self, grid: Grid) -> Iterable[TestFunction]:
        """Return the functions of a directive that names none."""
        return grid.functions

    def checked(self, asked: RunsAsked) -> RunsAsked:
        """Report a wrong name at the directive's line, and note what the page depends on."""
        try:
            asked.check()
        except (TypeError, ValueError) as error:
            raise self.error(f"{self.name}: {error}") from error
        note_entries(self.env, self.env.docname, asked.entries)
        return asked

    def not_run(self) -> list[nodes.Node]:
        """Return the words that stand for what was not computed."""
        NOT_COMPUTED.of(self.env)[self.env.docname] = None
        return [nodes.paragraph("", NOT_RUN, classes=["og-missing"])]

    def address(self, path: Path) -> str:
        """Return the path of a computed file as Sphinx takes it, relative to the source folder."""
        return f"/{Path(os.path.relpath(path, self.env.srcdir)).as_posix()}"


class AnimationOfRun(AnimationDirective, _RunsDirective):
    """Show an animation: of a file, or of a run that is named.

    ``.. animation:: path.gif`` shows a GIF; ``.. animation:: adamw beale 0.1`` computes the run.
    """

    option_spec: ClassVar[Any] = {**AnimationDirective.option_spec, "steps": steps}

    def run(self) -> list[nodes.Node]:
        """Return one animation node with its images."""
        if _FILE.search(self.arguments[0]):
            return self.of_file()
        given = self.arguments[0].split()
        if not 2 <= len(given) <= 3:
            raise self.error(
                "animation takes the path of a GIF, or an optimizer, a function and perhaps a "
                f"learning rate such as 'adamw beale 0.1'; got {self.arguments[0]!r}"
            )
        try:
            lrs = rates(given[2]) if len(given) == 3 else (0.01,)
        except ValueError as error:
            raise self.error(f"animation: {error}") from error
        grid = grid_of(self.config)
        number = self.options.get("steps") or grid.steps
        asked = self.checked(RunsAsked((given[0],), (given[1],), lrs, number))
        if not scripts_run(self.config):
            return self.not_run()
        shown, gif, poster = computed.write_animation(self.env, asked)
        node = animation(
            alt=self.options.get("alt", shown.alt),
            classes=self.options.get("class", []),
            loading="eager" if "eager" in self.options else "lazy",
        )
        for path in (gif, poster):
            node += nodes.image(uri=self.address(path), alt=node["alt"])
        self.set_source_info(node)
        return [node]

    def of_file(self) -> list[nodes.Node]:
        """Return the node of a GIF in the source folder."""
        if "alt" not in self.options:
            raise self.error(
                f"animation: {self.arguments[0]} needs a text for readers who cannot see it: add "
                "the option :alt:. It is made from data if the run is named instead, as in "
                "'.. animation:: adamw beale 0.1'"
            )
        roles = ("poster", "narrow", "narrow-poster")
        for uri in (self.arguments[0], *(self.options[r] for r in roles if r in self.options)):
            relative, path = self.env.relfn2path(uri)
            root = Path(self.env.srcdir).resolve()
            if not Path(path).resolve().is_relative_to(root):
                raise self.error(f"animation: {uri} is not in the source folder {root}")
            if not Path(path).exists() and scripts_run(self.config):
                raise self.error(f"animation: there is no file {relative}")
        return super().run()


class MatrixOfRuns(MatrixDirective, _RunsDirective):
    """Show a matrix: of a file that a script has written, or of runs that are named.

    ``.. trajectory-matrix:: adamw sgd`` computes the runs on the functions and at the rates of its
    options, or else of the project's grid.
    """

    required_arguments = 0
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[Any] = {"functions": names, "lrs": rates, "steps": steps, "view": view}

    def run(self) -> list[nodes.Node]:
        """Return one node."""
        given = self.arguments[0] if self.arguments else ""
        if given.endswith(".json"):
            return super().run()
        lrs = grid_of(self.config).lrs
        asked = self.asked(names(given) if given else (), lrs)
        path = computed.ask_for_matrix(self.env, self.env.docname, asked)
        note_matrix(self.env, self.env.docname, str(path))
        node = matrix(file=str(path), view=self.options.get("view"))
        self.set_source_info(node)
        return [node]


class ComparisonDirective(_RunsDirective):
    """Compare optimizers over functions, starts and learning rates: ``.. comparison:: adamw sgd``.

    It shows the data profile, a heat map of the share solved at each rate, or the sensitivity to
    the rate.
    """

    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[Any] = {
        "show": names,
        "functions": names,
        "lrs": rates,
        "starts": steps,
        "budget": steps,
        "class": directives.class_option,
    }

    def functions(self, grid: Grid) -> Iterable[TestFunction]:
        """Return those whose minimum is known, without which no cost can be stated."""
        if not (found := [fn for fn in grid.functions if fn.minimum is not None]):
            raise self.error(
                "comparison: no function of the project has a known minimum: name others with "
                ":functions:"
            )
        return found

    def run(self) -> list[nodes.Node]:
        """Return a figure for each that the option ``show`` lists."""
        shown = self.options.get("show", ("profile",))
        if unknown := [kind for kind in shown if kind not in _FIGURES]:
            raise self.error(f"comparison: :show: takes {', '.join(_FIGURES)}, got {unknown[0]!r}")
        given = names(self.arguments[0]) if self.arguments else ()
        asked = self.asked(given, RATES, self.options.get("budget"))
        if not scripts_run(self.config):
            return self.not_run()
        starts = self.options.get("starts", STARTS)
        with computed.open_store() as store:
            comparison = asked.compare(store, starts)
        found: list[nodes.Node] = []
        for kind in shown:
            draw, words = _FIGURES[kind]
            alt, rows = words(comparison), len(comparison.optimizers) if kind == "heatmap" else 0
            try:
                state = asked.state("comparison", kind, starts)
            except UnidentifiableError:
                state = None
            try:
                files = computed.write_figure(
                    self.env,
                    f"{kind}_{digest(asked, starts)[:16]}",
                    state,
                    lambda ax, draw=draw: draw(comparison, ax),  # type: ignore[misc]
                    words=alt,
                    height=max(3.0, 1.2 + 0.22 * rows),
                )
            except ValueError as error:
                raise self.error(f"comparison: {error}") from error
            node = page_figure(svg=files.svg, classes=self.options.get("class", []))
            uri = self.address(files.path.with_suffix(".*"))
            node += nodes.image(uri=uri, alt=alt)
            self.set_source_info(node)
            self.set_source_info(node[0])
            found.append(node)
        return found


def _profile(comparison: Comparison, ax: "Axes") -> None:
    profile = comparison.data_profile()
    plot_profile(profile, ax=ax)
    ax.set_title(f"Solved of {profile.problems} problems, each at its best rate", fontsize="medium")


def _sensitivity(comparison: Comparison, ax: "Axes") -> None:
    plot_sensitivity(comparison, ax=ax)
    # in one line it is longer than the axis of a small figure
    ax.set_ylabel("share of the way to\nthe minimum that remains")


def _of_problems(comparison: Comparison) -> str:
    best, solved = comparison.best_rates(), comparison.solved().values
    counts = []
    for name, spec, row in zip(comparison.names, comparison.optimizers, solved, strict=True):
        rate = best[spec.name]
        at = "without a learning rate" if rate is None else f"at learning rate {rate:g}"
        counts.append(f"{name} {row.max():.0f} {at}")
    return f"Of {len(comparison.problems)} problems, {', '.join(counts)} were solved."


def _by_rate(comparison: Comparison) -> str:
    solved = comparison.solved().values
    parts = []
    for name, spec, row in zip(comparison.names, comparison.optimizers, solved, strict=True):
        if not comparison.has_rate(spec.name):
            parts.append(f"{name} solves {row.max():.0f} without one")
            continue
        rate = comparison.lrs[int(row.argmax())]
        parts.append(f"{name} solves most, {row.max():.0f}, at {rate:g}")
    return f"Of {len(comparison.problems)} problems by learning rate: {'; '.join(parts)}."


_FIGURES: dict[str, tuple[Callable[[Comparison, "Axes"], object], Callable[[Comparison], str]]] = {
    "profile": (_profile, _of_problems),
    "heatmap": (lambda c, ax: plot_heatmap(c, ax=ax), _by_rate),
    "sensitivity": (_sensitivity, _by_rate),
}


def _name(entry: OptimizerSpec | TestFunction) -> str:
    return entry.name


def replace_missing(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """Replace matrices that were not computed by words that say so."""
    for node in list(doctree.findall(matrix)):
        if not Path(app.srcdir, node["file"]).exists():
            node.replace_self(nodes.paragraph("", NOT_RUN, classes=["og-missing"]))


def add_run_directives(app: Sphinx) -> None:
    """Register the directives, and compute their matrices after all pages are read."""
    app.add_directive("animation", AnimationOfRun)
    app.add_directive("trajectory-matrix", MatrixOfRuns)
    app.add_directive("comparison", ComparisonDirective)
    app.connect("env-get-outdated", computed.pages_to_compute)
    # before the pages with new cells are looked for
    app.connect("env-updated", computed.compute_matrices, priority=400)
    app.connect("doctree-resolved", replace_missing, priority=400)
    for notes in (MATRICES_ASKED, NOT_COMPUTED):
        notes.connect(app)
