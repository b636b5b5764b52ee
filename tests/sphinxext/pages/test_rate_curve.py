"""The figure of where an optimizer's runs end, by learning rate."""

from pathlib import Path

import numpy as np
import pytest
from bs4 import BeautifulSoup
from experiments import FOLDER, part, site

from optgallery.analysis.comparison import Comparison
from optgallery.sphinxext.pages.rate_curve import Quartiles, quartiles, svg


@pytest.fixture(scope="module")
def lion() -> Comparison:
    return part().select(optimizers=["lion"])


def numbers(points: str) -> np.ndarray:
    return np.array([[float(x) for x in point.split(",")] for point in points.split()])


def test_quartiles_are_those_of_what_remains(lion: Comparison) -> None:
    shown, (remaining,) = quartiles(lion), lion.remaining()
    assert shown.lrs == tuple(sorted(lion.lrs))
    for place, lr in enumerate(shown.lrs):
        own = np.sort(remaining[lion.lrs.index(lr)])
        assert shown.median[place] == np.median(own)
        assert own[41] <= shown.low[place] <= own[42]  # of 168 problems
        assert own[125] <= shown.high[place] <= own[126]


def test_the_figure_has_the_quartiles_at_their_places(lion: Comparison) -> None:
    shown = quartiles(lion)
    figure = BeautifulSoup(svg(shown, 0.1), "html.parser")
    line = numbers(figure.find("polyline")["points"])
    assert len(line) == len(lion.lrs)
    assert (np.diff(line[:, 0]) > 0).all()
    scale = np.polyfit(line[:, 1], shown.median, 1)
    np.testing.assert_allclose(np.polyval(scale, line[:, 1]), shown.median, atol=2e-3)
    assert scale[0] < 0  # higher up is worse
    band = numbers(figure.find("polygon")["points"])
    np.testing.assert_allclose(
        np.polyval(scale, band[:, 1]), [*shown.high, *shown.low[::-1]], atol=2e-3
    )
    texts = [text.get_text() for text in figure.find_all("text")]
    assert {"0 %", "100 %", "0.0001", "100", "solves most at 0.1"} <= set(texts)
    marked = figure.find("path", class_="og-curve-typical")["d"]
    assert marked.startswith(f"M{line[shown.lrs.index(0.1), 0]:.1f} ")


def test_the_figure_is_told_in_words(lion: Comparison) -> None:
    shown = quartiles(lion)
    label = BeautifulSoup(svg(shown, 0.1), "html.parser").find("svg")["aria-label"]
    best = int(shown.median.argmin())
    assert f"least, {100 * shown.median.min():.0f} %, at {shown.lrs[best]:g}" in label
    assert label == shown.words


@pytest.mark.parametrize("typical", [0.001, 10.0])
def test_the_label_of_a_rate_at_an_end_stays_inside(typical: float) -> None:
    some = np.array([0.5, 0.2])
    figure = BeautifulSoup(svg(Quartiles((0.001, 10.0), some, some, some), typical), "html.parser")
    label = figure.find("text", string=f"solves most at {typical:g}")
    assert label["text-anchor"] == ("start" if typical == 0.001 else "end")


def test_documents_without_pages_have_the_words(tmp_path: Path, lion: Comparison) -> None:
    card = ":orphan:\n\nCard\n====\n\n.. optimizer-card:: lion\n"
    project = site(tmp_path, {"docs/lion.rst": card})
    project.build("text", plot_gallery="False", optgallery_experiment=FOLDER)
    text = (tmp_path / "site" / "text" / "lion.txt").read_text(encoding="utf-8")
    assert " ".join(quartiles(lion).words.split()) in " ".join(text.split())
