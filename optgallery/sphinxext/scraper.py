"""The sphinx-gallery scraper: whatever a block ends on, an animation or a sweep, is shown."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

from sphinx_gallery.scrapers import matplotlib_scraper

from optgallery.animation import Animation, animate
from optgallery.sweep import Sweep
from optgallery.trajectory import Trajectory

CELLS = "cells"
"""Folder of the matrices' pictures, under the documentation's source and in the site."""

TILE = {"size": 160, "frames": 40}
"""Pixels and pictures of one matrix cell."""

COVER = {"size": 240, "frames": 60}
"""Pixels and pictures of a script's thumbnail."""


def scrape(block: Any, block_vars: dict[str, Any], gallery_conf: Mapping[str, Any]) -> str:
    """Save what the block's last expression shows and return the reST that embeds it.

    Parameters
    ----------
    block, block_vars, gallery_conf
        As sphinx-gallery passes them to every scraper.

    Returns
    -------
    str
        An ``animation`` or ``trajectory-matrix`` directive; empty if there is nothing to show.
    """
    shown = block_vars["example_globals"].get("___")
    if shown is block_vars.get("optgallery_shown"):
        return ""  # left over from an earlier block
    block_vars["optgallery_shown"] = shown
    source = Path(gallery_conf["src_dir"])
    if isinstance(shown, Animation):
        _cover(shown, Path(block_vars["src_file"]).stem, block_vars["file_conf"], source)
        return _animation(shown, Path(next(block_vars["image_path_iterator"])), source)
    if isinstance(shown, Sweep):
        return _matrix(shown, Path(block_vars["target_file"]), source)
    return ""


def scrape_figures(block: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """Save open matplotlib figures as sphinx-gallery does, and note their digest in the page.

    Sphinx does not know sphinx-gallery's images: without the digest, a page whose text is unchanged
    would keep its old picture.
    """
    before = len(block_vars["image_path_iterator"])
    rst: str = matplotlib_scraper(block, block_vars, gallery_conf)
    paths = [Path(path) for path in block_vars["image_path_iterator"].paths[before:]]
    return rst + "".join(f"\n.. digest {_digest(path.read_bytes())}\n" for path in paths)


def _cover(
    animation: Animation, stem: str, file_conf: dict[str, Any], source: Path
) -> None:
    """Make the script's thumbnail from its first animation: one panel, small, with a still."""
    if "thumbnail_path" in file_conf or "thumbnail_number" in file_conf:
        return
    trajectories = animation.trajectories
    cover = animate(trajectories[len(trajectories) // 2], **COVER)
    path = source / CELLS / "covers" / f"{stem}.gif"
    path.parent.mkdir(parents=True, exist_ok=True)
    cover.save(path)
    cover.save(path.with_suffix(".png"))
    file_conf["thumbnail_path"] = path.relative_to(source).as_posix()


def _animation(animation: Animation, path: Path, source: Path) -> str:
    gif = animation.save(path.with_suffix(".gif"))
    # not the same stem: sphinx-gallery would prefer a PNG of that name as the thumbnail
    poster = animation.save(path.with_name(f"{path.stem}_poster.png"))
    return dedent(
        f"""
        .. animation:: /{gif.relative_to(source).as_posix()}
           :poster: /{poster.relative_to(source).as_posix()}
           :alt: {animation.alt}
           :digest: {_digest(gif.read_bytes())}
        """
    )


def _matrix(sweep: Sweep, script: Path, source: Path) -> str:
    digest = hashlib.sha256()
    cells = []
    for trajectory in sweep.values():
        cell, pictures = _cell(trajectory, source)
        digest.update(pictures)
        cells.append(cell)
    text = json.dumps({"steps": sweep.steps, "lrs": sweep.lrs, "cells": cells}, indent=1)
    digest.update(text.encode())
    path = script.parent / "images" / f"{script.stem}_matrix_{_digest(repr(sweep).encode())}.json"
    path.write_text(text, encoding="utf-8")
    return dedent(
        f"""
        .. trajectory-matrix:: /{path.relative_to(source).as_posix()}
           :digest: {digest.hexdigest()[:16]}
        """
    )


def _cell(trajectory: Trajectory, source: Path) -> tuple[dict[str, Any], bytes]:
    """Save the pictures of one trajectory and describe it for the page."""
    optimizer, function = trajectory.optimizer, trajectory.test_fn
    stem = f"{CELLS}/{optimizer.name}/{function.name}/{trajectory.lr:g}"
    animation = animate(trajectory, **TILE)
    pictures = b""
    for suffix in (".gif", ".png"):
        path = source / f"{stem}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        pictures += animation.save(path).read_bytes()
    height, width, _ = animation.poster().shape
    cell = {
        "optimizer": optimizer.name,
        "optimizer_title": optimizer.title,
        "function": function.name,
        "function_title": function.title,
        "lr": trajectory.lr,
        "stem": stem,
        "width": width,
        "height": height,
        "summary": trajectory.summary,
        "outcome": trajectory.outcome,
        "code": trajectory.code(),
        "status": "diverged" if trajectory.status == "diverged" else "unsolved",
        "note": "",
    }
    if trajectory.status == "diverged":
        cell["note"] = f"step {trajectory.stopped_at}"
    elif (cost := trajectory.solved()) is not None:
        cell.update(status="solved", note=str(cost))
    else:
        cell["note"] = f"{trajectory.values.min():.3g}"
    return cell, pictures


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
