"""The sphinx-gallery scraper: animations that a script shows, and sweeps that it computes."""

import hashlib
import json
from collections.abc import Mapping
from inspect import signature
from pathlib import Path
from textwrap import dedent
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx_gallery.scrapers import matplotlib_scraper

from optgallery import animation as animation_module
from optgallery.animation import Animation, animate
from optgallery.functions import FUNCTIONS
from optgallery.optim import OPTIMIZERS
from optgallery.sweep import LEARNING_RATES, Sweep, note, sweep
from optgallery.trajectory import Trajectory

CELLS = "cells"
"""Folder of the matrices' pictures, under the documentation's source and in the site."""

TILE: dict[str, Any] = {"size": 240, "frames": 40}
"""Pixels and pictures of one matrix cell."""

COVER: dict[str, Any] = {"size": 240, "frames": 60}
"""Pixels and pictures of a script's thumbnail."""

NARROW = 220
"""Pixels of one panel where several stand one below the other, on a phone."""

GRID_STEPS = signature(sweep).parameters["steps"].default

_shown: list[Animation] = []


def collect_shown(app: Sphinx) -> None:
    """Until the build is over, keep animations that are shown instead of opening a browser."""
    before = animation_module.viewer
    animation_module.viewer = _shown.append

    def stop(_app: Sphinx, _exception: Exception | None) -> None:
        animation_module.viewer = before

    app.connect("build-finished", stop)


def scrape(_block: Any, block_vars: dict[str, Any], gallery_conf: Mapping[str, Any]) -> str:
    """Save what a block showed or swept, and return the reST that embeds it.

    Parameters
    ----------
    _block, block_vars, gallery_conf
        As sphinx-gallery passes them to every scraper.

    Returns
    -------
    str
        ``animation`` and ``trajectory-matrix`` directives; empty if there is nothing to show.
    """
    source = Path(gallery_conf["src_dir"])
    rst = ""
    shown, _shown[:] = _shown[:], []
    for animation in shown:
        if "thumbnail_path" not in block_vars["file_conf"]:
            block_vars["file_conf"]["thumbnail_path"] = _cover(animation, block_vars, source)
        rst += _animation(animation, Path(next(block_vars["image_path_iterator"])), source)
    known = block_vars.setdefault("optgallery_sweeps", [])
    for value in list(block_vars["example_globals"].values()):
        if isinstance(value, Sweep) and all(value is not other for other in known):
            known.append(value)
            rst += _matrix(value, Path(block_vars["target_file"]), len(known), source)
    return rst


def scrape_figures(block: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """Save open matplotlib figures as sphinx-gallery does, and note their digest in the page.

    Sphinx does not know sphinx-gallery's images: without the digest, a page whose text is unchanged
    would keep its old picture. A figure without a title would have no words for those who do not
    see it, and is refused.
    """
    before = len(block_vars["image_path_iterator"])
    rst: str = matplotlib_scraper(block, block_vars, gallery_conf)
    script = Path(block_vars["src_file"])
    if f":alt: {script.stem.replace('_', ' ')}" in rst:
        raise ExtensionError(f"{script.name} draws a figure without any title: give it one")
    paths = [Path(path) for path in block_vars["image_path_iterator"].paths[before:]]
    return rst + "".join(f"\n.. digest {_digest(path.read_bytes())}\n" for path in paths)


def _cover(animation: Animation, block_vars: Mapping[str, Any], source: Path) -> str:
    """Make a script's thumbnail from its first animation: one panel, small, with a still."""
    panels = animation.trajectories
    path = source / CELLS / "thumbnails" / f"{Path(block_vars['src_file']).stem}.gif"
    path.parent.mkdir(parents=True, exist_ok=True)
    cover = animate(panels[len(panels) // 2], **COVER)
    cover.save(path)
    cover.save(_still(path))
    return path.relative_to(source).as_posix()


def _animation(animation: Animation, path: Path, source: Path) -> str:
    gif = animation.save(path.with_suffix(".gif"))
    pictures = {"poster": animation.save(_still(gif))}
    if (panels := len(animation.trajectories)) > 1:
        narrow = animation.resized(NARROW, columns=1 if panels <= 3 else 2)
        pictures["narrow"] = narrow.save(path.with_name(f"{path.stem}_narrow.gif"))
        pictures["narrow-poster"] = narrow.save(_still(pictures["narrow"]))
    options = "".join(
        f"\n           :{name}: /{picture.relative_to(source).as_posix()}"
        for name, picture in pictures.items()
    )
    return dedent(
        f"""
        .. animation:: /{gif.relative_to(source).as_posix()}{options}
           :alt: {animation.alt}
           :digest: {_digest(gif.read_bytes())}
        """
    )


def _still(gif: Path) -> Path:
    """Name a GIF's still: of the same stem, sphinx-gallery would take it for the thumbnail."""
    return gif.with_name(f"{gif.stem}_poster.png")


def _matrix(swept: Sweep, script: Path, number: int, source: Path) -> str:
    digest = hashlib.sha256()
    cells = []
    for trajectory in swept.values():
        cell, pictures = _cell(trajectory, source)
        digest.update(pictures)
        cells.append(cell)
    text = json.dumps({"steps": swept.steps, "lrs": swept.lrs, "cells": cells}, indent=1)
    digest.update(text.encode())
    path = script.parent / "images" / f"{script.stem}_matrix_{number}.json"
    path.write_text(text, encoding="utf-8")
    return dedent(
        f"""
        .. trajectory-matrix:: /{path.relative_to(source).as_posix()}
           :digest: {digest.hexdigest()[:16]}
        """
    )


def _cell(trajectory: Trajectory, source: Path) -> tuple[dict[str, Any], bytes]:
    """Save the pictures of one trajectory and describe it for the page."""
    stem = source / CELLS / cell_stem(trajectory)
    stem.parent.mkdir(parents=True, exist_ok=True)
    animation = animate(trajectory, **TILE)
    pictures = b"".join(
        animation.save(Path(f"{stem}{suffix}")).read_bytes() for suffix in (".gif", ".png")
    )
    height, width = animation.shape
    cell = {
        "optimizer": trajectory.optimizer.name,
        "optimizer_title": trajectory.optimizer.title,
        "function": trajectory.test_fn.name,
        "function_title": trajectory.test_fn.title,
        "lr": trajectory.lr,
        "stem": stem.relative_to(source).as_posix(),
        "width": width,
        "height": height,
        "summary": trajectory.summary,
        "outcome": trajectory.outcome,
        "code": trajectory.code(),
        "verdict": trajectory.verdict,
        "note": note(trajectory),
    }
    Path(f"{stem}.json").write_text(json.dumps(cell, indent=1), encoding="utf-8")
    return cell, pictures


def cell_stem(trajectory: Trajectory) -> str:
    """Name a cell's files: plainly if it belongs to the grid, else with a digest of its run."""
    spec, fn = trajectory.optimizer, trajectory.test_fn
    stem = f"{spec.name}/{fn.name}/{trajectory.lr:g}"
    known = OPTIMIZERS.get(spec.name) == spec and FUNCTIONS.get(fn.name) == fn
    if known and trajectory.steps == GRID_STEPS and trajectory.lr in LEARNING_RATES:
        return stem
    # the code alone cannot tell two functions apart that a script defines under one name
    run = trajectory.code().encode() + trajectory.points.tobytes() + trajectory.values.tobytes()
    return f"{stem}-{_digest(run)[:8]}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
