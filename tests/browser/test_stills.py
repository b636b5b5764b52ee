"""Stills of cells: drawn by the browser, they coincide with the last frame of the GIF."""

import base64
import io
import re
from collections.abc import Iterator

import numpy as np
import pytest
from conftest import ROOT
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Page

import optgallery as og
from optgallery.render.still import GRID, frame, still

SIZE = 240  # of the GIFs of cells
FRAME = frame(SIZE)
EXTENSION = ROOT / "optgallery" / "sphinxext"
SHEET = EXTENSION / "pages" / "static" / "optgallery.css"
TEMPLATES = Environment(
    loader=FileSystemLoader(EXTENSION / "templates"),  # Sphinx is not installed here
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
PAGE = """<!doctype html><style>{sheet} body {{ margin: 0; }} .og-tile {{ width: {size}px; }}
    .og-tile img {{ border-radius: 0 !important; }} .og-still {{ border-radius: 0; }}
    {further}</style>{cell}"""
WITHOUT_OUTLINE = ".og-still > path[id] { stroke: none; }"  # which the GIF does not have
RUNS = [
    ("adamw", "beale", 0.1),
    ("adam", "ackley", 0.3),
    ("sgd", "booth", 0.1),
    ("lion", "himmelblau", 0.1),
    ("sgd", "rastrigin", 0.03),
    ("momentum", "rosenbrock", 0.01),
    ("sgd", "beale", 1.0),
    ("adamw", "langermann", 1.0),
]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport={"width": SIZE, "height": SIZE}) as context:
        yield context.new_page()


def drawn(page: Page, run: og.Trajectory, further: str) -> NDArray[np.int_]:
    """Return the pixels of the still of a cell on a page, as tall and wide as its GIF."""
    file = io.BytesIO()
    Image.fromarray(og.animate(run, size=SIZE).surface(density=2)).save(file, "WEBP", lossless=True)
    cell = {
        "stem": "cell",
        "own": {},
        "surface": f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}",
        "number": 1,
        "size": SIZE,
        "frame": FRAME,
    }
    shown = {"still": still(run, SIZE)._asdict(), "summary": run.summary}
    html = TEMPLATES.get_template("cell_picture.html.jinja").render(cell=cell, run=shown)
    sheet = SHEET.read_text(encoding="utf-8")
    page.set_content(PAGE.format(sheet=sheet, size=SIZE, further=further, cell=html))
    page.wait_for_function("document.querySelector('img').complete")
    box = {"x": 0, "y": 0, "width": SIZE, "height": SIZE}
    with Image.open(io.BytesIO(page.screenshot(clip=box))) as picture:  # type: ignore[arg-type]
        return np.asarray(picture.convert("RGB")).astype(int)


@pytest.mark.parametrize("named", RUNS, ids=str)
def test_a_still_coincides_with_the_last_frame_of_the_gif(
    page: Page, named: tuple[str, str, float]
) -> None:
    optimizer, function, lr = named
    run = og.run(optimizer, function, lr=lr)
    last = og.animate(run, size=SIZE).poster()[:SIZE].astype(int)
    shown = drawn(page, run, WITHOUT_OUTLINE)
    off = np.abs(shown - last).max(axis=2)
    # contour lines are finer than in a GIF, and the edges of shapes have more shades
    assert (off > 96).mean() < 0.005
    red = (last == (255, 0, 0)).all(axis=2)
    assert red.any()
    path = (shown[..., 0] > 200) & (shown[..., 1:] < 110).all(axis=2)
    assert (red & ~path).sum() <= 0.005 * red.sum()


def test_the_path_has_a_light_outline(page: Page) -> None:
    run = og.run("adamw", "beale", lr=0.1)
    outlined, plain = (drawn(page, run, further) for further in ("", WITHOUT_OUTLINE))
    changed = np.abs(outlined - plain).max(axis=2) > 40
    assert changed.sum() > 200
    assert (outlined[changed].min(axis=1) > plain[changed].min(axis=1)).all()
    brightness = outlined[changed].mean(axis=1)
    assert np.median(brightness) > 150


def test_the_style_sheet_has_the_widths_of_the_gif() -> None:
    sheet = SHEET.read_text(encoding="utf-8")
    path = re.search(r"\.og-still use \{[^}]*stroke-width: (\d+)", sheet)
    rim = re.search(r"\.og-still circle \{[^}]*stroke-width: (\d+)", sheet)
    assert path is not None
    assert rim is not None
    assert (int(path[1]), int(rim[1])) == (FRAME.line, FRAME.rim)
    assert int(FRAME.box.split()[2]) == GRID * SIZE
