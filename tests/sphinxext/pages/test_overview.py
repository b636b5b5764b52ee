"""The experiment at a glance."""

import re
from pathlib import Path

import numpy as np
from experiments import NAMES, part, site

from optgallery.sphinxext.pages.overview import DARKEST, SHADES, marked, paths, shades

PAGE = ":orphan:\n\nPage\n====\n\n.. experiment-overview::\n"
INDEX = ":orphan:\n\nAll\n===\n\n.. versus-links::\n"


def test_shades_grow_with_the_share_and_zero_has_none() -> None:
    shares = np.linspace(0, 1, 101)
    found = shades(shares)
    assert (np.diff(found) >= 0).all()
    assert found[0] == 0
    assert (found[1:] > 0).all()
    assert (found[shares >= DARKEST] == SHADES).all()


def test_paths_cover_every_place_of_a_shade_once() -> None:
    shown = np.random.default_rng(0).integers(0, SHADES + 1, (5, 13))
    covered = np.zeros_like(shown)
    for shade, path in paths(shown).items():
        for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path):
            covered[int(y), int(x) : int(x) + int(width)] += shade
    assert (covered == shown).all()


def test_powers_of_ten_are_written_below_their_columns() -> None:
    assert marked([0.1, 0.3, 1.0, 3.0]) == [("12.50", "0.1"), ("62.50", "1")]


def test_the_page_shows_every_optimizer_at_every_rate_by_family(tmp_path: Path) -> None:
    project = site(tmp_path, {"docs/page.rst": PAGE, "docs/compare/index.rst": INDEX})
    figure = project.page("page").find("figure", class_="og-overview")
    comparison = part()
    solved = comparison.solved().share
    boxes = [svg["viewbox"].split() for svg in figure.find_all("svg")]
    assert {box[2] for box in boxes} == {str(len(comparison.lrs))}
    assert sum(int(box[3]) for box in boxes) == len(NAMES)
    widths = "".join(path["d"] for path in figure.find_all("path"))
    assert sum(map(int, re.findall(r"h(\d+)", widths))) == (solved > 0).sum()
    link = figure.find("a")
    assert link["href"] == "compare/index.html"
    words = figure.find("div")["aria-label"]
    assert f"of {len(NAMES)} optimizers" in words
    assert "Rprop solves most" in words


def test_a_document_has_it_in_words(tmp_path: Path) -> None:
    project = site(tmp_path, {"docs/page.rst": PAGE})
    project.build("text", plot_gallery="False", optgallery_experiment="compare/outcomes")
    text = (project.root / "site" / "text" / "page.txt").read_text(encoding="utf-8")
    assert "at a rate drawn at random, Rprop solves most" in " ".join(text.split())
