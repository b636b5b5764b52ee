"""The sphinx-gallery scrapers: for animations, sweeps and matplotlib figures."""

import gc
import os
import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cache, partial
from io import BytesIO
from itertools import count
from pathlib import Path
from textwrap import dedent
from typing import Any

from PIL import Image
from sphinx.errors import ExtensionError

from optgallery.cache.fingerprint import digest
from optgallery.cache.store import default_store
from optgallery.parallel.distribution import without_progress
from optgallery.render.animation import Animation, animate
from optgallery.render.showing import shown_by
from optgallery.sphinxext.incremental import records
from optgallery.sphinxext.incremental.cells import short_digest
from optgallery.sphinxext.incremental.matrices import Content, images
from optgallery.sphinxext.incremental.pictures import Drawn, drawn
from optgallery.sphinxext.incremental.script_figures import Drawing, rest
from optgallery.sweeps.sweep import Sweep

COVERS = "covers"
"""Folder of the scripts' thumbnails, in the folder of their pages."""

COVER: dict[str, Any] = {"size": 240, "frames": 60}
"""Settings of the animation on a script's thumbnail."""

NARROW = 220
"""Size of a panel in the version for phones, in pixels."""

COLORS = 128
"""Of the picture of a figure."""

_ALT = re.compile(r":alt: (.*)")

_shown: list[Animation] = []
_script = records.Script()
_contexts = ExitStack()


def watch(_gallery_conf: Mapping[str, Any], _script_name: str, when: str) -> None:
    """Begin or end a script, for ``reset_modules``: collect its animations, record its lookups.

    Parameters
    ----------
    _gallery_conf, _script_name, when
        As sphinx-gallery passes them, with ``"reset_modules_order": "both"``.
    """
    if when == "before":
        freeze_loaded_objects()
        _shown.clear()
        _script.begin()
        _contexts.enter_context(shown_by(_shown.append))
        _contexts.enter_context(without_progress())  # the page shows what a script prints
    else:
        _contexts.close()
        _script.end()


@cache
def freeze_loaded_objects() -> None:
    """Exclude all current objects from garbage collection.

    sphinx-gallery collects garbage before each script, which would visit a million objects of the
    libraries.
    """
    gc.collect()
    gc.freeze()


def scrape(block: Any, block_vars: dict[str, Any], gallery_conf: Mapping[str, Any]) -> str:
    """Save the animations and sweeps of a block, and return the reST that embeds them.

    Parameters
    ----------
    block, block_vars, gallery_conf
        As sphinx-gallery passes them to every scraper.

    Returns
    -------
    str
        ``animation`` and ``trajectory-matrix`` directives; empty if there is nothing to show.
    """
    source = Path(gallery_conf["src_dir"])
    _script.note_block(
        Path(block_vars["src_file"]),
        Path(block_vars["target_file"]),
        block,
        block_vars["example_globals"],
    )
    rst = ""
    variables = block_vars["example_globals"]
    if isinstance(last := variables.get("___"), Animation):  # the value of the last expression
        _shown.append(last)
        variables["___"] = None  # else sphinx-gallery shows its HTML, too
    shown, _shown[:] = _shown[:], []
    if shown:
        _script.note_use()
    for animation in shown:
        if not {"thumbnail_path", "thumbnail_number"} & block_vars["file_conf"].keys():
            block_vars["file_conf"]["thumbnail_path"] = _cover(animation, block_vars, source)
        rst += _animation(animation, Path(next(block_vars["image_path_iterator"])), source)
    known = block_vars.setdefault("optgallery_sweeps", [])
    for value in list(variables.values()):
        if isinstance(value, Sweep) and all(value is not other for other in known):
            known.append(value)
            rst += _matrix(value, Path(block_vars["target_file"]), len(known), source)
    return rst


