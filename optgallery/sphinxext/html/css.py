"""Remove unused CSS: reduce style sheets to the rules that one page uses, to be inlined in it."""

import logging
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import tinycss2

_NESTING = {"media", "supports", "container", "layer"}
_ALTERNATIVES = {"is", "where", "has"}
_VARIABLE = re.compile(r"var\(\s*(--[\w-]+)")
_ICON = re.compile("[\ue000-\uf8ff]")  # icon fonts use the private use area
_PREFIX = re.compile(r"\w\w-$")
_FILE = "\N{NULL}"  # marks the path of a file in a url()
_URL = re.compile(r"url\(\s*([\"']?)(?![a-z]+:|[/#])([^)\"']+)\1\s*\)")


@dataclass(frozen=True)
class Selector:
    """A selector, the names that a page must have to match it, and sets of alternatives.

    From each set, such as the arguments of ``:is()``, one selector must match.
    """

    text: str
    names: frozenset[str]
    alternatives: tuple[tuple["Selector", ...], ...]

    def may_match(self, names: set[str]) -> bool:
        """Whether it could match anything on a page with these names."""
        return self.names <= names and all(
            any(selector.may_match(names) for selector in selectors)
            for selectors in self.alternatives
        )

    def all_names(self) -> Iterator[str]:
        """Yield all names of the selector, including those of its alternatives."""
        yield from self.names
        for selectors in self.alternatives:
            for selector in selectors:
                yield from selector.all_names()


@dataclass(frozen=True)
class Declaration:
    """A declaration, the variable that it sets (or None), and the variables that it uses."""

    text: str
    sets: str | None
    uses: frozenset[str]


@dataclass(frozen=True)
class Rule:
    """The declarations that apply to everything that the selectors match."""

    selectors: tuple[Selector, ...]
    declarations: tuple[Declaration, ...]


@dataclass(frozen=True)
class Group:
    """Rules that apply under a condition, such as a media query."""

    head: str
    rules: "Sheet"


@dataclass(frozen=True)
class Definition:
    """A named at-rule, such as a font or an animation, which rules use by its name."""

    text: str
    name: str


Sheet = tuple[Rule | Group | Definition, ...]


def parse(css: str, folder: Path) -> Sheet:
    """Parse a style sheet and those that it imports; relative addresses start in ``folder``."""
    return tuple(_rules(tinycss2.parse_stylesheet(css, True, True), folder))


def names_in_html(html: str) -> set[str]:
    """Return a page's tags, its classes (``.name``) and its ids (``#name``).

    Examples
    --------
    >>> sorted(names_in_html('<p class="a b"><q id="c">'))
    ['#c', '.a', '.b', 'p', 'q']
    """
    names = {tag.lower() for tag in re.findall(r"<([A-Za-z][\w-]*)", html)}
    for kind, value in re.findall(r'\b(class|id)\s*=\s*"([^"]*)"', html):
        sign = "." if kind == "class" else "#"
        names.update(sign + name for name in value.split())
    return names


def names_in_script(script: str) -> set[str]:
    """Return every word of a script as a tag, as a class and as an id: it may be any of them."""
    words = set(re.findall(r"-{0,2}[A-Za-z_][\w-]*", script))
    return words | {f".{word}" for word in words} | {f"#{word}" for word in words}


def select_names(names: set[str], known: set[str]) -> set[str]:
    """Return the known names that occur, or that begin with a prefix that occurs: ``"--og-run-"``.

    Examples
    --------
    >>> sorted(select_names({"p", "--og-run-"}, {"p", "q", "--og-run-1", "--og-run-2"}))
    ['--og-run-1', '--og-run-2', 'p']
    """
    prefixes = tuple(name for name in names if name.endswith("-") and _PREFIX.search(name))
    return (names & known) | {name for name in known if name.startswith(prefixes)}


def names_in_sheet(sheet: Sheet) -> Iterator[str]:
    """Yield every name on which the result of `purge` depends."""
    for rule in sheet:
        if isinstance(rule, Group):
            yield from names_in_sheet(rule.rules)
        elif isinstance(rule, Rule):
            for selector in rule.selectors:
                yield from selector.all_names()
            yield from (d.sets for d in rule.declarations if d.sets)


def purge(
    sheets: Iterable[Sheet],
    names: set[str],
    address: Callable[[Path], str],
    characters: Mapping[str, frozenset[int]] | None = None,
) -> str:
    """Merge style sheets into one that contains only what a page with these names uses.

    Rules whose selectors cannot match are removed, then unused variables, animations and fonts.
    Icon fonts are reduced to the icons that occur in the remaining rules.

    Parameters
    ----------
    sheets
        The style sheets, in the order of the page's links.
    names
        Tags, classes and ids that are on the page, or that its scripts may add.
    address
        Returns the address of a file, relative to the page.
    characters
        The characters that the page shows in a font, by the name of the font's file. Such a font is
        embedded, reduced to these characters.
    """
    characters = characters or {}
    sheets = list(sheets)
    rules = tuple(rule for sheet in sheets for rule in _matching(sheet, names))
    definitions = [rule for sheet in sheets for rule in sheet if isinstance(rule, Definition)]
    declarations = list(_all_declarations(rules))
    variables = {name for name in names if name.startswith("--")}
    variables.update(*(_VARIABLE.findall(definition.text) for definition in definitions))
    new = variables.union(*(d.uses for d in declarations if d.sets is None))
    while new:
        variables |= new
        new = set().union(*(d.uses for d in declarations if d.sets in new)) - variables
    text = _serialize(rules, variables)
    icons = frozenset(ord(sign) for sign in _ICON.findall(text))
    text = _ICON.sub(lambda sign: f"\\{ord(sign[0]):x}", text)
    used = text.replace("\\", "")
    defined = "".join(definition.text for definition in definitions if definition.name in used)

    def resolved(found: re.Match[str]) -> str:
        path = Path(found[1])
        if path.suffix == ".woff2" and f".{path.stem.rpartition('-')[0]}" in names and icons:
            return _embedded_subset(path, icons)
        if path.name in characters:
            return _embedded_subset(path, characters[path.name])
        return address(path)

    return re.sub(rf"{_FILE}([^\"]*)", resolved, defined + text)


