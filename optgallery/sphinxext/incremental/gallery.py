"""The settings of sphinx-gallery in a project that uses it, in any form that they may have."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

from optgallery.sphinxext.incremental.scraper import scrape, watch

SCRAPERS = ("optgallery.sphinxext.scrape", "optgallery.sphinxext.incremental.scraper.scrape")
"""The scraper's names in ``image_scrapers``, the one for users first."""

WATCHES = ("optgallery.sphinxext.incremental.scraper.watch",)

_NO_GALLERY: Mapping[str, Any] = {"plot_gallery": True, "examples_dirs": [], "gallery_dirs": []}


def settings(config: Config) -> Mapping[str, Any]:
    """Return ``sphinx_gallery_conf``; without sphinx-gallery, those of a gallery of no scripts."""
    return config.sphinx_gallery_conf if "sphinx_gallery_conf" in config else _NO_GALLERY


def scripts_run(config: Config) -> bool:
    """Whether the build computes runs, instead of only reading text.

    ``plot_gallery`` of sphinx-gallery decides; without sphinx-gallery, runs are computed.
    """
    return settings(config)["plot_gallery"] not in (False, "False", "0", 0)


def is_run(script: Path, config: Config) -> bool:
    """Whether sphinx-gallery runs a script, instead of only showing it."""
    return bool(re.search(settings(config)["filename_pattern"], os.path.normpath(script)))


def thumbnails(target: Path) -> list[Path]:
    """Return sphinx-gallery's thumbnails of a script, of which its copy beside the page is given.

    There is more than one if the script had another kind of picture before, or none: a build
    without scripts writes a placeholder, and a failed script a picture that says so. Galleries show
    a PNG rather than a GIF, whichever is newer, so delete old ones before the script is run.
    """
    return sorted(target.parent.glob(f"images/thumb/sphx_glr_{target.stem}_thumb.*"))


def is_watched(config: Config) -> bool:
    """Whether the project's gallery has the scraper of this package."""
    listed = _listed(settings(config).get("image_scrapers", ()))
    return any(scraper in SCRAPERS or scraper is scrape for scraper in listed)


def watch_scripts(_app: Sphinx, config: Config) -> None:
    """Let `watch` see the beginning and the end of every script, if the scraper is listed.

    The project's own functions for ``reset_modules`` are called when they would be without it.
    """
    if "sphinx_gallery_conf" not in config or not is_watched(config):
        return
    conf = config.sphinx_gallery_conf
    listed = _listed(conf["reset_modules"])
    order = conf["reset_modules_order"]
    if any(each in WATCHES or each is watch for each in listed):
        return
    if order != "both":
        listed = [OnlyWhen(each, order) for each in listed]
    conf["reset_modules"] = (*listed, WATCHES[0])
    conf["reset_modules_order"] = "both"


class OnlyWhen:
    """A function for ``reset_modules`` that is called only before or only after a script.

    Parameters
    ----------
    reset : str or callable
        As in the project's ``reset_modules``.
    order : str
        ``"before"`` or ``"after"``.
    """

    def __init__(self, reset: Any, order: str) -> None:
        self.reset, self.order = reset, order

    def __repr__(self) -> str:
        """Return the same text in every build, of which Sphinx makes a digest."""
        reset = self.reset if isinstance(self.reset, str) else self.reset.__qualname__
        return f"OnlyWhen({reset!r}, {self.order!r})"

    def __call__(self, gallery_conf: Mapping[str, Any], fname: Any, when: str) -> None:
        """Call it as sphinx-gallery does."""
        from sphinx_gallery.scrapers import clean_modules

        if when == self.order:
            clean_modules({**gallery_conf, "reset_modules": (self.reset,)}, fname, when)


def galleries(app: Sphinx) -> Iterator[tuple[Path, Path]]:
    """Yield the folder of the scripts and the folder of the pages of each gallery."""
    conf = settings(app.config)
    folders = (_listed(conf[key]) for key in ("examples_dirs", "gallery_dirs"))
    for examples, pages in zip(*folders, strict=False):  # sphinx-gallery warns of a surplus
        yield Path(app.srcdir, examples), Path(app.srcdir, pages)


def sections(app: Sphinx) -> Iterator[tuple[Path, Path]]:
    """Yield the same folders for each gallery and for each of its sections."""
    for examples, pages in galleries(app):
        yield examples, pages
        if examples.is_dir():
            for folder in sorted(examples.iterdir()):
                if folder.is_dir() and folder.name != "__pycache__":
                    yield folder, pages / folder.name


def _listed(folders: Any) -> list[Any]:
    return list(folders) if isinstance(folders, (list, tuple)) else [folders]
