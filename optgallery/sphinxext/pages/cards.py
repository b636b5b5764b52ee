"""Directives that print the facts of an entry, so that pages need not repeat them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from textwrap import indent

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.rst import escape

from optgallery.functions import FUNCTIONS, TestFunction
from optgallery.optim import OPTIMIZERS, OptimizerSpec
from optgallery.registry import EVERY, Entry, Registry
from optgallery.sphinxext.incremental import known
from optgallery.sphinxext.incremental.dependencies import Entries
from optgallery.sphinxext.incremental.formats import runs_scripts
from optgallery.sphinxext.incremental.function_facts import facts
from optgallery.sphinxext.incremental.rebuild import note_entries, note_index
from optgallery.sphinxext.incremental.updates import update
from optgallery.sphinxext.pages.experiment_record import findings, note_experiment, page_of
from optgallery.sphinxext.pages.meanings import hyper_parameters, meanings
from optgallery.sphinxext.pages.rate_curve import quartiles, rate_curve

logger = logging.getLogger(__name__)

OWN = "optgallery."

CATALOGUE = "catalogue/optimizers"
"""The page that shows an optimizer's family together."""

_RATES_OF_TRAINING = "stories/plot_0_three_rates"  # the page that says why they are smaller

_RUNS_CODE = {"javascript", "vbscript", "data"}  # schemes of addresses

_TO_CATALOGUE = f"/{CATALOGUE}"  # until a builder says at which address it writes the page


class OptimizerCard(SphinxDirective):
    """Print an optimizer's paper, class, capabilities and hyper-parameters."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return a field list and a table of the hyper-parameters."""
        spec = _entry(self, OPTIMIZERS)
        note_entries(self.env, self.env.docname, Entries((spec.name, *spec.coincides_with)))
        family = spec.family
        if CATALOGUE in self.env.found_docs:
            family = f"`{family} <{_TO_CATALOGUE}#family={family}>`__"
        try:
            meaning = meanings(spec.cls)
        except ValueError as error:
            meaning = {}
            logger.warning(
                "the docstring of %s cannot be read: %s",
                class_path(spec),
                error,
                location=self.get_location(),
                type="optgallery",
                subtype="card",
            )
        fields = [*_optimizer_fields(spec, family), *_rates(self, spec)]
        written = _card(self, [*fields, "", *_parameters(spec, meaning)])
        if curve := _curve(self, spec):
            # below what the experiment says of the rate, the last field
            *_, body = written[0].findall(nodes.field_body)
            body += curve
        return _optional_links(written, spec)


