"""The last hand on a page: what a browser needs before it can show it stands in the page itself."""

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from sphinx.builders import Builder
from sphinx.jinja2glue import BuiltinTemplateLoader
from sphinx.theming import Theme

from optgallery.cache.fingerprint import digest, sources
from optgallery.cache.store import default_store
from optgallery.sphinxext.html import css, highlighting, math

_SHEET = re.compile(r'<link\b[^>]*\bhref="([^"]*_static/)([^"?]*\.css)[^"]*"[^>]*>\n?')
_SCRIPT = re.compile(r'<script\b([^>]*)\bsrc="([^"]*?)([^"/?]*)(\?[^"]*)?"([^>]*)></script>\n?')
_PRELOADED = re.compile(r'<link rel="preload" as="script"[^>]*>\n?')
_LATER = re.compile(r'<link rel="prefetch" href="([^"]*_static/)([^"?]*)')
_FIGURE = re.compile(
    r'<img src="(?P<folder>[^"]*/)(?P<name>[^"/]*)" srcset="[^ "]*, (?P<double>[^ "]*) 2.00x"'
    r'(?P<rest> alt="[^"]*" class = "sphx-glr-[^"]*")/>'
)
_SEARCH = {"searchtools.js", "language_data.js", "searchindex.js"}


class Finished(BuiltinTemplateLoader):
    """Sphinx's own templates, whose pages are finished before they are written.

    It is set as ``template_bridge``. A page gets its style sheets cut down to what it uses, as one
    that it carries itself; its scripts run when it is there, and those that it has no use for go.
    """

    def init(
        self, builder: Builder, theme: Theme | None = None, dirs: list[str] | None = None
    ) -> None:
        """Take note of where the build writes."""
        super().init(builder, theme, dirs)
        self.static = Path(builder.outdir, "_static").resolve()
        self.images = Path(builder.outdir, "_images")
        options = builder.config.html_theme_options
        self.highlighting = tuple(options[f"pygments_{kind}_style"] for kind in ("light", "dark"))
        self._sheet = cache(self._parse)
        self._spoken = cache(self._names)
        self._known = cache(self._all_names)
        self._state = cache(self._all_state)
        self.styles: dict[tuple[str, tuple[str, ...], frozenset[str], frozenset[int]], str] = {}

    def render(self, template: str, context: dict[str, Any]) -> str:  # type: ignore[override]
        """Return a finished page."""
        html = super().render(template, context)
        return self.finish(html, context.get("pagename", "")) if "</head>" in html else html

    def finish(self, html: str, page: str = "") -> str:
        """Finish a page."""
        html = _PRELOADED.sub("", html)
        html = self._with_light_scripts(html, page)
        html = self._with_sizes(html)
        html = re.sub(r'(class="sphx-glr-thumbcontainer") tooltip="[^"]*"', r"\1", html)
        if '<div class="viewcode-block"' in html:
            html = re.sub(r"<pre>.*?</pre>", _with_spans, html, flags=re.DOTALL)
        return self._with_style(html)

    def _with_light_scripts(self, html: str, page: str) -> str:
        """Let scripts wait for the page, in their order, and drop what it has no use for.

        Bootstrap, which opens menus, waits until one is met, as ``optgallery.js`` has it; but for
        pages whose side bar folds: there the theme's script asks for it at once.
        """

        def light(found: re.Match[str]) -> str:
            before, folder, name, version, after = found.groups()
            if name == "documentation_options.js":  # scripts within the page set its fields
                return f"<script>{self._read(name)}</script>\n"
            if name in _SEARCH and page != "search":
                return ""
            if name == "fontawesome.js" and "fa-custom" not in html:
                return ""
            if name == "bootstrap.js" and 'id="pst-collapse-sidebar-button"' not in html:
                return f'<link rel="prefetch" href="{folder}{name}{version or ""}">\n'
            attributes = re.sub(r'\s*\bdefer(="[^"]*")?', "", f"{before.rstrip()}{after.rstrip()}")
            return f'<script defer{attributes} src="{folder}{name}{version or ""}"></script>\n'

        return _SCRIPT.sub(light, html)

    def _with_sizes(self, html: str) -> str:
        """Give sphinx-gallery's figures their sizes, and load them when they come into view.

        They are offered by their widths, so that a narrow screen of many pixels takes the small one
        if it is enough.
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
        """Put what the page uses of its style sheets where it links the first of them."""
        linked = list(_SHEET.finditer(html))
        if not linked:
            return html
        scripts = [
            found[2] + found[3] for found in _SCRIPT.finditer(html) if "_static/" in found[2]
        ] + ["".join(found.groups()) for found in _LATER.finditer(html)]
        files = tuple(found[2] for found in linked)
        spoken = (self._spoken(script.rpartition("_static/")[2], files) for script in scripts)
        names = css.among(css.names_in_html(html), self._known(files)).union(*spoken)
        style = self._style(linked[0][1], files, names, math.characters(html))
        place = linked[0].start()
        return _SHEET.sub("", f"{html[:place]}<style>{style}</style>\n{html[place:]}")

    def _style(
        self, root: str, files: tuple[str, ...], names: set[str], characters: frozenset[int]
    ) -> str:
        """Return one style of these sheets, the same for pages that have the same names.

        Their formulas show the same characters, too.
        """
        key = (root, files, frozenset(names), characters)
        if key not in self.styles:

            def cut() -> str:
                return css.cut(
                    [self._sheet(file) for file in files],
                    names,
                    lambda path: root + path.relative_to(self.static).as_posix(),
                    {math.FONT.name: characters},
                )

            self.styles[key] = self._recalled(cut, root, files, sorted(names), characters)
        return self.styles[key]

    def _recalled(self, make: Callable[[], str], *what: Any) -> str:
        """Return what was made of the style sheets before, in this process or another one."""
        name = digest(self._state(), *what)
        return default_store().get_or_compute(name, lambda: make().encode()).decode()

    def _all_state(self) -> str:
        """Stand for all style sheets, and for the code and the libraries that cut them down."""
        sheets = [
            path for path in sorted(self.static.rglob("*.css")) if path.name != "pygments.css"
        ]
        texts = [path.read_text(encoding="utf-8") for path in sheets]
        font = math.FONT.read_bytes()
        return digest(sources(__name__), self._read("pygments.css"), font, *texts)

    def _parse(self, name: str) -> css.Sheet:
        return css.parse(self._read(name), (self.static / name).parent)

    def _all_names(self, files: tuple[str, ...]) -> set[str]:
        def find() -> str:
            return json.dumps(
                sorted({name for f in files for name in css.names_in_sheet(self._sheet(f))})
            )

        return set(json.loads(self._recalled(find, "names", files)))

    def _names(self, script: str, files: tuple[str, ...]) -> set[str]:
        return css.among(css.names_in_script(self._read(script)), self._known(files))

    def _read(self, name: str) -> str:
        if name == "pygments.css":  # the theme writes its own when all pages are written
            return highlighting.stylesheet(*self.highlighting)
        return (self.static / name).read_text(encoding="utf-8")


def _with_spans(code: re.Match[str]) -> str:
    """Mark the parts of a source, where there may be no blocks, with spans."""
    return code[0].replace("<div", "<span").replace("</div>", "</span>")


def _size(path: Path) -> tuple[int, int]:
    from PIL import Image

    with Image.open(path) as image:
        return image.size
