"""The sphinx-gallery scraper: animations that a script shows, and sweeps that it computes."""

import gc
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cache
from io import BytesIO
from itertools import count
from pathlib import Path
from textwrap import dedent
from typing import Any

from PIL import Image
from sphinx.errors import ExtensionError
from sphinx_gallery.scrapers import matplotlib_scraper

from optgallery.cache.fingerprint import digest
from optgallery.cache.store import default_store
from optgallery.parallel.distribution import without_progress
from optgallery.render.animation import Animation, animate
from optgallery.render.showing import shown_by
from optgallery.sphinxext.incremental import records
from optgallery.sphinxext.incremental.matrices import Content, images, short_digest
from optgallery.sphinxext.incremental.pictures import Drawn, drawn
from optgallery.sweeps.sweep import Sweep

COVERS = "covers"
"""Folder of the scripts' thumbnails, in the folder of their pages."""

COVER: dict[str, Any] = {"size": 240, "frames": 60}
"""Pixels and pictures of a script's thumbnail."""

NARROW = 220
"""Pixels of one panel where several stand one below the other, on a phone."""

_shown: list[Animation] = []
_script = records.Script()
_watching = ExitStack()


def watch(_gallery_conf: Mapping[str, Any], _script_name: str, when: str) -> None:
    """Begin or end a script, for ``reset_modules``: collect what it shows, record what it uses.

    Parameters
    ----------
    _gallery_conf, _script_name, when
        As sphinx-gallery passes them, with ``"reset_modules_order": "both"``.
    """
    if when == "before":
        spare_what_is_loaded()
        _shown.clear()
        _script.begin()
        _watching.enter_context(shown_by(_shown.append))
        _watching.enter_context(without_progress())  # the page shows what a script prints
    else:
        _watching.close()
        _script.end()


@cache
def spare_what_is_loaded() -> None:
    """Have garbage looked for only in what comes from now on.

    sphinx-gallery has it looked for before each script, in some million objects of libraries.
    """
    gc.collect()
    gc.freeze()


def scrape(block: Any, block_vars: dict[str, Any], gallery_conf: Mapping[str, Any]) -> str:
    """Save what a block showed or swept, and return the reST that embeds it.

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
    see it, and is refused. A figure is drawn again only if the script up to here has changed, or
    anything that it has used so far: a function's surface does not depend on an optimizer.
    """
    from matplotlib import pyplot as plt

    before = len(block_vars["image_path_iterator"])
    if (so_far := _script.so_far()) is not None:
        for number in plt.get_fignums():
            _draw_through_store(plt.figure(number), digest(so_far, number))
    rst: str = matplotlib_scraper(block, block_vars, gallery_conf)
    script = Path(block_vars["src_file"])
    if f":alt: {script.stem.replace('_', ' ')}" in rst:
        raise ExtensionError(f"{script.name} draws a figure without any title: give it one")
    paths = [Path(path) for path in block_vars["image_path_iterator"].paths[before:]]
    _script.go_on()
    return rst + "".join(f"\n.. digest {short_digest(path.read_bytes())}\n" for path in paths)


def _draw_through_store(figure: Any, key: str) -> None:
    """Make a figure's savefig write the files that it wrote before, if it did.

    sphinx-gallery saves it twice, as it is and with twice the pixels. It is drawn once, with these:
    made of them, the smaller picture has the smoother edges.
    """
    store, draw, number = default_store(), figure.savefig, count()
    pictures: dict[float, Image.Image] = {}

    def savefig(path: Path, *, dpi: float | None = None, **settings: Any) -> None:
        name = digest(key, next(number), dpi, repr(sorted(settings.items())))
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
    """Lay a figure out, and keep what was found: savefig would draw it all once more for that."""
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
    """Return a PNG with 256 colours, which are enough for a plot, in a third of the bytes."""
    file = BytesIO()
    image.quantize(256, dither=Image.Dither.NONE).save(file, "PNG", compress_level=6)
    return file.getvalue()


def _cover(animation: Animation, block_vars: Mapping[str, Any], source: Path) -> str:
    """Make a script's thumbnail from its first animation: one panel, small, with a still."""
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
    """Write an animation and its still, whose stem differs: else it would be the thumbnail."""
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
