"""The page and its pictures."""

import re
from base64 import b64decode
from dataclasses import replace
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup

from optgallery.report.endings import mark, recommended_rates
from optgallery.report.findings import Plan, collect
from optgallery.report.loading import load_functions, load_optimizers
from optgallery.report.page import GENERATOR, page


@pytest.fixture(scope="module")
def files(report):
    return page(report, "HandAdam")


@pytest.fixture(scope="module")
def soup(files):
    return BeautifulSoup(files["index.html"], "html.parser")


def test_every_cell_has_its_gif_still_and_code(files, soup):
    tiles = soup.select("a.tile")
    assert len(tiles) == 4
    for tile in tiles:
        assert files[tile["href"]].startswith(b"GIF89a")
        assert files[tile.img["src"]].startswith(b"\x89PNG")
        assert "og.run(HandAdam" in tile["data-code"]
        assert "HandAdam on " in tile.img["alt"]
    assert set(files) == {"index.html"} | {
        name for tile in tiles for name in (tile["href"], tile.img["src"])
    }


def test_the_code_of_a_cell_repeats_its_run(report, soup):
    found = report.findings[0].runs["handadam", "booth", 1.0]
    (code,) = (t["data-code"] for t in soup.select("a.tile") if t.img["alt"] == found.summary)
    names = {}
    exec(code.replace("og.animate(trajectory).show()", ""), names)
    assert names["trajectory"].points.tobytes() == found.points.tobytes()


def test_every_block_of_code_runs(soup):
    from matplotlib import pyplot as plt

    blocks = [each.text for each in soup.select("details pre")]
    assert len(blocks) == 5
    for block in blocks:
        exec(block.replace("og.sensitivity(", "(lambda *a: og.sensitivity(*a, [0.1, 1.0]))("), {})
    plt.close("all")


def test_the_headings_are_in_order(soup):
    levels = [int(each.name[1]) for each in soup.select("h1, h2, h3")]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert soup.h1.text == "HandAdam"
    assert soup.select_one('meta[name="generator"]')["content"] == GENERATOR


def test_another_title_is_above_the_optimizers_own(report):
    soup = BeautifulSoup(page(report, "My <optimizers>")["index.html"], "html.parser")
    assert soup.h1.text == "My <optimizers>"
    assert [each.text for each in soup.select("h2")] == ["HandAdam", "Beside other optimizers"]


def test_no_id_is_used_twice(soup):
    ids = [each["id"] for each in soup.select("[id]")]
    assert len(ids) == len(set(ids))


def test_nothing_is_loaded_from_elsewhere(files):
    html = files["index.html"].decode()
    addresses = re.findall(r'(?:src|href)="([^"#][^"]*)"', html)
    assert addresses
    assert not [a for a in addresses if re.match("[a-z]+:", a) and not a.startswith("data:")]
    assert "@import" not in html


def test_a_single_file_contains_its_pictures(report, files):
    (name,) = single = page(report, "HandAdam", single_file=True)
    soup = BeautifulSoup(single[name], "html.parser")
    inside = [b64decode(t["href"].partition(",")[2]) for t in soup.select("a.tile")]
    outside = BeautifulSoup(files["index.html"], "html.parser").select("a.tile")
    assert inside == [files[tile["href"]] for tile in outside]
    assert soup.select_one("a.tile")["download"].endswith(".gif")


def test_the_comparison_marks_the_recommended_rate(report, soup):
    rows = soup.select(".heat tbody tr")
    assert [row.th.text for row in rows] == ["HandAdam", "SGD"]
    heads = [th.text for th in soup.select(".heat thead th")]
    for row, rate in zip(rows, recommended_rates(report.comparison).values(), strict=True):
        cells = row.select("td")
        (framed,) = (i for i, c in enumerate(cells) if "recommended" in c.get("class", []))
        assert heads[framed] == f"{rate:g}"


def test_cells_and_curves_tell_runs_that_leave_the_minimum(user_file, store):
    (hovering,) = load_optimizers([f"{user_file}:Hovering"])
    functions = load_functions(["booth"])
    rates = (0.5,)
    made = collect(Plan((hovering,), (), functions, rates, 60, 1, store, 1, rates, rates))
    soup = BeautifulSoup(page(made, "Hovering")["index.html"], "html.parser")
    run = made.findings[0].runs["hovering", "booth", 0.5]
    (cell,) = soup.select("td.og-left")
    assert cell.select_one(".mark").text == mark(run)
    assert "but did not stay there, and rose to f = " in cell.img["alt"]
    (curve,) = (
        each["aria-label"] for each in soup.select("svg") if "against" in each["aria-label"]
    )
    assert "but did not stay there, and rose to f = " in curve
    assert soup.select_one(".heat tbody td").text == "0"


def test_the_legend_stands_once(report):
    twice = replace(report, findings=report.findings * 2)
    html = page(twice, "Twice")["index.html"].decode()
    assert html.count("came as near, but did not stay") == 1
