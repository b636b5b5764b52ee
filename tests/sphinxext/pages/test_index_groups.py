"""Indexes in groups, with words over their thumbnails."""

import pytest
from bs4 import BeautifulSoup

from optgallery.sphinxext.pages.index_groups import _THUMBNAIL, _with_words, grouped
from optgallery.sphinxext.pages.tiles import Group

THUMBNAIL = """<div class="sphx-glr-thumbcontainer" tooltip="What &lt;{name}&gt; is."><img alt="" \
src="../x.png" />
<p><a class="reference internal" href="plot_opt_{name}.html"><span class="doc">T</span></a></p>
  <div class="sphx-glr-thumbnail-title">T</div>
</div>"""
BODY = (
    '<h1>All</h1><div class="sphx-glr-thumbnails">'
    + "".join(THUMBNAIL.replace("{name}", name) for name in ("adam", "own", "sgd", "adamw"))
    + "</div>"
)
MEMBERS = {"plain": ["sgd"], "adaptive": ["adam", "adamw", "absent"], "empty": ["absent"]}
GROUPS = {"adaptive": Group("adam", "Adaptive & more", "Words.")}


@pytest.fixture(scope="module")
def page() -> BeautifulSoup:
    return BeautifulSoup(grouped(BODY, MEMBERS, GROUPS), "html.parser")


def test_thumbnails_are_under_the_heading_of_their_group(page: BeautifulSoup) -> None:
    shown = [
        node.get("id") or node.find("a")["href"]
        for node in page.find(class_="sphx-glr-thumbnails").find_all(recursive=False)
    ]
    assert shown == [
        *("plain", "plot_opt_sgd.html"),
        *("adaptive", "plot_opt_adam.html", "plot_opt_adamw.html"),
        "plot_opt_own.html",
    ]


def test_a_heading_has_the_title_of_its_group_and_words(page: BeautifulSoup) -> None:
    plain, adaptive = page.find_all("h2")
    assert plain.get_text() == "Plain"
    assert adaptive.get_text() == "Adaptive & more Words."


def test_a_page_without_members_is_left_as_it_is() -> None:
    assert grouped(BODY, {"empty": ["absent"]}, GROUPS) == BODY


def test_words_of_a_thumbnail_are_text() -> None:
    html = _THUMBNAIL.sub(_with_words, BODY)
    found = BeautifulSoup(html, "html.parser").find_all(class_="og-thumb-words")
    assert found[0].get_text() == "What <adam> is."
    assert len(found) == 4
    assert "tooltip" not in html
