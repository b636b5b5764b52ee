"""The directive below an optimizer's picture: what it comes from, and what else there is."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from optgallery.functions import TestFunction
from optgallery.optim import OPTIMIZERS
from optgallery.optim.relatives import RELATIVES
from optgallery.sphinxext.incremental import known
from optgallery.sphinxext.incremental.dependencies import Entries
from optgallery.sphinxext.incremental.project import Grid, grid_of
from optgallery.sphinxext.incremental.rebuild import note_entries
from optgallery.sphinxext.pages.experiment_record import Findings, findings, note_experiment
from optgallery.sphinxext.pages.explorer_links import link_to, state_of
from optgallery.sphinxext.pages.pair_pages import page_between, with_others

_SOONEST, _LATEST = 10, 150  # evaluations in which the faster of two solves what is shown of them


class OptimizerRelatives(SphinxDirective):
    """Link an optimizer's ancestor and alternatives: ``.. optimizer-relatives:: lion``.

    Each is linked to its page, to the page that compares the two, and to the explorer with the runs
    of both overlaid, as far as there are such pages.
    """

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return one paragraph; nothing for an optimizer without known relatives."""
        try:
            spec = known.lookup(OPTIMIZERS, self.arguments[0])
        except ValueError as error:
            raise self.error(str(error)) from error
        note_entries(self.env, self.env.docname, Entries((spec.name,)))
        note_experiment(self.env)
        if (relatives := RELATIVES.get(spec.name)) is None:
            return []
        near = {relatives.ancestor, *relatives.rivals}
        further = [name for name in with_others(self.env, spec.name) if name not in near]
        lists = [("Alternatives", [*relatives.rivals, *further])]
        if relatives.ancestor:
            lists.insert(0, ("Derived from", [relatives.ancestor]))
        return [self._line(spec.name, lead, names) for lead, names in lists]

    def _line(self, name: str, lead: str, others: list[str]) -> nodes.paragraph:
        line = nodes.paragraph("", "", nodes.strong("", f"{lead}:"), classes=["og-relatives"])
        for place, other in enumerate(others):
            line += nodes.Text(", " if place else " ")
            line += list(self._links(name, other))
        self.set_source_info(line)
        return line

    def _links(self, name: str, other: str) -> Iterator[nodes.Node]:
        """Yield the links to another optimizer, to its comparison, and to both in the explorer."""
        env, title = self.env, OPTIMIZERS[other].title
        page = f"optimizers/plot_opt_{other}"
        yield from self._words(f":doc:`{title} </{page}>`" if page in env.found_docs else title)
        if between := page_between(env, name, other):
            yield from self._words(f" (:doc:`compared </{between}>`)")
        grid = grid_of(self.config)
        found = findings(self.config, Path(env.srcdir))
        if shown := overlay(found, grid, name, other):
            function, state = shown
            # only where there is an explorer
            yield link_to(state, f"play both on {function}", before=" (", after=")")

    def _words(self, text: str) -> list[nodes.Node]:
        found, messages = self.parse_inline(text)
        return [*found, *messages]


def overlay(found: Findings | None, grid: Grid, name: str, other: str) -> tuple[str, str] | None:
    """Choose a function on which two optimizers differ, and the state that shows both on it.

    Each has the rate of the grid that is closest to its typical one, or the value of its own axis
    that is closest to the default. The function is the bowl or valley on which their costs differ
    by the largest factor, from its own start, among those that the faster one solves soon, but not
    at once.

    Parameters
    ----------
    found : Findings or None
        The recorded experiment.
    grid : Grid
        What the explorer offers.
    name, other : str

    Returns
    -------
    (str, str) or None
        The function's title and the state; None if the two are not recorded, or the explorer lacks
        one of them.
    """
    offered = {spec.name for spec in grid.optimizers}
    if found is None or not {name, other} <= offered:
        return None
    if found.row(name) is None or found.row(other) is None:
        return None
    shown = {each: _value_shown(found, grid, each) for each in (name, other)}
    # those without a learning rate were recorded at their default settings
    lrs = {each: shown[each] for each in shown if found.rates[each] is not None}
    if not set(lrs.values()) <= set(found.comparison.lrs):
        return None
    pair = found.comparison.select(optimizers=[name, other])
    costs = pair.costs({each: lr for each, lr in lrs.items() if lr is not None})
    first: dict[str, int] = {}  # the problem with the function's own start
    for column, problem in enumerate(pair.problems):
        first.setdefault(problem.of.name, column)
    factors = {}
    for fn in grid.functions:
        if fn.name not in first or not _is_simple(fn):
            continue
        low, high = np.sort(np.minimum(costs[:, first[fn.name]], grid.steps))
        if _SOONEST <= low <= _LATEST:
            factors[fn] = high / low
    if not factors:
        return None
    fn = max(factors, key=lambda each: factors[each])
    return fn.title, state_of(fn.name, [(each, shown[each]) for each in (name, other)])


def _is_simple(fn: TestFunction) -> bool:
    """Whether a function is a bowl or a valley without other local minima to end in."""
    return bool({"bowl", "valley"} & set(fn.tags)) and "multimodal" not in fn.tags


def _value_shown(found: Findings, grid: Grid, name: str) -> float | None:
    """Return the value along its axis at which an optimizer is shown."""
    rate = found.rates[name]
    if rate is not None:
        return _closest(rate, grid.lrs)
    spec = next(spec for spec in grid.optimizers if spec.name == name)
    values = [value for value in spec.values(grid.lrs) if value is not None]
    if not values or spec.own_axis is None:
        return None
    parameter = spec.own_axis.parameter or ""
    default = spec.defaults.get(parameter, spec.default(parameter))
    if not isinstance(default, (int, float)):
        return values[len(values) // 2]
    return min(values, key=lambda value: abs(value - default))


def _closest(lr: float, lrs: tuple[float, ...]) -> float:
    return min(lrs, key=lambda each: abs(np.log(each / lr)))
