"""HTML post-processing: inline the CSS that a page uses, defer scripts, set image sizes."""

import json
import re
from collections.abc import Callable
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

from sphinx.builders import Builder
from sphinx.jinja2glue import BuiltinTemplateLoader
from sphinx.theming import Theme

from optgallery.cache.fingerprint import digest, sources
from optgallery.cache.store import default_store
from optgallery.sphinxext.html import css, highlighting, math
from optgallery.sphinxext.incremental.formats import runs_scripts

_SHEET = re.compile(r'<link\b[^>]*\bhref="([^"]*_static/)([^"?]*\.css)[^"]*"[^>]*>\n?')
_SCRIPT = re.compile(r'<script\b([^>]*)\bsrc="([^"]*?)([^"/?]*)(\?[^"]*)?"([^>]*)></script>\n?')
_PRELOADED = re.compile(r'<link rel="preload" as="script"[^>]*>\n?')
_LATER = re.compile(r'<template class="og-later" data-src="([^"]*_static/)([^"?]*)')
_FIGURE = re.compile(
    r'<img src="(?P<folder>[^"]*/)(?P<name>[^"/]*)" srcset="[^ "]*, (?P<double>[^ "]*) 2.00x"'
    r'(?P<rest> alt="[^"]*" class = "sphx-glr-[^"]*")/>'
)
_TAG = re.compile(r"<([A-Za-z][\w:-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>")
_ATTRIBUTE = re.compile(r"""\s+[^\s=/>"']+(?:\s*=\s*(?:"[^"]*"|'[^']*'))?""")
_EMPTY = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "wbr",
}
_NAMED = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z]\w*;")
_SEARCH = {"searchtools.js", "language_data.js", "searchindex.js"}
_MATRICES = {"matrix.js", "matrix-grid.js"}
# Bootstrap's script names the classes of all its components; pages have the style of these only if
# it is in their HTML. The script itself shows menus and tooltips.
_NOT_BY_SCRIPT = (
    *(".alert", ".bs-popover", ".carousel", ".list-group", ".modal", ".offcanvas", ".popover"),
    *(".spinner", ".toast"),
)


