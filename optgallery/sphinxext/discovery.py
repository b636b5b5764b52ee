"""What search engines and previews of links find: the list of all pages, and a picture of each."""

from typing import Any
from urllib.parse import quote, urljoin
from xml.etree import ElementTree as ET

from docutils import nodes
from sphinx.application import Sphinx

from optgallery.sphinxext.directives import animation

SITEMAP = "sitemap.xml"

_SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"


def write_sitemap(app: Sphinx, exception: Exception | None) -> None:
    """List every page of the site, where its address is known.

    The pages are all that Sphinx knows of, not those that this build has written.
    """
    if exception or app.builder.name != "html" or not app.config.html_baseurl:
        return
    root = ET.Element("urlset", xmlns=_SCHEMA)
    for docname in sorted(app.env.found_docs):
        address = urljoin(app.config.html_baseurl, quote(app.builder.get_target_uri(docname)))
        ET.SubElement(ET.SubElement(root, "url"), "loc").text = address
    ET.indent(root)
    ET.ElementTree(root).write(app.outdir / SITEMAP, encoding="utf-8", xml_declaration=True)


def add_preview(
    app: Sphinx, _page: str, _template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give the still of a page's first animation to the previews of links to it."""
    first = next(iter(doctree.findall(animation)), None) if doctree else None
    uris = [image["uri"] for image in first.findall(nodes.image)] if first else []
    images: dict[str, str] = getattr(app.builder, "images", {})
    if first is None or len(uris) < 2 or uris[1] not in images:
        return
    meta = context.get("meta") or {}
    meta.setdefault("og:image", f"{app.builder.imagedir}/{quote(images[uris[1]])}")
    meta.setdefault("og:image:alt", first["alt"])
    context["meta"] = meta