@cache
def _embedded_subset(path: Path, codes: frozenset[int]) -> str:
    """Return a font reduced to these characters, as a data URL."""
    from fontTools import subset

    logging.getLogger("fontTools").setLevel(logging.WARNING)
    options = subset.Options(flavor="woff2", hinting=False, layout_features=[], name_IDs=[])
    content = BytesIO()
    with subset.load_font(path, options) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=codes)
        subsetter.subset(font)
        subset.save_font(font, content, options)
    return f"data:font/woff2;base64,{b64encode(content.getvalue()).decode()}"


def _matching(rules: Sheet, names: set[str]) -> Iterator[Rule | Group]:
    for rule in rules:
        if isinstance(rule, Group):
            yield Group(rule.head, tuple(_matching(rule.rules, names)))
        elif isinstance(rule, Rule):
            selectors = tuple(s for s in rule.selectors if s.may_match(names))
            if selectors:
                yield Rule(selectors, rule.declarations)


def _all_declarations(rules: Iterable[Rule | Group | Definition]) -> Iterator[Declaration]:
    for rule in rules:
        if isinstance(rule, Rule):
            yield from rule.declarations
        elif isinstance(rule, Group):
            yield from _all_declarations(rule.rules)


def _serialize(rules: Iterable[Rule | Group | Definition], variables: set[str]) -> str:
    text = []
    for rule in rules:
        if isinstance(rule, Group):
            if inner := _serialize(rule.rules, variables):
                text.append(f"{rule.head}{{{inner}}}")
        elif isinstance(rule, Rule):
            declared = [d.text for d in rule.declarations if d.sets is None or d.sets in variables]
            if declared:
                selectors = ",".join(selector.text for selector in rule.selectors)
                text.append(f"{selectors}{{{';'.join(declared)}}}")
    return "".join(text)


def _rules(parsed: Iterable[Any], folder: Path) -> Iterator[Rule | Group | Definition]:
    for node in parsed:
        if node.type == "qualified-rule":
            declarations = tuple(_declarations(node.content, folder))
            yield Rule(tuple(_selectors(node.prelude)), declarations)
        elif node.type == "at-rule":
            yield from _at_rule(node, folder)


def _at_rule(node: Any, folder: Path) -> Iterator[Rule | Group | Definition]:
    keyword, prelude = node.lower_at_keyword, _compact(tinycss2.serialize(node.prelude))
    if keyword == "import":
        path = folder / next(t.value for t in node.prelude if t.type in {"string", "url"})
        yield from parse(path.read_text(encoding="utf-8"), path.parent)
    elif keyword in _NESTING and node.content is not None:
        inner = tinycss2.parse_blocks_contents(node.content, True, True)
        yield Group(f"@{keyword} {prelude}", tuple(_rules(inner, folder)))
    elif keyword == "font-face":
        text = ";".join(d.text for d in _declarations(node.content, folder))
        family = re.search(r"font-family:\s*([^;]*)", text)
        name = re.sub(r"[\\\"']", "", family[1]) if family else ""
        yield Definition(f"@font-face{{{text}}}", name)
    elif keyword != "charset":
        yield Definition(_compact(node.serialize()), prelude if keyword == "keyframes" else "")


def _selectors(tokens: Sequence[Any]) -> Iterator[Selector]:
    parts: list[list[Any]] = [[]]
    for token in tokens:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    for part in parts:
        names = set()
        before = ""
        for token in part:
            if token.type == "hash":
                names.add(f"#{token.value}")
            elif token.type == "ident" and before != ":":
                names.add(f".{token.value}" if before == "." else token.lower_value)
            before = token.value if token.type == "literal" else ""
        alternatives = tuple(
            tuple(_selectors(token.arguments))
            for token in part
            if token.type == "function" and token.lower_name in _ALTERNATIVES
        )
        yield Selector(_compact(tinycss2.serialize(part)), frozenset(names), alternatives)


def _declarations(content: Sequence[Any], folder: Path) -> Iterator[Declaration]:
    def absolute(found: re.Match[str]) -> str:
        return f'url("{_FILE}{(folder / found[2]).resolve().as_posix()}")'

    for node in tinycss2.parse_blocks_contents(content, True, True):
        if node.type == "error":  # a hack for old browsers
            continue
        text = _URL.sub(absolute, _compact(node.serialize())).rstrip(";")
        sets = node.name if node.type == "declaration" and node.name.startswith("--") else None
        yield Declaration(text, sets, frozenset(_VARIABLE.findall(text)))


def _compact(text: str) -> str:
    return re.sub(r"\s*\n\s*", " ", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)).strip()
