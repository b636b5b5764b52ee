"""Directives of the maps on the page of a test function."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from optgallery.analysis.basins import DIVERGED, NOT_ARRIVED, Basins
from optgallery.cache.store import default_store
from optgallery.functions import FUNCTIONS, TestFunction
from optgallery.optim import OPTIMIZERS
from optgallery.plot.maps import COLORS, percent
from optgallery.registry import UnknownNameError
from optgallery.sphinxext.incremental.dependencies import Entries
from optgallery.sphinxext.incremental.downloads import BASIN_MAPS, TRAINABILITY_MAP
from optgallery.sphinxext.incremental.gallery import scripts_run
from optgallery.sphinxext.incremental.rebuild import note_entries
from optgallery.sphinxext.incremental.site_files import write
from optgallery.sphinxext.pages import experiment_figures as figures
from optgallery.sphinxext.pages import function_maps as maps
from optgallery.sphinxext.pages import stored_maps
from optgallery.sphinxext.pages.experiment_record import Findings, findings, note_experiment

_USED = re.compile(rf"^\.\. ({BASIN_MAPS}|{TRAINABILITY_MAP})::[ \t]*(\w+)[ \t]*$", re.MULTILINE)
_COMPARED = "compare/index"
_SWATCHES = {NOT_ARRIVED: "lost", DIVERGED: "diverged", None: "others"}


class _MapDirective(SphinxDirective):
    """A map of a test function, which is computed when scripts are run."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return words and pictures, or only words if scripts are not run."""
        try:
            fn = FUNCTIONS[self.arguments[0]]
        except UnknownNameError as error:
            raise self.error(str(error)) from error
        if not scripts_run(self.config):
            words = f"Maps of {fn.title} are drawn when the gallery's scripts are run."
            return [nodes.paragraph("", words, classes=["og-missing"])]
        return self.shown(fn)

    def shown(self, fn: TestFunction) -> list[nodes.Node]:
        """Return words and pictures."""
        raise NotImplementedError


class BasinMaps(_MapDirective):
    """Show at which minimum runs end from each start, for several optimizers."""

    def shown(self, fn: TestFunction) -> list[nodes.Node]:
        """Return words, a figure for each optimizer, and the lines that draw one."""
        note_experiment(self.env)
        note_entries(self.env, self.env.docname, Entries(maps.SHOWN, (fn.name,)))
        found = findings(self.config, Path(self.env.srcdir))
        drawn = stored_maps.basin_maps(fn, found, default_store())
        mapped = [each.basins for each in drawn]
        if all((basins.labels == NOT_ARRIVED).all() for basins in mapped):
            return self.parse_text_to_nodes("\n".join(_words_without_maps(fn)))
        words = _words(fn, found, mapped, linked=_COMPARED in self.env.found_docs)
        grid = nodes.container(classes=["og-maps"])
        for each in drawn:
            grid += self._figure(fn, each)
        example = mapped[maps.SHOWN.index("adamw")]
        return [
            *self.parse_text_to_nodes("\n".join(words)),
            grid,
            *self.parse_text_to_nodes("\n".join(_lines(fn, example))),
        ]

    def _figure(self, fn: TestFunction, drawn: stored_maps.DrawnMap) -> nodes.figure:
        basins, content = drawn
        name = basins.optimizer.name
        page = PurePosixPath(self.env.docname).parent / "images" / f"basins_{fn.name}_{name}.png"
        path = Path(self.env.srcdir, page)
        if not path.exists() or path.read_bytes() != content:  # else Sphinx would copy it again
            path.parent.mkdir(parents=True, exist_ok=True)
            write(path, content)
        figure = nodes.figure()
        # the class keeps the theme from dimming the colours, which the legend names
        image = nodes.image(
            uri=f"/{page}", alt=maps.alternative_text(basins), classes=["dark-light"]
        )
        figure += image
        figure += self._caption(basins)
        legend = nodes.legend()
        listed = nodes.bullet_list()
        for share in maps.shares(basins):
            paragraph = nodes.paragraph()
            paragraph += nodes.inline(classes=["og-swatch", _swatch(share.label)])
            paragraph += nodes.Text(f" {_short(share)} {percent(share.share)}")
            listed += nodes.list_item("", paragraph)
        median = maps.median_evaluations(basins)
        if median is not None:
            words = f"half arrive within {median}"
            listed += nodes.list_item("", nodes.paragraph("", words))
        legend += listed
        figure += legend
        return figure

    def _caption(self, basins: Basins) -> nodes.caption:
        """Return the optimizer, linked to its page if there is one, and its rate."""
        spec, lr = basins.optimizer, basins.hparams["lr"]
        page = f"optimizers/plot_opt_{spec.name}"
        title = f":doc:`{spec.title} </{page}>`" if page in self.env.found_docs else spec.title
        inlines, _ = self.parse_inline(f"{title} at {lr:g}")
        return nodes.caption("", "", *inlines)


class TrainabilityMap(_MapDirective):
    """Show which pairs of learning rate and momentum converge."""

    def shown(self, fn: TestFunction) -> list[nodes.Node]:
        """Return words, a figure, and the lines that draw it."""
        note_entries(self.env, self.env.docname, Entries((maps.TRAINED,), (fn.name,)))
        if not maps.can_be_trained(fn):
            words = (
                f"{fn.title} has no known minimum and is not above 0 at its start, so that values "
                "cannot be compared with the first."
            )
            return [nodes.paragraph("", words)]
        found = stored_maps.trainability_map(fn, default_store())
        said = maps.convergence(found)
        title = OPTIMIZERS[maps.TRAINED].title
        sources = Path(self.env.srcdir)
        uri = figures.trainability(sources, found)
        alt = (
            f"Map of {title} on {fn.title}: learning rate against 1 - momentum; "
            f"{percent(said.share)} of the settings converge."
        )
        text = "\n".join(_convergence_words(fn, said))
        figure = figures.in_page(sources, uri, alt)
        code = f'og.plot_trainability(og.trainability("{maps.TRAINED}", "{fn.name}"))'
        return [
            *self.parse_text_to_nodes(text),
            figure,
            *self.parse_text_to_nodes(f".. code-block:: python\n\n   {code}"),
        ]


