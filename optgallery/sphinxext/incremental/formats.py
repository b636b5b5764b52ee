"""What a builder's format can show: pages with scripts, pictures, or words alone."""

from sphinx.builders import Builder

_NOTHING_IS_WRITTEN = ""
"""The format of builders that only read pages, such as gettext, linkcheck and dummy."""


def runs_scripts(builder: Builder) -> bool:
    """Whether a builder writes pages for browsers, with scripts and files beside the pages.

    An EPUB is HTML, too, but a closed book: readers run no scripts, and each file must be listed.
    """
    return builder.format == "html" and builder.name != "epub"


def writes_documents(builder: Builder) -> bool:
    """Whether a builder writes documents that are not pages for browsers."""
    return builder.format != _NOTHING_IS_WRITTEN and not runs_scripts(builder)


def shows_pictures(builder: Builder) -> bool:
    """Whether a builder's documents can show a PNG."""
    return "image/png" in builder.supported_image_types
