"""Style sheets cut down to what one page uses, so that the page can carry them itself."""

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
_ICON = re.compile("[\ue000-\uf8ff]")  # fonts of icons have them for characters of private use
_BEGINNING = re.compile(r"\w\w-$")
_FILE = "\N{NULL}"  # before the path of a file, in an address
_ADDRESS = re.compile(r"url\(\s*([\"']?)(?![a-z]+:|[/#])([^)\"']+)\1\s*\)")


@dataclass(frozen=True)
class Selector:
    """A selector, the names that a page must have for it, and the sets of which it needs one."""

    text: str
    names: frozenset[str]
    alternatives: tuple[tuple["Selector", ...], ...]

    def may_match(self, names: set[str]) -> bool:
        """Tell whether it could choose anything on a page with these names."""
        return self.names <= names and all(
            any(selector.may_match(names) for selector in selectors)
            for selectors in self.alternatives
        )

    def all_names(self) -> Iterator[str]:
        """Yield the names that matter, those of the alternatives among them."""
        yield from self.names
        for selectors in self.alternatives:
            for selector in selectors:
                yield from selector.all_names()


@dataclass(frozen=True)
class Declaration:
    """A declaration, the variable that it sets, if it does, and those that it asks for."""

    text: str
    sets: str | None
    asks: frozenset[str]


@dataclass(frozen=True)
class Rule:
    """What is declared for all that some selectors choose."""

    selectors: tuple[Selector, ...]
    declarations: tuple[Declaration, ...]


@dataclass(frozen=True)
class Group:
    """Rules that hold under a condition."""

    head: str
    rules: "Sheet"


@dataclass(frozen=True)
class Definition:
    """A font, an animation, or the like, by the name under which rules use it."""

    text: str
    name: str


Sheet = tuple[Rule | Group | Definition, ...]


def parse(css: str, folder: Path) -> Sheet:
    """Read a style sheet of a folder, and those that it imports."""
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
    """Return each word of a script as whatever it may be: a tag, a class, an id, a variable."""
    words = set(re.findall(r"-{0,2}[A-Za-z_][\w-]*", script))
    return words | {f".{word}" for word in words} | {f"#{word}" for word in words}


def among(names: set[str], known: set[str]) -> set[str]:
    """Return the known names that are there, or may be put together: ``"--og-run-" + number``.

    Examples
    --------
    >>> sorted(among({"p", "--og-run-"}, {"p", "q", "--og-run-1", "--og-run-2"}))
    ['--og-run-1', '--og-run-2', 'p']
    """
    beginnings = tuple(name for name in names if name.endswith("-") and _BEGINNING.search(name))
    return (names & known) | {name for name in known if name.startswith(beginnings)}


def names_in_sheet(sheet: Sheet) -> Iterator[str]:
    """Yield every name that decides what `cut` leaves of a style sheet."""
    for rule in sheet:
        if isinstance(rule, Group):
            yield from names_in_sheet(rule.rules)
        elif isinstance(rule, Rule):
            for selector in rule.selectors:
                yield from selector.all_names()
            yield from (d.sets for d in rule.declarations if d.sets)


def cut(
    sheets: Iterable[Sheet],
    names: set[str],
    address: Callable[[Path], str],
    characters: Mapping[str, frozenset[int]] | None = None,
) -> str:
    """Return the style sheets as one, without what a page with these names has no use for.

    Rules go whose selectors need a name that is not there, then variables that nothing asks for,
    then animations and fonts that nothing uses. Of an icon font the icons stay that are shown.

    Parameters
    ----------
    sheets
        In the order in which the page would link them.
    names
        All that stands on the page, or that its scripts may put there.
    address
        Returns a file's address as the page would write it.
    characters
        All that the page shows in a font, by the name of the font's file: the style contains the
        font, cut down to them.
    """
    characters = characters or {}
    sheets = list(sheets)
    rules = tuple(rule for sheet in sheets for rule in _chosen(sheet, names))
    definitions = [rule for sheet in sheets for rule in sheet if isinstance(rule, Definition)]
    declarations = list(_declared(rules))
    asked = {name for name in names if name.startswith("--")}
    asked.update(*(_VARIABLE.findall(definition.text) for definition in definitions))
    new = asked.union(*(d.asks for d in declarations if d.sets is None))
    while new:
        asked |= new
        new = set().union(*(d.asks for d in declarations if d.sets in new)) - asked
    text = _written(rules, asked)
    icons = frozenset(ord(sign) for sign in _ICON.findall(text))
    text = _ICON.sub(lambda sign: f"\\{ord(sign[0]):x}", text)
    used = text.replace("\\", "")
    defined = "".join(definition.text for definition in definitions if definition.name in used)

    def resolved(found: re.Match[str]) -> str:
        path = Path(found[1])
        if path.suffix == ".woff2" and f".{path.stem.rpartition('-')[0]}" in names and icons:
            return _with_few_glyphs(path, icons)
        if path.name in characters:
            return _with_few_glyphs(path, characters[path.name])
        return address(path)

    return re.sub(rf"{_FILE}([^\"]*)", resolved, defined + text)


@cache
def _with_few_glyphs(path: Path, codes: frozenset[int]) -> str:
    """Return a font that has these characters only, as an address that contains it."""
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


def _chosen(rules: Sheet, names: set[str]) -> Iterator[Rule | Group]:
    for rule in rules:
        if isinstance(rule, Group):
            yield Group(rule.head, tuple(_chosen(rule.rules, names)))
        elif isinstance(rule, Rule):
            selectors = tuple(s for s in rule.selectors if s.may_match(names))
            if selectors:
                yield Rule(selectors, rule.declarations)


def _declared(rules: Iterable[Rule | Group | Definition]) -> Iterator[Declaration]:
    for rule in rules:
        if isinstance(rule, Rule):
            yield from rule.declarations
        elif isinstance(rule, Group):
            yield from _declared(rule.rules)


def _written(rules: Iterable[Rule | Group | Definition], variables: set[str]) -> str:
    text = []
    for rule in rules:
        if isinstance(rule, Group):
            if inner := _written(rule.rules, variables):
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
    keyword, prelude = node.lower_at_keyword, _short(tinycss2.serialize(node.prelude))
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
        yield Definition(_short(node.serialize()), prelude if keyword == "keyframes" else "")


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
        yield Selector(_short(tinycss2.serialize(part)), frozenset(names), alternatives)


def _declarations(content: Sequence[Any], folder: Path) -> Iterator[Declaration]:
    def at_its_place(found: re.Match[str]) -> str:
        return f'url("{_FILE}{(folder / found[2]).resolve().as_posix()}")'

    for node in tinycss2.parse_blocks_contents(content, True, True):
        if node.type == "error":  # what only old browsers understood
            continue
        text = _ADDRESS.sub(at_its_place, _short(node.serialize())).rstrip(";")
        sets = node.name if node.type == "declaration" and node.name.startswith("--") else None
        yield Declaration(text, sets, frozenset(_VARIABLE.findall(text)))


def _short(text: str) -> str:
    return re.sub(r"\s*\n\s*", " ", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)).strip()
