"""Showing an animation: in a notebook, in the web browser, or by a function of the caller."""

import re
import sys
import tempfile
import warnings
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

_MAX_NAME = 80  # characters of a file name


class Showable(Protocol):
    """An object that can be shown: an animation."""

    def save(self, file: Path) -> object:
        """Write it to a file."""


_viewers: list[Callable[[Any], object]] = []


@contextmanager
def shown_by(viewer: Callable[[Any], object]) -> Iterator[None]:
    """Make `Animation.show` call a function instead of a browser, within a ``with`` block."""
    _viewers.append(viewer)
    try:
        yield
    finally:
        _viewers.pop()


def show(animation: Showable, title: str) -> None:
    """Show an animation; the file that a browser opens is named after its title."""
    if _viewers:
        _viewers[-1](animation)
    elif (ipython := _notebook()) is not None:
        ipython.display.display(animation)
    else:
        _browse(animation, title)


def file_name(title: str) -> str:
    """Return a file name without extension for an animation of this title.

    Examples
    --------
    >>> file_name("AdamW on Beale, lr 0.1")
    'adamw-on-beale-lr-0.1'
    """
    words = re.sub(r"[^a-z0-9.]+", "-", title.lower()).strip("-.")
    return words[:_MAX_NAME] or "animation"


def _notebook() -> Any:
    """Return IPython if it runs in a Jupyter kernel, which shows rich output; else None."""
    ipython = sys.modules.get("IPython")
    running = ipython is not None and hasattr(ipython.get_ipython(), "kernel")
    return ipython if running else None


def _browse(animation: Showable, title: str) -> None:
    path = Path(tempfile.mkdtemp(prefix="optgallery-"), f"{file_name(title)}.gif")
    animation.save(path)
    if not webbrowser.open(path.as_uri()):
        warnings.warn(
            f"no browser could be opened; the animation is in {path}, and save() puts it elsewhere",
            stacklevel=4,
        )
