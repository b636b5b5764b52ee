"""The settings of sphinx-gallery in a project that uses it, in any form that they may have."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

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
