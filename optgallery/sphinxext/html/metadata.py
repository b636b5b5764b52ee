"""Metadata for search engines and link previews: the sitemap, descriptions and images."""

from typing import Any
from urllib.parse import quote, urljoin
from xml.etree import ElementTree as ET

from docutils import nodes
from markupsafe import Markup
from sphinx.addnodes import desc_content
from sphinx.application import Sphinx

from optgallery.sphinxext.incremental.formats import runs_scripts
from optgallery.sphinxext.pages.matrix_directives import animation

SITEMAP = "sitemap.xml"

_SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"


def write_sitemap(app: Sphinx, exception: Exception | None) -> None:
    """Write the sitemap of all pages, or delete it if ``html_baseurl`` is not set."""
    if exception or app.builder.name not in {"html", "dirhtml"}:
        return
    if not app.config.html_baseurl:
        (app.outdir / SITEMAP).unlink(missing_ok=True)
        return
    root = ET.Element("urlset", xmlns=_SCHEMA)
    for docname in sorted(app.env.found_docs):
        address = urljoin(app.config.html_baseurl, quote(app.builder.get_target_uri(docname)))
        ET.SubElement(ET.SubElement(root, "url"), "loc").text = address
    ET.indent(root)
    ET.ElementTree(root).write(app.outdir / SITEMAP, encoding="utf-8", xml_declaration=True)


def write_error_page(app: Sphinx, exception: Exception | None) -> None:
    """Write the page of missing addresses where hosts look for it, which is not a folder."""
    page = app.outdir / "404" / "index.html"
    if exception is None and app.builder.name == "dirhtml" and page.exists():
        (app.outdir / "404.html").write_bytes(page.read_bytes())


def add_preview(
    app: Sphinx, _page: str, _template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Set the preview image to the still of the page's first animation; describe API pages.

    sphinxext.opengraph describes other pages by their first sentences, which API pages lack.
    """
    if doctree is None or not runs_scripts(app.builder):
        return
    if summary := _api_summary(doctree):
        tag = Markup('<meta name="description" content="{}">').format(summary)
        context["metatags"] = context.get("metatags", "") + str(tag)
    first = next(iter(doctree.findall(animation)), None)
    uris = [image["uri"] for image in first.findall(nodes.image)] if first else []
    images: dict[str, str] = getattr(app.builder, "images", {})
    if first is None or len(uris) < 2 or uris[1] not in images:
        return
    meta = context.get("meta") or {}
    meta.setdefault("og:image", f"{app.builder.imagedir}/{quote(images[uris[1]])}")
    meta.setdefault("og:image:alt", first["alt"])
    context["meta"] = meta


def _api_summary(doctree: nodes.document) -> str:
    """Return the title and the first paragraph of a page of the API reference."""
    title = doctree.next_node(nodes.title)
    content = doctree.next_node(desc_content)
    paragraph = content.next_node(nodes.paragraph) if content else None
    return f"{title.astext()}: {paragraph.astext()}" if title and paragraph else ""