def resolve_families(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Let links to an optimizer's family lead where the builder writes the catalogue.

    The family is chosen by the page's script: other documents have no such link.
    """
    for link in list(doctree.findall(nodes.reference)):
        page, sign, family = link.get("refuri", "").partition("#")
        if page != _TO_CATALOGUE:
            continue
        if runs_scripts(app.builder):
            link["refuri"] = app.builder.get_relative_uri(docname, CATALOGUE) + sign + family
        else:
            link.replace_self(link.children)


class OptimizerUpdate(SphinxDirective):
    """Print the update of an optimizer as the docstring of its class states it."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the formulas, and the words about them."""
        spec = _entry(self, OPTIMIZERS)
        note_entries(self.env, self.env.docname, Entries((spec.name,)))
        try:
            return _without_scripts(self.parse_text_to_nodes(update(spec)))
        except ValueError as error:
            raise self.error(str(error)) from error


class FunctionCard(SphinxDirective):
    """Print a test function's formula, minima, domain, start and source."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the formula and a field list."""
        fn = _entry(self, FUNCTIONS)
        note_entries(self.env, self.env.docname, Entries(functions=(fn.name,)))
        return _card(self, _function_fields(fn))


class EntryLinks(SphinxDirective):
    """Link all optimizers, functions or schedules that have pages: ``.. entry-links:: optimizers``.

    Schedules are classes of torch, which their pages are named after; they are in no registry.
    """

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return one paragraph of links."""
        folder = self.arguments[0]
        titles = {
            "optimizers": {f"plot_opt_{spec.name}": spec.title for spec in OPTIMIZERS.values()},
            "functions": {f"plot_fn_{fn.name}": fn.title for fn in FUNCTIONS.values()},
            "schedules": {
                page: page.removeprefix("plot_lr_")
                for folder, _, page in sorted(doc.rpartition("/") for doc in self.env.found_docs)
                if folder == "schedules" and page.startswith("plot_lr_")
            },
        }
        if folder not in titles:
            *others, last = titles
            raise self.error(f"entry-links takes {', '.join(others)} or {last}, got {folder!r}")
        if folder != "schedules":
            note_entries(self.env, self.env.docname, Entries(**{folder: (EVERY,)}))
        # sphinx-gallery rewrites the folder's index when a page comes or goes
        note_index(self.env, folder)
        links = [
            f":doc:`{title} </{folder}/{page}>`"
            for page, title in titles[folder].items()
            if f"{folder}/{page}" in self.env.found_docs
        ]
        return self.parse_text_to_nodes(" · ".join(links) or "No script was run.")


def _card(directive: SphinxDirective, lines: Iterable[str]) -> list[nodes.Node]:
    """Parse the lines of a card, and name its list of facts for the style sheet."""
    parsed = directive.parse_text_to_nodes("\n".join(lines))
    for node in parsed:
        if isinstance(node, nodes.field_list):
            node["classes"].append("og-card")
    return _without_scripts(parsed)


def _entry(directive: SphinxDirective, registry: Registry[Entry]) -> Entry:
    """Return the entry that a directive names, or report an error with its line."""
    try:
        return known.lookup(registry, directive.arguments[0])
    except ValueError as error:
        raise directive.error(str(error)) from error


def _optimizer_fields(spec: OptimizerSpec, family: str) -> Iterator[str]:
    if spec.paper:
        paper = spec.paper
        yield f":Paper: {paper.authors} ({paper.year}), `{paper.title} <{paper.url}>`__"
    path = class_path(spec)
    role = "class" if isinstance(spec.cls, type) else "func"
    linked = "<" not in path and not path.startswith("torch.")
    yield f":Class: :{role}:`{path}`" if linked else f":Class: ``{path}``"
    if not _is_declared(spec):  # the class of a project, of which no more is known
        if spec.summary:
            yield f":About: {escape(spec.summary)}"
        return
    yield f":Family: {family}"
    yield f":Updates: {', '.join(_updates(spec))}"
    if spec.learning_rate_free:
        yield ":Learning rate: found by itself; ``lr`` multiplies what is found"
    if spec.evaluations_per_step is None:
        yield ":Evaluations: as many gradients in a step as its line search asks for"
    else:
        count = spec.evaluations_per_step
        yield f":Evaluations: {count} gradient{'s' * (count > 1)} in a step"
    if titles := [OPTIMIZERS[name].title for name in spec.coincides_with]:
        yield f":Same path as: {' and '.join(titles)}, wherever there are two coordinates"


def _rates(directive: SphinxDirective, spec: OptimizerSpec) -> Iterator[str]:
    """Yield what the experiment says of an optimizer's learning rate, if it is recorded."""
    note_experiment(directive.env)
    found = findings(directive.config, Path(directive.env.srcdir))
    if found is None or found.row(spec.name) is None:
        return
    page = page_of(directive.env, spec)
    words = found.rate_words(spec.name)
    further = f" (:doc:`all rates </{page}>`)" if page else ""
    if _RATES_OF_TRAINING in directive.env.found_docs:
        further += "; :ref:`in training it is smaller <rates-of-training>`"
    yield f":Which rate: {words}{further}"


def _curve(directive: SphinxDirective, spec: OptimizerSpec) -> nodes.Node | None:
    """Return the figure of where an optimizer's runs end, if it is recorded."""
    found = findings(directive.config, Path(directive.env.srcdir))
    if found is None or found.row(spec.name) is None:
        return None
    typical = found.rates[spec.name]
    if typical is None:
        return None
    shown = quartiles(found.comparison.select(optimizers=[spec.name]))
    return rate_curve(quartiles=shown, typical=typical)


def _updates(spec: OptimizerSpec) -> Iterator[str]:
    if spec.elementwise:
        yield "coordinate by coordinate"
    elif len(spec.parameter_shape) > 1:
        column = spec.parameter_shape[-1] == 1
        yield f"the point as a matrix of one {'column' if column else 'row'}"
    else:
        yield "the point as one vector"
    if spec.needs_closure:
        yield "evaluating the function several times in a step"
    if spec.create_graph:
        yield "from second derivatives"
    if spec.stochastic:
        yield "with random draws of its own"


def _is_declared(spec: OptimizerSpec) -> bool:
    """Whether an entry says more than what its class itself does."""
    plain = OptimizerSpec(name=spec.name, title=spec.title, cls=spec.cls)
    return replace(plain, summary=spec.summary) != replace(spec, defaults={}, paper=None)


def class_path(spec: OptimizerSpec) -> str:
    """Return the path under which an optimizer's class, or the function that builds it, is found.

    Examples
    --------
    >>> class_path(OPTIMIZERS["adam"]), class_path(OPTIMIZERS["lion"])
    ('torch.optim.Adam', 'optgallery.optim.Lion')
    """
    module, name = spec.cls.__module__, getattr(spec.cls, "__qualname__", repr(spec.cls))
    for package in ("optgallery.optim", "torch.optim"):
        if module.startswith(f"{package}."):
            return f"{package}.{name}"
    return f"{module}.{name}"


def keep_text(
    _app: Sphinx, _env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.TextElement | None:
    """Show the name of a class that the project does not document, without a link."""
    return content if node.get("optgallery_optional") else None


def _optional_links(found: list[nodes.Node], spec: OptimizerSpec) -> list[nodes.Node]:
    """Let the class of a project be linked only where the project documents it."""
    for node in found:
        for link in node.findall(pending_xref):
            if link["reftarget"] == class_path(spec) and not link["reftarget"].startswith(OWN):
                link["optgallery_optional"] = True
    return found


def _without_scripts(found: list[nodes.Node]) -> list[nodes.Node]:
    """Replace links that run code, which a text of a package may have, by their text."""
    for node in found:
        for link in list(node.findall(nodes.reference)):
            scheme = re.sub(r"[\s\x00-\x1f]", "", link.get("refuri", "")).partition(":")[0].lower()
            if scheme in _RUNS_CODE:
                link.replace_self(nodes.inline("", link.astext()))
    return found


def _parameters(spec: OptimizerSpec, meaning: Mapping[str, str]) -> Iterator[str]:
    """Yield a table of the hyper-parameters, with their defaults and what they mean."""
    yield ".. list-table::"
    yield "   :class: og-parameters"
    yield "   :header-rows: 1"
    yield ""
    yield from ("   * - Parameter", "     - Default", "     - Meaning")
    for name, parameter in hyper_parameters(spec.cls).items():
        own = spec.defaults.get(name, parameter.default)
        shown = "" if own is parameter.empty else f"``{_format_default(own)}``"
        yield f"   * - ``{name}``"
        yield f"     - {shown}"
        yield f"     - {indent(meaning.get(name, ''), '       ').lstrip()}"


def _format_default(value: object) -> str:
    return value.__name__ if isinstance(value, type) else repr(value)


def _function_fields(fn: TestFunction) -> Iterator[str]:
    if fn.latex:
        yield f".. math:: f(x, y) = {fn.latex}"
        yield ""
    for name, text in facts(fn):
        if text:
            yield f":{name}: {_linked(text)}"


def _linked(source: str) -> str:
    """Turn a DOI into a link; Sphinx itself turns plain addresses into links."""
    return re.sub(r"doi:(\S+[^\s.,])", r"`doi:\1 <https://doi.org/\1>`__", source)
