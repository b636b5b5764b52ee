"""Directives of the pages that compare two optimizers, and of the table of these pages."""

from collections.abc import Iterable, Iterator
from functools import cache
from math import isnan
from pathlib import Path
from textwrap import indent

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from optgallery.analysis.pair import SHORTEST, Group, OnFunction, Pair, Race
from optgallery.optim import OPTIMIZERS
from optgallery.runs.code import CodeWriter
from optgallery.runs.trajectory import Trajectory
from optgallery.sphinxext.incremental.dependencies import Entries
from optgallery.sphinxext.incremental.rebuild import note_entries
from optgallery.sphinxext.pages import experiment_figures as figures
from optgallery.sphinxext.pages.experiment_pages import ExperimentDirective
from optgallery.sphinxext.pages.experiment_record import Findings, page_of, parent
from optgallery.sphinxext.pages.matrix_directives import animation
from optgallery.sphinxext.pages.pair_pages import names_of, outdated, pages_of_pairs

_SECONDS, _HOLD = 5.0, 1.5  # of every race, so that two of them begin and end together
_SIZE = 220  # of a panel, in pixels

_GROUPS: dict[Group, str] = {
    "only a": "Only {a} solves",
    "only b": "Only {b} solves",
    "a faster": "Both solve, {a} faster",
    "b faster": "Both solve, {b} faster",
    "equal": "Both solve, equally fast",
    "neither": "Neither solves",
}