class PostprocessingTemplates(BuiltinTemplateLoader):
    """A ``template_bridge``: Sphinx's own templates, with post-processing of every rendered page.

    The rules that a page uses are inlined in one ``style`` element; its scripts are deferred, and
    scripts that it does not use are removed.
    """

    def init(
        self, builder: Builder, theme: Theme | None = None, dirs: list[str] | None = None
    ) -> None:
        """Set the folders of the build's output and the caches."""
        super().init(builder, theme, dirs)
        self.browsers = runs_scripts(builder)  # an EPUB must stay well-formed XML
        self.static = Path(builder.outdir, "_static").resolve()
        self.images = Path(builder.outdir, "_images")
        options = builder.config.html_theme_options
        self.highlighting = tuple(options[f"pygments_{kind}_style"] for kind in ("light", "dark"))
        self._sheet = cache(self._parse)
        self._script_names = cache(self._find_script_names)
        self._sheet_names = cache(self._find_sheet_names)
        self._state = cache(self._compute_state)
        self.styles: dict[tuple[str, tuple[str, ...], frozenset[str], frozenset[int]], str] = {}

    def render(self, template: str, context: dict[str, Any]) -> str:  # type: ignore[override]
        """Return a page, post-processed."""
        html = super().render(template, context)
        if "</head>" not in html:
            return html
        if not self.browsers:
            return as_xml(html)
        return self.postprocess(html, context.get("pagename", ""))

    def postprocess(self, html: str, page: str = "") -> str:
        """Return the post-processed HTML of a page."""
        html = _PRELOADED.sub("", html)
        # the theme has colours for light and dark alone, between which a script chooses
        html = html.replace(' data-theme="auto">', ' data-theme="light">', 1)
        html = self._with_deferred_scripts(html, page)
        html = self._with_sizes(html)
        html = re.sub(r'(class="sphx-glr-thumbcontainer") tooltip="[^"]*"', r"\1", html)
        if '<div class="viewcode-block"' in html:
            html = re.sub(r"<pre>.*?</pre>", _with_spans, html, flags=re.DOTALL)
        return self._with_style(html)

    def _with_deferred_scripts(self, html: str, page: str) -> str:
        """Defer scripts, keeping their order, and remove those that the page does not use.

        Bootstrap, which opens menus, is loaded by ``optgallery.js`` on first use, except on pages
        with a collapsible side bar, where the theme's script needs it at once.
        """

        def deferred(found: re.Match[str]) -> str:
            before, folder, name, version, after = found.groups()
            if name == "documentation_options.js":  # inline scripts set its fields
                return f"<script>{self._read(name)}</script>\n"
            if name in _SEARCH and page != "search":
                return ""
            if name in _MATRICES and "og-matrix" not in html:
                return ""
            if name == "fontawesome.js" and "fa-custom" not in html:
                return ""
            if name == "bootstrap.js" and 'id="pst-collapse-sidebar-button"' not in html:
                # an element that is allowed in the head and in the body
                address = f"{folder}{name}{version or ''}"
                return f'<template class="og-later" data-src="{address}"></template>\n'
            attributes = re.sub(r'\s*\bdefer(="[^"]*")?', "", f"{before.rstrip()}{after.rstrip()}")
            return f'<script defer{attributes} src="{folder}{name}{version or ""}"></script>\n'

        return _SCRIPT.sub(deferred, html)

    def _with_sizes(self, html: str) -> str:
        """Add sizes to sphinx-gallery's figures, and load them lazily.

        The ``srcset`` lists widths instead of densities, so that a narrow screen with a high
        density can use the smaller file.
        """

        def sized(found: re.Match[str]) -> str:
            folder, name, double, rest = found.group("folder", "name", "double", "rest")
            width, height = _size(self.images / name)
            return (
                f'<img src="{folder}{name}" srcset="{folder}{name} {width}w, {double} {2 * width}w"'
                f' sizes="min(100vw, {width}px)" width="{width}" height="{height}"{rest}'
                ' loading="lazy">'
            )

        return _FIGURE.sub(sized, html)

    def _with_style(self, html: str) -> str:
        """Replace the first link to a style sheet by the inlined rules, and remove the others."""
        linked = list(_SHEET.finditer(html))
        if not linked:
            return html
        scripts = [
            found[2] + found[3] for found in _SCRIPT.finditer(html) if "_static/" in found[2]
        ] + ["".join(found.groups()) for found in _LATER.finditer(html)]
        files = tuple(found[2] for found in linked)
        added = (self._script_names(script.rpartition("_static/")[2], files) for script in scripts)
        names = css.select_names(css.names_in_html(html), self._sheet_names(files)).union(*added)
        style = self._style(linked[0][1], files, names, math.characters(html))
        position = linked[0].start()
        return _SHEET.sub("", f"{html[:position]}<style>{style}</style>\n{html[position:]}")

    def _style(
        self, root: str, files: tuple[str, ...], names: set[str], characters: frozenset[int]
    ) -> str:
        """Return the CSS of pages with these names, whose formulas show these characters."""
        key = (root, files, frozenset(names), characters)
        if key not in self.styles:

            def purge() -> str:
                return css.purge(
                    [self._sheet(file) for file in files],
                    names,
                    lambda path: root + path.relative_to(self.static).as_posix(),
                    {math.FONT.name: characters},
                )

            self.styles[key] = self._cached(purge, root, files, sorted(names), characters)
        return self.styles[key]

    def _cached(self, compute: Callable[[], str], *arguments: Any) -> str:
        """Return a result that depends on the style sheets and the arguments, from the store."""
        key = digest(self._state(), *arguments)
        return default_store().get_or_compute(key, lambda: compute().encode()).decode()

    def _compute_state(self) -> str:
        """Return a digest of all style sheets, and of the code and libraries that process them."""
        sheets = [
            path for path in sorted(self.static.rglob("*.css")) if path.name != "pygments.css"
        ]
        texts = [path.read_text(encoding="utf-8") for path in sheets]
        font = math.FONT.read_bytes()
        return digest(sources(__name__), self._read("pygments.css"), font, *texts)

    def _parse(self, name: str) -> css.Sheet:
        return css.parse(self._read(name), (self.static / name).parent)

    def _find_sheet_names(self, files: tuple[str, ...]) -> set[str]:
        def find() -> str:
            return json.dumps(
                sorted({name for f in files for name in css.names_in_sheet(self._sheet(f))})
            )

        return set(json.loads(self._cached(find, "names", files)))

    def _find_script_names(self, script: str, files: tuple[str, ...]) -> set[str]:
        names = css.select_names(css.names_in_script(self._read(script)), self._sheet_names(files))
        if script.rpartition("/")[2] == "bootstrap.js":
            return {name for name in names if not name.startswith(_NOT_BY_SCRIPT)}
        return names

    def _read(self, name: str) -> str:
        if name == "pygments.css":  # the theme writes its own after all pages
            return highlighting.stylesheet(*self.highlighting)
        return (self.static / name).read_text(encoding="utf-8")


def as_xml(html: str) -> str:
    r"""Return HTML as XML, which the pages of an EPUB must be.

    Empty elements are closed, attributes without a value get an empty one, and named characters
    that XML does not know are written out. Everything else must be well-formed already.

    Examples
    --------
    >>> as_xml('<p>2&nbsp;m<br><input disabled name="a > b"></p>')
    '<p>2\xa0m<br/><input disabled="" name="a > b"/></p>'
    """
    html = _NAMED.sub(lambda found: unescape(found[0]), html)

    def closed(found: re.Match[str]) -> str:
        name, attributes = found.groups()
        given = "".join(
            attribute if "=" in attribute else f'{attribute}=""'
            for attribute in _ATTRIBUTE.findall(attributes)
        )
        return f"<{name}{given}{'/' if name in _EMPTY or attributes.endswith('/') else ''}>"

    return _TAG.sub(closed, html)


def _with_spans(code: re.Match[str]) -> str:
    """Replace the blocks in a ``pre`` element, which may not contain any, by spans."""
    return code[0].replace("<div", "<span").replace("</div>", "</span>")


def _size(path: Path) -> tuple[int, int]:
    from PIL import Image

    with Image.open(path) as image:
        return image.size
