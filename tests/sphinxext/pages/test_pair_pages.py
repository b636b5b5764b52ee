"""Where the pages that compare two optimizers are, and which pages link them."""

import re
from pathlib import Path

import pytest
from experiments import FOLDER, RECORDED, site

import optgallery as og
from optgallery.sphinxext.pages.pair_pages import names_of

PAGES = sorted((RECORDED.parent / "pairs").glob("*.rst"))
LINKS = ":orphan:\n\nAll\n===\n\n.. versus-links::\n"
CARD = ":orphan:\n\nCard\n====\n\n.. optimizer-relatives:: adam\n"
PAIR = ":orphan:\n\nTwo\n===\n\n.. versus:: {} {}\n"
FILES = {
    "docs/compare/index.rst": LINKS,
    "docs/compare/pairs/adam-against-sgd.rst": PAIR.format("adam", "sgd"),
    "docs/optimizers/plot_opt_adam.rst": CARD,
}


def test_a_page_that_is_added_is_linked_from_unchanged_pages(tmp_path: Path) -> None:
    growing = site(tmp_path, FILES)
    assert "Rprop" not in growing.text("optimizers/plot_opt_adam")
    growing.write("docs/compare/pairs/adam-against-rprop.rst", PAIR.format("adam", "rprop"))
    growing.build(plot_gallery="False", optgallery_experiment=FOLDER)
    assert "Rprop (compared)" in growing.text("optimizers/plot_opt_adam")
    assert "Adam against Rprop" in growing.text("compare/index")


def test_a_page_is_found_from_either_of_its_two_and_removed_from_both(tmp_path: Path) -> None:
    card = CARD.replace("adam", "sgd")
    shrinking = site(tmp_path, FILES | {"docs/optimizers/plot_opt_sgd.rst": card})
    for name, other in (("adam", "SGD"), ("sgd", "Adam")):
        assert f"{other} (compared)" in shrinking.text(f"optimizers/plot_opt_{name}")
        assert f"against others: {other}." in shrinking.text(f"compare/{name}")
    (shrinking.docs / "compare" / "pairs" / "adam-against-sgd.rst").unlink()
    shrinking.build(plot_gallery="False", optgallery_experiment=FOLDER)
    for name in ("adam", "sgd"):
        assert "(compared)" not in shrinking.text(f"optimizers/plot_opt_{name}")
        assert "against others" not in shrinking.text(f"compare/{name}")
    assert shrinking.text("compare/index") == "All\N{PILCROW SIGN}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_of_the_site_is_named_after_its_two_and_found_by_vs(path: Path) -> None:
    a, b = names_of(path.stem)
    text = path.read_text(encoding="utf-8")
    assert f"{og.OPTIMIZERS[a].title} against {og.OPTIMIZERS[b].title}\n" in text
    assert f".. versus:: {a} {b}\n" in text
    (description,) = re.findall(r":description: (.+)", text)
    assert description.startswith(f"{og.OPTIMIZERS[a].title} vs {og.OPTIMIZERS[b].title}: ")
