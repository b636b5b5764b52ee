"""Directives of the gallery's pages: one animation, and a matrix of them."""

import json
from html import escape
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator


class animation(nodes.General, nodes.Element):
    """A moving picture: two images, the GIF and its poster, of which a page shows one."""


class matrix(nodes.General, nodes.Element):
    """A table of trajectories, rows by function or optimizer, columns by learning rate."""


class AnimationDirective(SphinxDirective):
    """Show a GIF, or its still poster to visitors who prefer reduced motion.

    The images are ordinary image nodes below the node, so that Sphinx tracks and copies them.
    """

    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[Any] = {
        "poster": directives.unchanged_required,
        "alt": directives.unchanged_required,
        "class": directives.class_option,
        "eager": directives.flag,
        "digest": directives.unchanged,  # changes the page's text when the picture changes
    }

    def run(self) -> list[nodes.Node]:
        """Return one animation node with two images."""
        node = animation(
            alt=self.options["alt"],
            classes=self.options.get("class", []),
            loading="eager" if "eager" in self.options else "lazy",
        )
        for uri in (self.arguments[0], self.options["poster"]):
            node += nodes.image(uri=uri, alt=self.options["alt"])
        self.set_source_info(node)
        return [node]


class MatrixDirective(SphinxDirective):
    """Show a sweep as a table of still pictures that move when touched."""

    required_arguments = 1
    option_spec: ClassVar[Any] = {"digest": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Return one table for each optimizer, or a single one if the function is always the same."""
        relative, path = self.env.relfn2path(self.arguments[0])
        self.env.note_dependency(relative)
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        functions = {cell["function"] for cell in content["cells"]}
        if len(functions) == 1:
            return [matrix(rows="optimizer", **content)]
        by_optimizer: dict[str, list[dict[str, Any]]] = {}
        for cell in content["cells"]:
            by_optimizer.setdefault(cell["optimizer"], []).append(cell)
        return [
            matrix(rows="function", **(content | {"cells": cells}))
            for cells in by_optimizer.values()
        ]


def add_nodes(app: Sphinx) -> None:
    """Register the nodes and their HTML; other formats get the picture's description."""
    app.add_node(animation, html=(visit_animation, None), text=(visit_as_text, None))
    app.add_node(matrix, html=(visit_matrix, None), text=(visit_as_text, None))


def visit_as_text(self: Any, node: nodes.Element) -> None:
    """Write the alternative text."""
    self.add_text(node.get("alt", ""))
    raise nodes.SkipNode


def visit_animation(self: HTML5Translator, node: nodes.Element) -> None:
    """Write a picture element whose still source serves reduced motion, and a pause button."""
    uris = [image["uri"] for image in node.findall(nodes.image)]
    if not all(uri in self.builder.images for uri in uris):  # scripts were not run
        self.body.append(f'<p class="og-missing">{escape(node["alt"])}</p>\n')
        raise nodes.SkipNode
    gif, poster = (f"{self.builder.imgpath}/{quote(self.builder.images[uri])}" for uri in uris)
    width, height = _size(Path(self.builder.srcdir, uris[0]))
    classes = " ".join(["og-animation", *node["classes"]])
    self.body.append(
        f'<figure class="{classes}"><picture>'
        f'<source media="(prefers-reduced-motion: reduce)" srcset="{poster}">'
        f'<img src="{gif}" data-poster="{poster}" alt="{escape(node["alt"])}" '
        f'width="{width}" height="{height}" loading="{node["loading"]}" class="dark-light">'
        "</picture></figure>\n"
    )
    raise nodes.SkipNode


def visit_matrix(self: HTML5Translator, node: nodes.Element) -> None:
    """Write the table; each cell is a link to its GIF, which the script turns into a player."""
    depth = self.builder.current_docname.count("/")
    root = "../" * depth
    kind = node["rows"]
    rows: dict[str, list[dict[str, Any]]] = {}
    for cell in node["cells"]:
        rows.setdefault(cell[kind], []).append(cell)
    head = "".join(f'<th scope="col">lr {lr:g}</th>' for lr in node["lrs"])
    body = "".join(
        f'<tr><th scope="row">{_row_title(self, kind, row[0], root)}</th>'
        + "".join(_cell(cell, kind, root) for cell in row)
        + "</tr>\n"
        for row in rows.values()
    )
    self.body.append(
        '<div class="og-matrix" tabindex="0" role="region" aria-label="Matrix of trajectories">'
        '<table><thead><tr><td></td>'
        f"{head}</tr></thead>\n<tbody>{body}</tbody></table></div>\n"
    )
    raise nodes.SkipNode


_MARKS = {"solved": "✓", "diverged": "✗", "unsolved": "f"}


def _cell(cell: dict[str, Any], kind: str, root: str) -> str:
    stem = root + quote(cell["stem"])
    anchor = f"{cell[kind]}-lr-{cell['lr']:g}"
    note = f"{_MARKS[cell['status']]} {cell['note']}"
    return (
        f'<td class="og-cell og-{cell["status"]}" id="{anchor}">'
        f'<a class="og-tile" href="{stem}.gif" data-code="{escape(cell["code"])}">'
        f'<img src="{stem}.png" width="{cell["width"]}" height="{cell["height"]}" '
        f'alt="{escape(cell["summary"])}" loading="lazy" class="dark-light"></a>'
        f'<span class="og-note" title="{escape(cell["outcome"])}" aria-hidden="true">{note}</span>'
        "</td>"
    )


def _row_title(self: HTML5Translator, kind: str, cell: dict[str, Any], root: str) -> str:
    page = {
        "function": f"functions/plot_fn_{cell['function']}",
        "optimizer": f"optimizers/plot_opt_{cell['optimizer']}",
    }[kind]
    title = escape(cell[f"{kind}_title"])
    if page in self.builder.env.found_docs:
        return f'<a href="{root}{page}.html">{title}</a>'
    return title


def _size(path: Path) -> tuple[int, int]:
    from PIL import Image

    with Image.open(path) as image:
        return image.size
