"""Tiles that lead to other pages: families of entries, and the first stories.

Each has the thumbnail of a page, which moves under the pointer, a title and a sentence.
"""

from collections.abc import Iterator, Sequence
from html import unescape
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from optgallery.functions import FUNCTIONS, TestFunction
from optgallery.optim import OPTIMIZERS, OptimizerSpec
from optgallery.registry import EVERY
from optgallery.sphinxext.incremental.dependencies import Entries
from optgallery.sphinxext.incremental.formats import writes_documents
from optgallery.sphinxext.incremental.rebuild import note_entries, note_index
from optgallery.sphinxext.pages.sort_key import FIRST_STORIES
from optgallery.sphinxext.templates import render


class Group(NamedTuple):
    """A family of optimizers or a kind of functions.

    Attributes
    ----------
    example : str
        The entry whose thumbnail stands for the group.
    title : str
    words : str
        What its members have in common.
    """

    example: str
    title: str
    words: str


FAMILIES: dict[str, Group] = {
    "momentum": Group(
        "momentum", "Gradient descent and momentum", "Along the gradient, or a sum of past ones."
    ),
    "averaging": Group(
        "schedule_free_adamw", "Averaging", "The answer is a mean of the points, not the last one."
    ),
    "sign": Group("lion", "Signs", "Only the signs of gradients count, and not their size."),
    "adaptive": Group(
        "adam", "Adaptive rates", "Each coordinate has a rate of its own: Adam and its relatives."
    ),
    "norm-scaled": Group(
        "novograd", "Scaled by norms", "A step as long as the parameters or the gradients ask for."
    ),
    "second-order": Group("lbfgs", "Second order", "Steps are divided by measured curvature."),
    "matrix": Group("soap", "Matrices", "A layer's gradient is a matrix, and is treated as one."),
    "learning-rate-free": Group(
        "prodigy", "Without a learning rate", "The rate is found while they run."
    ),
    "wrapper": Group("lookahead", "Around another", "Steers another optimizer's steps."),
}
"""The families of the registry."""

KINDS: dict[str, Group] = {
    "bowls": Group("booth", "Bowls", "One minimum, and downhill leads there: how fast?"),
    "valleys": Group("rosenbrock", "Valleys", "Steep walls and a floor that is nearly flat."),
    "basins": Group("himmelblau", "Basins", "Several minima: which one does a run find?"),
    "saddles": Group("monkey_saddle", "Saddles", "Places that are flat, and are no minimum."),
    "ripples": Group("ackley", "Ripples", "A bowl under many small waves."),
    "multimodal": Group("shubert", "Many minima", "Deep local minima, far from the global one."),
    "nonsmooth": Group("flower", "Kinks", "Edges and points where the gradient jumps."),
}
"""The kinds of functions: the modules of their formulas."""


class tiles(nodes.General, nodes.Element):
    """Tiles side by side; ``ordered`` if they are steps of a way."""


class tile(nodes.Part, nodes.Element):
    """A tile: title, words, number, the page that it leads to, and perhaps a thumbnail."""


class _TilesDirective(SphinxDirective):
    """A directive that shows tiles."""

    def shown(self, found: Sequence[tile], *, ordered: bool = False) -> list[nodes.Node]:
        """Return the tiles in one node."""
        node = tiles("", *found, ordered=ordered)
        self.set_source_info(node)
        return [node]

    def tile(self, title: str, words: str, page: str, of: str, *, under: str = "") -> tile:
        """Return a tile with the thumbnail of a page, if its script was run."""
        folder, _, stem = of.rpartition("/")
        thumbnail = f"{folder}/images/thumb/sphx_glr_{stem}_thumb.gif"
        made = tile(title=title, words=words, page=page, under=under)
        if Path(self.env.srcdir, thumbnail).exists():
            made += nodes.image(uri=f"/{thumbnail}", alt="")
        return made