def _short(share: maps.Share) -> str:
    """Shorten "minimum (3, 2)" to what a narrow caption needs."""
    return share.name.removeprefix("minimum ").replace("local minimum", "local")


def _swatch(label: int | None) -> str:
    """Return the class of the colour of a label."""
    kind = _SWATCHES[label] if label is None or label < 0 else str(label % len(COLORS))
    return f"og-swatch-{kind}"


def _words_without_maps(fn: TestFunction) -> Iterator[str]:
    n = maps.starts(fn)
    yield f"With none of {_listed([OPTIMIZERS[name].title for name in maps.SHOWN])} does a run from"
    yield f"any of {n * n} starts end within a hundredth of the domain's sides of a minimum, in"
    yield f"{maps.BUDGET} gradient evaluations: maps would have one colour."
    yield from _words_of_minima(fn)


def _words_of_minima(fn: TestFunction) -> Iterator[str]:
    if not fn.minima:
        yield f"No minimum of {fn.title} is stated: those found are where the curvature is positive"
        yield "and the gradient vanishes."


def _words(
    fn: TestFunction, found: Findings | None, mapped: Sequence[Basins], *, linked: bool
) -> Iterator[str]:
    n = maps.starts(fn)
    yield f"Each of the starts, {n} along each side, has the colour of the minimum at which its run"
    yield f"ends after {maps.BUDGET} gradient evaluations; paler the later the run arrives, grey if"
    yield "it does not, and black if it diverges. To arrive means to end within a hundredth of the"
    yield "domain's sides of a minimum, which takes more than to solve the function. Below each map"
    yield "are the shares of the starts, and within how many evaluations half of those that arrive"
    yield "have done so."
    if len(fn.minima) == 1 and len(mapped[0].minima) == 1:
        yield "With a single minimum, the maps show from where it is reached, and how soon."
    yield from _words_of_minima(fn)
    compared = f":doc:`the comparison </{_COMPARED}>`" if linked else "the comparison"
    if found is None:
        yield "Each optimizer has the default learning rate of its class."
    else:
        yield "Each optimizer has the learning rate at which it solves the function from most"
        yield f"starts of {compared}."
        unsolved = [
            OPTIMIZERS[name].title for name, r in maps.rates(fn, found).items() if not r.solves
        ]
        if len(unsolved) == len(maps.SHOWN):
            yield "None solves it there, so each has the rate that is typical of it."
        elif unsolved:
            they = (
                "has the rate that is typical of it"
                if len(unsolved) == 1
                else ("have the rates that are typical of them")
            )
            yield f"{_listed(unsolved)} {'does' if len(unsolved) == 1 else 'do'} not solve it, and"
            yield f"{they}."


def _lines(fn: TestFunction, basins: Basins) -> Iterator[str]:
    lr, n = basins.hparams["lr"], maps.starts(fn)
    yield "One map, with the coordinates on its axes:"
    yield ""
    yield ".. code-block:: python"
    yield ""
    yield f'   found = og.basins("{basins.optimizer.name}", "{fn.name}", lr={lr!r}, n={n})'
    yield "   og.plot_basins(found)"


def _convergence_words(fn: TestFunction, said: maps.Convergence) -> Iterator[str]:
    x, y = fn.start
    yield f"SGD from ({x:g}, {y:g}), with a momentum from 0, at the top, to 0.999, at the bottom. A"
    yield "setting converges if the mean of its last values is below the first; that need not be at"
    yield "a minimum."
    if said.lr is None:
        yield "None of the settings does."
        return
    yield f"{percent(said.share)} of the settings do."
    if said.plain is not None:
        yield f"Without momentum, the largest such learning rate is {said.plain:.2g}."
    else:
        yield "Without momentum, no learning rate does."
    yield f"The fastest setting is learning rate {said.lr:.2g} with momentum {said.momentum:.2g}."


def _listed(words: Sequence[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def compute_before_reading(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Compute the maps of all pages that are about to be read, in tasks for several processes."""
    if not scripts_run(app.config):
        return
    used: dict[str, set[str]] = {BASIN_MAPS: set(), TRAINABILITY_MAP: set()}
    for docname in docnames:
        path = Path(env.doc2path(docname))
        if path.suffix == ".rst" and path.exists():
            for kind, name in _USED.findall(path.read_text(encoding="utf-8")):
                used[kind].add(name)
    known = {kind: [FUNCTIONS[n] for n in FUNCTIONS if n in names] for kind, names in used.items()}
    if any(known.values()):
        found = findings(app.config, Path(app.srcdir))
        stored_maps.compute_maps(known[BASIN_MAPS], known[TRAINABILITY_MAP], found, default_store())


def add_maps(app: Sphinx) -> None:
    """Register the directives, and compute maps before Sphinx reads the pages."""
    app.add_directive(BASIN_MAPS, BasinMaps)
    app.add_directive(TRAINABILITY_MAP, TrainabilityMap)
    app.connect("env-before-read-docs", compute_before_reading)