class VersusDirective(ExperimentDirective):
    """Compare two optimizers: ``.. versus:: adam sgd``.

    The content says how their updates differ; what the docstrings of both say of themselves is
    printed above it.
    """

    required_arguments = 2
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the sections of the page."""
        a, b = self.arguments
        if a == b:
            raise self.error(f"{self.name} compares two optimizers, got {a!r} twice")
        for name in (a, b):
            if name not in OPTIMIZERS:
                raise self.error(f"{self.name} takes the names of two optimizers, got {name!r}")
        found = self.found(a)
        note_entries(self.env, self.env.docname, Entries((b,)))
        pair = _pair(found, a, b)
        if pair is None:
            lacking = a if found.row(a) is None else b
            raise self.error(
                f"{self.name}: {lacking} is not recorded; `nox -s experiment` does that"
            )
        sources = Path(self.env.srcdir)
        races = [race for race in (pair.race(0), pair.race(1)) if race]
        written = [
            *self._index(pair),
            *self._parsed([*_answer(pair), *_table(pair, self.env), *_caveat(pair, self.env)]),
        ]
        written += self._section("Two races", _races(pair, races), self._pictures(pair, races))
        written += self._section("Function by function", _functions(pair, self.env))
        uri = figures.log_ratio(sources, f"{a}-{b}", pair.ratio)
        figure = figures.in_page(sources, uri, _alt(pair))
        counts = self._parsed(_counts(pair))
        beside = nodes.container("", figure, *counts, classes=["og-pair"])
        written += self._section("Problem by problem", _explained(pair), [beside])
        written += self._section("How the updates differ", [*_updates(pair), *self.content])
        return [*written, *self._section("Repeat the numbers", _code(pair, races))]

    def _index(self, pair: Pair) -> list[nodes.Node]:
        """Return entries of the index, by which the search finds "Adam vs SGD"."""
        anchor = "versus"
        words: dict[str, str] = {}
        for a, b in (pair.names, [spec.name.replace("_", " ") for spec in pair.specs]):
            for phrase in (f"{a} vs {b}", f"{b} vs {a}"):
                words.setdefault(phrase.casefold(), phrase)
        entries = [("single", phrase, anchor, "main", None) for phrase in words.values()]
        return [addnodes.index(entries=entries), nodes.target("", "", ids=[anchor])]

    def _parsed(self, lines: Iterable[str]) -> list[nodes.Node]:
        return self.parse_text_to_nodes("\n".join(lines))

    def _section(
        self, title: str, lines: Iterable[str], shown: Iterable[nodes.Node] = ()
    ) -> list[nodes.Node]:
        """Return a section with prose, and what is shown below it."""
        text = "\n".join([title, "-" * len(title), "", *lines])
        written = self.parse_text_to_nodes(text, allow_section_headings=True)
        section = written[-1]
        assert isinstance(section, nodes.Element)
        section.extend(shown)
        return written

    def _pictures(self, pair: Pair, races: list[Race]) -> list[nodes.Node]:
        pictures = []
        for race in races:
            gif, poster, alt = figures.race(
                Path(self.env.srcdir),
                "-".join((*(spec.name for spec in pair.specs), str(race.winner))),
                race.runs,
                size=_SIZE,
                seconds=_SECONDS,
                hold=_HOLD,
            )
            picture = animation(alt=alt, classes=[], loading="lazy")
            picture += [nodes.image(uri=uri, alt=alt) for uri in (gif, poster)]
            self.set_source_info(picture)
            caption = self._parsed([_caption(pair, race)])
            pictures.append(nodes.container("", picture, *caption))
        return [nodes.container("", *pictures, classes=["og-pair"])] if pictures else []


class VersusTableDirective(ExperimentDirective):
    """List the pages that compare two optimizers, with their answers: ``.. versus-table::``."""

    def run(self) -> list[nodes.Node]:
        """Return a table."""
        found = self.found()
        lines = [
            ".. list-table::",
            "   :class: og-pairs",
            "   :header-rows: 1",
            "",
            "   * - Pair",
            "     - Solves more",
            "     - Faster where both solve",
            "     - Depends less on the rate",
        ]
        for page in pages_of_pairs(self.env):
            pair = _pair(found, *names_of(page))
            if pair is None:
                continue
            a, b = pair.names
            lines += [
                f"   * - :doc:`{a} against {b} </{page}>`",
                f"     - {_clear(pair, pair.solved, pair.solved_difference)}",
                f"     - {_faster(pair)}",
                f"     - {_clear(pair, pair.robust, pair.robust_difference)}",
            ]
        return self.parse_text_to_nodes("\n".join(lines))


class VersusLinksDirective(ExperimentDirective):
    """Link the pages that compare two optimizers: ``.. versus-links::``."""

    def run(self) -> list[nodes.Node]:
        """Return one paragraph of links."""
        links = []
        for page in pages_of_pairs(self.env):
            a, b = (OPTIMIZERS[name].title for name in names_of(page))
            links.append(f":doc:`{a} against {b} </{page}>`")
        return self.parse_text_to_nodes(" · ".join(links))


@cache
def _pair(found: Findings, a: str, b: str) -> Pair | None:
    """Return the two of the experiment, computed once for all pages; None if one is lacking."""
    if found.row(a) is None or found.row(b) is None:
        return None
    selected = found.comparison.select(optimizers=[a, b])
    return Pair(selected)


def verdict(pair: Pair) -> str:
    """Return the answer in a sentence: what clearly speaks for either of the two.

    A difference is clear if its 95 % interval does not contain 0.
    """
    said: dict[str, list[str]] = {name: [] for name in pair.names}
    unclear = []
    for (low, high), sign, words, topic in (
        (pair.solved_difference, 1, "solves more", "how many they solve"),
        (pair.speed_difference, -1, "is faster where both solve", "how fast they are"),
        (pair.robust_difference, 1, "depends less on the rate", "how far they depend on the rate"),
    ):
        if low > 0 or high < 0:
            said[pair.names[0 if sign * low > 0 else 1]].append(words)
        else:
            unclear.append(topic)
    parts = [f"{name} {_joined(words)}" for name, words in said.items() if words]
    if unclear:
        parts.append(f"{'no' if parts else 'No'} clear difference in {_joined(unclear, 'or')}")
    return f"{'; '.join(parts)}."


def _given(run: Trajectory) -> str:
    return "".join(f", {name}={value!r}" for name, value in run.hparams.items())


def _joined(words: list[str], by: str = "and") -> str:
    *others, last = words
    return f"{', '.join(others)} {by} {last}" if others else last


def _at(rate: float | None) -> str:
    return " without a learning rate" if rate is None else f" at {rate:g}"


def _answer(pair: Pair) -> Iterator[str]:
    """Yield the answer, and its numbers."""
    first = 0 if pair.solved[0] >= pair.solved[1] else 1
    second = 1 - first
    yield f"**{verdict(pair)}**"
    yield (
        f"{pair.names[first]} solves {_percent(pair.solved[first])} of "
        f"{len(pair.comparison.problems)} problems{_at(pair.rates[first])} and "
        f"{pair.names[second]} {_percent(pair.solved[second])}{_at(pair.rates[second])}, each at "
        "the rate at which it solves most; with the best rate for each problem, "
        f"{_percent(pair.solved_each[first])} and {_percent(pair.solved_each[second])}."
    )
    if pair.both:
        yield (
            f"On the {pair.both} problems that both solve, {pair.names[first]} takes "
            f"{pair.evaluations[first]:g} evaluations in the median and {pair.names[second]} "
            f"{pair.evaluations[second]:g}."
        )
    yield (
        f"At a rate drawn at random, {pair.names[first]} solves {_percent(pair.robust[first])} and "
        f"{pair.names[second]} {_percent(pair.robust[second])}."
    )
    yield ""


def _table(pair: Pair, env: BuildEnvironment) -> Iterator[str]:
    """Yield the numbers of both, with links to the pages of each."""
    c = pair.comparison
    rates = [
        _linked(f"{lr:g}", page_of(env, spec), env)
        for spec, lr in zip(pair.specs, pair.rates, strict=True)
    ]
    rows: list[tuple[str, Iterable[str]]] = [
        ("Typical rate", rates),
        ("Solves at its typical rate", map(_percent, pair.solved)),
        ("Solves at the best rate of each problem", map(_percent, pair.solved_each)),
        ("Solves at a rate drawn at random", map(_percent, pair.robust)),
        (
            f"Median evaluations on the {pair.both} problems that both solve",
            ("\N{EN DASH}" if isnan(n) else f"{n:g}" for n in pair.evaluations),
        ),
        ("Width of the rates that solve a problem", (f"{w:.1f} decades" for w in pair.widths)),
        ("Diverges at its typical rate", map(_percent, pair.diverged)),
        ("Solves and leaves again at its typical rate", map(_percent, pair.left)),
    ]
    yield from (".. list-table::", "   :class: og-versus", "   :header-rows: 1", "")
    yield f"   * - Of {len(c.problems)} problems"
    for spec, name in zip(pair.specs, pair.names, strict=True):
        yield f"     - {_linked(name, f'optimizers/plot_opt_{spec.name}', env)}"
    for label, values in rows:
        yield f"   * - {label}"
        yield from (f"     - {value}" for value in values)
    yield ""


def _caveat(pair: Pair, env: BuildEnvironment) -> Iterator[str]:
    index = f"{parent(env.config)}/index"
    words = "what this tells about training, and what it does not"
    yield (
        f"Two parameters, no noise, {pair.comparison.budget} gradient evaluations: "
        f"{_linked(words, index, env)}. A difference is called clear if its 95 % interval, from a "
        "bootstrap over the functions, does not contain 0."
    )
    yield ""


def _races(pair: Pair, races: list[Race]) -> Iterator[str]:
    a, b = pair.names
    if not races:
        yield f"No problem is solved by both in {SHORTEST} evaluations or more, and faster by one."
        return
    yield (
        f"{a} on the left and {b} on the right, each at its typical rate, until the slower one has "
        "solved the problem: it has come down all but a thousandth of the height between the start "
        "and the minimum."
    )
    if len(races) == 1:
        other = pair.names[1 - races[0].winner]
        yield f"There is no such race that {other} wins."
    yield (
        "Each race is chosen by a rule: of the problems that both solve, and that the faster one "
        f"solves in {SHORTEST} evaluations or more and does not leave again, the one on which it "
        "is faster by the largest factor."
    )


def _caption(pair: Pair, race: Race) -> str:
    winner, loser = race.winner, 1 - race.winner
    costs, names = race.costs, pair.names
    start = f", start {race.problem.number}" if race.problem.number else ""
    return (
        f"**{race.problem.of.title}{start}:** {names[winner]} solves it in {costs[winner]} "
        f"evaluations, {names[loser]} in {costs[loser]}."
    )


def _functions(pair: Pair, env: BuildEnvironment) -> Iterator[str]:
    """Yield the functions that each wins, linked to their pages."""
    starts = len(pair.comparison.problems) // len(pair.functions)
    yield (
        f"A function counts as solved if it is solved from at least half of its {starts} starts, "
        f"at the typical rate. In parentheses: from how many starts {pair.names[0]} and "
        f"{pair.names[1]} solve it, or how many times as fast the faster one is."
    )
    yield ""
    a, b = pair.names
    for group, words in _GROUPS.items():
        own = pair.group(group)
        if not own:
            continue
        yield f"{words.format(a=a, b=b)} ({len(own)})"
        yield "   " + ", ".join(_function(each, env) for each in own)
        yield ""


def _function(each: OnFunction, env: BuildEnvironment) -> str:
    linked = _linked(each.fn.title, f"functions/plot_fn_{each.fn.name}", env)
    if "faster" in each.group:
        return f"{linked} ({each.factor:.1f})"
    return f"{linked} ({_ratio(*map(str, each.solved))})"


def _linked(title: str, page: str | None, env: BuildEnvironment) -> str:
    """Return a title, linked to a page if there is one."""
    return f":doc:`{title} </{page}>`" if page in env.found_docs else title


def _explained(pair: Pair) -> Iterator[str]:
    a, b = pair.names
    yield (
        f"Each bar is a problem, and its length the factor by which one is faster: below the line "
        f"{a}, above it {b}. A hatched bar is a problem that only one of them solves."
    )


def _counts(pair: Pair) -> Iterator[str]:
    """Yield the figure as a table."""
    yield from (".. list-table::", "   :class: og-versus", "   :header-rows: 1", "")
    yield from ("   * - Solved by", "     - Problems")
    for words, number in pair.counts:
        yield from (f"   * - {words}", f"     - {number}")


def _alt(pair: Pair) -> str:
    (a, b), (won, lost, tied) = pair.names, pair.ratio.wins
    return (
        f"The factor by which {a} or {b} is faster, problem by problem: {a} is faster on {won}, "
        f"{b} on {lost}, both equally fast on {tied}, and neither solves {pair.ratio.neither}. The "
        "table has the numbers."
    )


def _updates(pair: Pair) -> Iterator[str]:
    """Yield what the docstring of each says in its first line."""
    for spec in pair.specs:
        yield f"- **{spec.title}**: {spec.summary}"
    yield ""


def _code(pair: Pair, races: list[Race]) -> Iterator[str]:
    a, b = (spec.name for spec in pair.specs)
    yield from (".. code-block:: python", "")
    lines = [
        "import optgallery as og",
        "",
        f'c = og.compare(["{a}", "{b}"])',
        f'print(c, c.log_ratio("{a}", "{b}"), sep="\\n\\n")',
    ]
    yield indent("\n".join(lines), "   ")
    yield ""
    for race in races:
        yield f"The race on {race.problem.of.title}:"
        yield ""
        yield from (".. code-block:: python", "")
        yield indent(race_code(race), "   ")
        yield ""


def race_code(race: Race) -> str:
    """Return the lines that repeat a race."""
    problem = race.problem
    lines = [f"fn = {CodeWriter().test_fn(problem.fn)}"]
    start = ""
    if problem.start != problem.fn.start:
        lines.append(f"start = {problem.start}")
        start = "start=start, "
    lines += [
        "runs = [",
        *(
            f'    og.run("{run.optimizer.name}", fn, {start}steps={run.steps}{_given(run)}),'
            for run in race.runs
        ),
        "]",
        "og.animate(runs).show()",
    ]
    return "\n".join(lines)


def _clear(pair: Pair, shares: tuple[float, float], difference: tuple[float, float]) -> str:
    """Say whose share is larger, or that it is not clear."""
    low, high = difference
    better = 0 if shares[0] >= shares[1] else 1
    name = pair.names[better] if low > 0 or high < 0 else "not clear"
    return f"{name} ({_ratio(*(f'{100 * share:.0f}' for share in shares))}\N{NO-BREAK SPACE}%)"


def _faster(pair: Pair) -> str:
    s, t = pair.evaluations
    low, high = pair.speed_difference
    name = pair.names[0] if high < 0 else pair.names[1] if low > 0 else "not clear"
    return f"{name} ({_ratio(f'{s:g}', f'{t:g}')})"


def _ratio(a: str, b: str) -> str:
    return f"{a}\N{NO-BREAK SPACE}:\N{NO-BREAK SPACE}{b}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%"


def add_versus(app: Sphinx) -> None:
    """Register the directives, and what becomes outdated when a page is added."""
    app.add_directive("versus", VersusDirective)
    app.add_directive("versus-links", VersusLinksDirective)
    app.add_directive("versus-table", VersusTableDirective)
    app.connect("env-get-outdated", outdated)
