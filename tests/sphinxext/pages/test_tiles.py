"""Tiles of families, of kinds and of the first stories."""

import re
from pathlib import Path

import pytest
from projects import OPTIMIZER, Project

import optgallery as og
from optgallery.sphinxext.pages.sort_key import FIRST_STORIES
from optgallery.sphinxext.pages.tiles import FAMILIES, KINDS, families, kinds

STORY = '"""\nThe {} < story\n=================\n\nIts first\nparagraph.\n\nMore.\n"""\n\nx = 1\n'
INDEX = """
Site
====

.. group-tiles:: optimizers

.. group-tiles:: functions

.. first-stories::

.. toctree::

   stories/index
   optimizers/index
"""


@pytest.fixture(scope="module")
def tiled(tmp_path_factory: pytest.TempPathFactory) -> Project:
    files = {
        "docs/index.rst": INDEX,
        "gallery/optimizers/plot_opt_adam.py": OPTIMIZER.replace("SGD", "Adam"),
        **{f"gallery/stories/{FIRST_STORIES[i]}.py": STORY.format(i) for i in (2, 0)},
    }
    project = Project(tmp_path_factory.mktemp("tiled"), files)
    project.build()
    return project


def test_every_family_and_every_kind_has_a_sentence_and_a_member_for_its_picture() -> None:
    assert families().keys() == FAMILIES.keys()
    assert kinds().keys() == KINDS.keys()
    for groups, members in ((FAMILIES, families()), (KINDS, kinds())):
        for key, group in groups.items():
            assert group.example in {entry.name for entry in members[key]}
            assert group.words.endswith((".", "?"))
    assert sum(map(len, families().values())) == len(og.OPTIMIZERS)


def test_no_two_families_are_shown_on_the_same_function() -> None:
    """A tile shows the last panel of the first picture of its member's page."""
    gallery = Path(__file__).parents[3] / "gallery" / "optimizers"
    shown = {}
    for key, group in FAMILIES.items():
        script = (gallery / f"plot_opt_{group.example}.py").read_text(encoding="utf-8")
        code = script.partition("import optgallery")[2].partition("og.animate")[0]
        named = [word for word in re.findall(r'"(\w+)"', code) if word in og.FUNCTIONS]
        shown[key] = named[-1]
    assert sorted(shown.values()) == sorted(set(shown.values()))


def test_tiles_lead_to_the_place_of_a_group_and_say_how_many_it_has(tiled: Project) -> None:
    optimizers, functions = tiled.page("index").find_all("ul", class_="og-tiles")
    links = {link["href"]: link for link in optimizers.find_all("a")}
    adaptive = links["optimizers/index.html#adaptive"]
    words = [span.get_text() for span in adaptive.find("span", class_="og-tiles-words")("span")]
    assert words[0] == f"{len(families()['adaptive'])} optimizers"
    assert "1 optimizer" in links["optimizers/index.html#wrapper"].get_text()
    assert len(functions.find_all("li")) == len(kinds())


def test_a_tile_shows_a_still_that_moves_where_its_script_was_run(tiled: Project) -> None:
    tiles = tiled.page("index").find("ul", class_="og-tiles")
    (image,) = tiles.find_all("img")
    assert image.find_parent("a")["href"] == "optimizers/index.html#adaptive"
    assert image["src"].endswith("plot_opt_adam_poster.png")
    assert image["data-gif"].endswith("plot_opt_adam_thumb.gif")
    assert image["loading"] == "lazy"


def test_stories_are_in_their_order_with_title_and_first_paragraph(tiled: Project) -> None:
    items = tiled.page("index").find("ol", class_="og-tiles").find_all("li")
    assert [item.find("strong").get_text() for item in items] == ["The 0 < story", "The 2 < story"]
    assert items[0].find("a")["href"] == f"stories/{FIRST_STORIES[0]}.html"
    assert "Its first paragraph." in items[0].get_text()
    assert "More" not in items[0].get_text()


def test_documents_have_a_list(tmp_path: Path) -> None:
    page = ":orphan:\n\nPage\n====\n\n.. group-tiles:: functions\n"
    project = Project(tmp_path, {"docs/page.rst": page})
    project.build("text")
    text = (project.root / "site" / "text" / "page.txt").read_text(encoding="utf-8")
    assert "* Bowls. One minimum" in text


def test_other_groups_are_an_error(tmp_path: Path) -> None:
    page = ":orphan:\n\nPage\n====\n\n.. group-tiles:: stories\n"
    project = Project(tmp_path, {"docs/page.rst": page})
    project.build()
    assert "group-tiles takes optimizers or functions, got 'stories'" in project.warnings
