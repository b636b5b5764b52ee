"""Keep pages true to the package: rerun scripts when it changes, publish the cells they made."""

import hashlib
import platform
import shutil
from pathlib import Path

import matplotlib
import numpy as np
import PIL
import torch
from sphinx.application import Sphinx

from optgallery.sphinxext.scraper import CELLS

PACKAGE = Path(__file__).parent.parent


def forget_stale_scripts(app: Sphinx) -> None:
    """Make sphinx-gallery rerun its scripts if anything that their pictures depend on changed.

    sphinx-gallery compares each script with the checksum of its last run, but a script's pictures
    depend on the package and on the libraries beneath it just as much.
    """
    now = fingerprint()
    for folder in app.config.sphinx_gallery_conf["gallery_dirs"]:
        gallery = Path(app.srcdir, folder)
        record = gallery / ".fingerprint"
        if not gallery.is_dir() or (record.exists() and record.read_text() == now):
            continue
        for checksum in gallery.rglob("*.md5"):
            checksum.unlink()
    app.connect("env-updated", lambda app, _env: _remember(app, now))


def _remember(app: Sphinx, now: str) -> None:
    for folder in app.config.sphinx_gallery_conf["gallery_dirs"]:
        if (gallery := Path(app.srcdir, folder)).is_dir():
            (gallery / ".fingerprint").write_text(now)


def fingerprint(*, pages: bool = False) -> str:
    """Return a digest of the sources and versions that decide the pictures, or the pages too."""
    digest = hashlib.sha256()
    for module in (torch, np, matplotlib, PIL):
        digest.update(f"{module.__name__} {module.__version__}\n".encode())
    digest.update(platform.python_version().encode())
    extension = PACKAGE / "sphinxext"  # only its scraper makes pictures
    for source in sorted(PACKAGE.rglob("*.py")):
        if source.is_relative_to(extension) and source.name != "scraper.py" and not pages:
            continue
        digest.update(source.relative_to(PACKAGE).as_posix().encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()


def copy_cells(app: Sphinx, exception: Exception | None) -> None:
    """Copy the pictures of all matrices into the site, as far as they are new or changed."""
    source = Path(app.srcdir, CELLS)
    if exception or app.builder.format != "html" or not source.is_dir():
        return
    target = Path(app.outdir, CELLS)
    for picture in source.rglob("*.*"):
        copy = target / picture.relative_to(source)
        before, after = picture.stat(), copy.stat() if copy.exists() else None
        if after is None or (before.st_size, before.st_mtime_ns) != (
            after.st_size,
            after.st_mtime_ns,
        ):
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(picture, copy)