def scrape_figures(block: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """Save open matplotlib figures as sphinx-gallery does, and return the reST that shows them.

    A page shows a figure as SVG in its own colours, and other documents its picture. A figure
    without a title is rejected, because the title is its text for screen readers. A figure is
    redrawn only if the script up to this block, or something that it has used, has changed.
    """
    from matplotlib import pyplot as plt
    from sphinx_gallery.scrapers import matplotlib_scraper

    script, target = Path(block_vars["src_file"]), Path(block_vars["target_file"])
    before = len(block_vars["image_path_iterator"])
    state = _script.digest_so_far()
    drawings = []
    for number in plt.get_fignums():
        key = None if state is None else digest(state, number)
        salt = f"{target.parent.name}/{script.stem} {before} {number}"
        drawings.append(Drawing.of(partial(plt.figure, number), key, salt))
        if key is not None:
            _cache_savefig(plt.figure(number), key)
    rst: str = matplotlib_scraper(block, block_vars, gallery_conf)
    titles = [found[1] for found in _ALT.finditer(rst)]
    if script.stem.replace("_", " ") in {title[: len(script.stem)] for title in titles}:
        raise ExtensionError(f"{script.name} draws a figure without any title: give it one")
    saved = [Path(path) for path in block_vars["image_path_iterator"].paths[before:]]
    _script.restart_lookups()
    if not drawings or len(titles) != len(drawings):  # an animation of matplotlib is among them
        # without the digest, Sphinx would not copy a new image to a page whose text is unchanged
        paths = [path for path in saved if path.exists()]
        return rst + "".join(f"\n.. digest {short_digest(path.read_bytes())}\n" for path in paths)
    source = Path(gallery_conf["src_dir"])
    return "".join(
        rest(path, drawing.write(path), title, source)
        for path, drawing, title in zip(saved, drawings, titles, strict=True)
    )


def _cache_savefig(figure: Any, key: str) -> None:
    """Make a figure's savefig use the store.

    sphinx-gallery saves a figure at single and at double resolution. It is drawn once, at double
    resolution, and downsampled, which gives smoother edges.
    """
    store, draw, number = default_store(), figure.savefig, count()
    pictures: dict[float, Image.Image] = {}

    def savefig(path: Any, *, dpi: Any = None, **settings: Any) -> None:
        if not isinstance(path, (str, os.PathLike)):  # the frames of a matplotlib animation
            draw(path, **settings, **({} if dpi is None else {"dpi": dpi}))
            return
        name = digest(key, COLORS, next(number), dpi, repr(sorted(settings.items())))
        content = store.get(name)
        if content is None:
            fine = dpi or 2 * figure.dpi
            if fine not in pictures:
                _lay_out(figure)
                pictures[fine] = _pixels(figure, draw, dpi=fine, **settings)
            content = _png(pictures[fine] if dpi else pictures[fine].reduce(2))
            store.put(name, content)
        Path(path).write_bytes(content)

    figure.savefig = savefig


def _lay_out(figure: Any) -> None:
    """Compute a figure's layout and freeze it; otherwise savefig would draw the figure twice."""
    if (engine := figure.get_layout_engine()) is not None:
        engine.execute(figure)
        figure.set_layout_engine(None)


def _pixels(
    figure: Any, draw: Callable[..., object], *, dpi: float, **settings: Any
) -> Image.Image:
    file = BytesIO()
    draw(file, dpi=dpi, **{**settings, "format": "rgba"})
    width, height = (int(inches * dpi) for inches in figure.get_size_inches())
    return Image.frombytes("RGBA", (width, height), file.getvalue()).convert("RGB")


def _png(image: Image.Image) -> bytes:
    """Return a PNG with few colours, enough for a plot, in a quarter of the size."""
    file = BytesIO()
    image.quantize(COLORS, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def _cover(animation: Animation, block_vars: Mapping[str, Any], source: Path) -> str:
    """Save a script's thumbnail, the middle panel of an animation, and return its path."""
    panels = animation.trajectories
    cover = animate(panels[len(panels) // 2], **COVER)
    folder = Path(block_vars["target_file"]).parent / COVERS
    folder.mkdir(parents=True, exist_ok=True)
    gif, _ = _save(cover, folder / f"{Path(block_vars['src_file']).stem}.gif")
    return gif.relative_to(source).as_posix()


def _animation(animation: Animation, path: Path, source: Path) -> str:
    gif, poster = _save(animation, path.with_suffix(".gif"))
    pictures = {"poster": poster}
    if (panels := len(animation.trajectories)) > 1:
        narrow = animation.resized(NARROW, columns=1 if panels <= 3 else 2)
        pictures["narrow"], pictures["narrow-poster"] = _save(
            narrow, path.with_name(f"{path.stem}_narrow.gif")
        )
    options = "".join(
        f"\n           :{name}: /{picture.relative_to(source).as_posix()}"
        for name, picture in pictures.items()
    )
    return dedent(
        f"""
        .. animation:: /{gif.relative_to(source).as_posix()}{options}
           :alt: {animation.alt}
           :digest: {short_digest(gif.read_bytes())}
        """
    )


def _save(animation: Animation, gif: Path) -> tuple[Path, Path]:
    """Write an animation and its still; with the same stem, the still would be the thumbnail."""
    files: Drawn = drawn(animation, default_store())
    still = gif.with_name(f"{gif.stem}_poster.png")
    gif.write_bytes(files.gif)
    still.write_bytes(files.png)
    return gif, still


def _matrix(swept: Sweep, script: Path, number: int, source: Path) -> str:
    content = Content.of(swept, default_store())
    path = images(script) / f"{script.stem}_matrix_{number}.json"
    content.write(path)
    _script.note_matrix(path.name, content)
    return f"\n.. trajectory-matrix:: /{path.relative_to(source).as_posix()}\n"