class GroupTiles(_TilesDirective):
    """Show families of optimizers, or kinds of functions: ``.. group-tiles:: optimizers``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return a tile for each family or kind."""
        folder = self.arguments[0]
        members: dict[str, list[OptimizerSpec]] | dict[str, list[TestFunction]]
        if folder == "optimizers":
            groups, prefix, members = FAMILIES, "plot_opt_", families()
        elif folder == "functions":
            groups, prefix, members = KINDS, "plot_fn_", kinds()
        else:
            raise self.error(f"{self.name} takes optimizers or functions, got {folder!r}")
        note_entries(self.env, self.env.docname, Entries(**{folder: (EVERY,)}))
        note_index(self.env, folder)
        found = []
        for key, entries in members.items():
            group = groups.get(key) or Group(entries[0].name, key.capitalize(), "")
            number = f"{len(entries)} {folder if len(entries) > 1 else folder[:-1]}"
            page = f"{folder}/index#{nodes.make_id(key)}"
            of = f"{folder}/{prefix}{group.example}"
            found.append(self.tile(group.title, group.words, page, of, under=number))
        return self.shown(found)


class FirstStories(_TilesDirective):
    """Show the stories for those who begin, in their order: ``.. first-stories::``."""

    def run(self) -> list[nodes.Node]:
        """Return a tile for each story that has a page."""
        note_index(self.env, "stories")
        found = []
        for stem in FIRST_STORIES:
            page = f"stories/{stem}"
            if page in self.env.found_docs:
                title, words = _heading(Path(self.env.doc2path(page)))
                found.append(self.tile(title, words, page, page))
        return self.shown(found, ordered=True)


def families() -> dict[str, list[OptimizerSpec]]:
    """Return the optimizers of the registry by family.

    Examples
    --------
    >>> [spec.name for spec in families()["wrapper"]]
    ['lookahead']
    """
    found: dict[str, list[OptimizerSpec]] = {}
    for spec in OPTIMIZERS.values():
        found.setdefault(spec.family, []).append(spec)
    return found


def kinds() -> dict[str, list[TestFunction]]:
    """Return the functions of the grid by the module of their formula.

    Examples
    --------
    >>> len(kinds()["saddles"])
    4
    """
    found: dict[str, list[TestFunction]] = {}
    for fn in FUNCTIONS.values():
        if fn.variant_of is None:
            kind = getattr(fn.formula, "__module__", "").rpartition(".")[2]
            found.setdefault(kind, []).append(fn)
    return found


def _heading(page: Path) -> tuple[str, str]:
    """Return the title of a page of sphinx-gallery, and its first paragraph."""
    blocks = page.read_text(encoding="utf-8").split("\n\n")
    place = next(i for i, block in enumerate(blocks) if "\n===" in block)
    title = next(line for line in blocks[place].splitlines() if line and line[0] not in ".=")
    words = next(block for block in blocks[place + 1 :] if block.strip())
    return unescape(title), " ".join(words.split())


def visit_tiles(self: HTML5Translator, node: nodes.Element) -> None:
    """Write the tiles."""
    self.body.append(
        render("tiles", ordered=node["ordered"], tiles=list(_values(self, node.findall(tile))))
    )
    raise nodes.SkipNode


def _values(self: HTML5Translator, found: Iterator[tile]) -> Iterator[dict[str, str | None]]:
    builder = self.builder
    for each in found:
        page, sign, place = each["page"].partition("#")
        source = None
        for image in each.findall(nodes.image):
            if image["uri"] in builder.images:
                source = f"{builder.imgpath}/{quote(builder.images[image['uri']])}"
        yield {
            "address": builder.get_relative_uri(builder.current_docname, page) + sign + place,
            "source": source,
            **{key: each[key] for key in ("title", "words", "under")},
        }


def use_links(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """Replace tiles by a list in documents that are no pages for browsers."""
    if not writes_documents(app.builder):
        return
    for node in list(doctree.findall(tiles)):
        items = [
            nodes.list_item(
                "", nodes.paragraph("", f"{t['title']}. {t['words']} {t['under']}".strip())
            )
            for t in node.findall(tile)
        ]
        listed = nodes.enumerated_list if node["ordered"] else nodes.bullet_list
        node.replace_self(listed("", *items))


def add_tiles(app: Sphinx) -> None:
    """Register the directives and the node."""
    app.add_directive("group-tiles", GroupTiles)
    app.add_directive("first-stories", FirstStories)
    app.add_node(tiles, html=(visit_tiles, None))
    app.add_node(tile)
    app.connect("doctree-resolved", use_links)
