"""The figures of scripts in the form of a page: SVG in panels, and the images in them."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optgallery.cache.atomic_write import write
from optgallery.cache.fingerprint import digest, sources
from optgallery.cache.store import default_store
from optgallery.plot import page_panels
from optgallery.sphinxext.incremental.cells import short_digest

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DIRECTIVE = "script-figure"
FILE = "_page.json"
"""Ending of the file of a figure's panels, beside its picture."""

DOUBLE = "_2_00x.png"
"""Ending of sphinx-gallery's picture at double resolution."""


@dataclass(frozen=True)
class Drawing:
    """A figure as a page shows it.

    Attributes
    ----------
    rows : list of lists of [str, int]
        For each panel, its SVG and its width in CSS pixels.
    images : list of bytes
        The PNG files that the panels show.
    """

    rows: list[list[tuple[str, int]]]
    images: list[bytes]

    @classmethod
    def of(cls, make: Callable[[], "Figure"], key: str | None, salt: str) -> "Drawing":
        """Draw a figure, or take it from the store if it has a key.

        Parameters
        ----------
        make : callable
            Returns the figure.
        key : str or None
            A digest of what the figure depends on; None if it is to be drawn in any case.
        salt : str
            Tells the figures of a page apart.

        Returns
        -------
        Drawing
        """
        if key is None:
            return cls._drawn(make(), salt)
        name = digest(key, sources(page_panels.__name__, __name__), salt)
        content = default_store().get_or_compute(
            name, lambda: cls._drawn(make(), salt)._content().encode()
        )
        given: dict[str, Any] = json.loads(content)
        return cls(given["rows"], [b64decode(image) for image in given["images"]])

    @classmethod
    def _drawn(cls, figure: "Figure", salt: str) -> "Drawing":
        panels = page_panels.panels(figure, salt)
        rows = [[(panel.svg, panel.width) for panel in row] for row in panels.rows]
        return cls(rows, list(panels.images))

    def _content(self) -> str:
        images = [b64encode(image).decode() for image in self.images]
        return json.dumps({"rows": self.rows, "images": images})

    def write(self, picture: Path) -> list[Path]:
        """Write its files beside the figure's picture, and return their paths."""
        stem = picture.with_suffix("")
        names = [f"{stem.name}_page_{i}.png" for i in range(len(self.images))]
        description = json.dumps({"rows": self.rows, "images": names}).encode()
        contents = dict(
            zip([f"{stem.name}{FILE}", *names], [description, *self.images], strict=True)
        )
        for name, content in contents.items():
            path = picture.with_name(name)
            if not path.exists() or path.read_bytes() != content:  # else it would be copied again
                write(path, content)
        return [picture.with_name(name) for name in contents]


def rest(picture: Path, files: Sequence[Path], words: str, source: Path) -> str:
    """Return the directive that shows a figure whose files are in the source folder.

    Its digest changes when a file does, because Sphinx would not copy a new image to a page whose
    text is unchanged.
    """
    double = picture.with_name(f"{picture.stem}{DOUBLE}")
    shown = double if double.exists() else picture
    contents = [path.read_bytes() for path in (shown, *files)]
    return (
        f"\n.. {DIRECTIVE}:: /{files[0].relative_to(source).as_posix()}\n"
        f"   :picture: /{shown.relative_to(source).as_posix()}\n"
        f"   :alt: {words}\n"
        f"   :digest: {short_digest(b''.join(contents))}\n"
    )
