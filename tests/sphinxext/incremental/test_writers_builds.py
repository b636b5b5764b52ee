"""Sequences of builds, as writers make them."""

import re
from collections.abc import Callable

import pytest
from projects import Project
from sphinx.errors import ExtensionError

SHOWS = '''"""
{title}
{line}

Words about {title}.
"""

import optgallery as og

og.animate(og.run("sgd", "sphere", lr=0.1, steps=6), size=100, frames=3).show()
'''
PLOTS = '''"""
A figure
========

Words.
"""

import matplotlib.pyplot as plt

plt.figure(figsize=(2, 2), dpi=50)
plt.plot([1, 2])
plt.title({title!r})
plt.show()
'''
CONF = """
extensions.append("optgallery.sphinxext")
optgallery_still_thumbnails = False
sphinx_gallery_conf["backreferences_dir"] = "backreferences"
sphinx_gallery_conf["doc_module"] = ("optgallery",)
nitpick_ignore_regex = [("py:.*", ".*")]
"""
API = """
API
===

.. minigallery:: optgallery.run

.. minigallery:: optgallery.stability
   :add-heading: Stability

Files
-----

.. minigallery::

   ../gallery/stories/plot_1*.py
"""
INDEX = "Site\n====\n\n.. toctree::\n\n   stories/index\n   api\n"


def shows(title: str) -> str:
    return SHOWS.format(title=title, line="=" * len(title))


@pytest.fixture
def written(project: Callable[..., Project]) -> Project:
    made = project(
        {
            "gallery/stories/plot_1_first.py": shows("First"),
            "docs/api.rst": API,
            "docs/index.rst": INDEX,
        }
    )
    conf = made.docs / "conf.py"
    conf.write_text(conf.read_text() + CONF)
    return made


def listed(project: Project, page: str) -> list[str]:
    """Return the titles of the examples that a page lists."""
    return [
        " ".join(tag.get_text().split())
        for tag in project.page(page).select(".sphx-glr-thumbcontainer .sphx-glr-thumbnail-title")
    ]


def thumbnails(project: Project, page: str = "stories/index") -> list[str]:
    return [
        str(image["src"]).rpartition("/")[2]
        for image in project.page(page).select(".sphx-glr-thumbcontainer img")
    ]


def pages(project: Project) -> dict[str, int]:
    """Return the times of the pages that are written from sources."""
    return project.times("site/html/api.html") | project.times("site/html/stories/*.html")


def clean(project: Project, **settings: object) -> None:
    # sphinx-gallery adds to the list of templates_path, which is otherwise that of the last build
    project.build(templates_path=[], **settings)
    assert project.warnings == ""


def test_a_build_without_scripts_leaves_no_placeholder_behind(written: Project) -> None:
    clean(written, plot_gallery="0")
    assert thumbnails(written) == ["sphx_glr_plot_1_first_thumb.png"]
    clean(written)
    assert thumbnails(written) == ["sphx_glr_plot_1_first_thumb.gif"]
    assert set(thumbnails(written, "api")) == {"sphx_glr_plot_1_first_thumb.gif"}
    assert not list(written.docs.rglob("*_thumb.png"))


def test_an_edit_seen_by_a_build_without_scripts_gets_its_thumbnail_later(
    written: Project,
) -> None:
    clean(written)
    written.write("gallery/stories/plot_1_first.py", shows("Another"))
    clean(written, plot_gallery="0")
    assert listed(written, "stories/index") == ["Another"]
    clean(written)
    assert thumbnails(written) == ["sphx_glr_plot_1_first_thumb.gif"]
    assert written.page("stories/plot_1_first").find("source") is not None


def test_a_link_check_before_the_first_build_leaves_no_placeholder_behind(
    written: Project,
) -> None:
    written.build("linkcheck", plot_gallery="0")
    clean(written)
    assert thumbnails(written) == ["sphx_glr_plot_1_first_thumb.gif"]


def test_a_script_that_failed_gets_its_thumbnail_when_it_is_corrected(written: Project) -> None:
    script = "gallery/stories/plot_1_first.py"
    written.write(script, shows("First") + "\nraise ValueError\n")
    with pytest.raises(ExtensionError, match="plot_1_first"):
        written.build()
    written.write(script, shows("First"))
    clean(written)
    assert thumbnails(written) == ["sphx_glr_plot_1_first_thumb.gif"]


def test_a_new_script_is_listed_where_its_objects_are_described(written: Project) -> None:
    clean(written)
    assert listed(written, "api") == ["First", "First"]
    before = pages(written)
    clean(written)
    assert pages(written) == before
    written.write("gallery/stories/plot_2_second.py", shows("Second"))
    clean(written)
    assert listed(written, "api") == ["First", "Second", "First"]
    assert listed(written, "stories/index") == ["First", "Second"]
    more = shows("Third") + '\nog.stability(og.run("sgd", "sphere", lr=0.1, steps=3))\n'
    written.write("gallery/stories/plot_3_third.py", more)
    clean(written)  # the first example of an object
    assert listed(written, "api") == ["First", "Second", "Third", "Third", "First"]


def test_an_edited_title_is_renewed_where_it_is_listed(written: Project) -> None:
    clean(written)
    written.write("gallery/stories/plot_1_first.py", shows("Another"))
    clean(written)
    assert listed(written, "api") == ["Another", "Another"]
    assert listed(written, "stories/index") == ["Another"]


def test_a_renamed_and_a_deleted_script_leave_nothing_behind(written: Project) -> None:
    written.write("gallery/stories/plot_2_second.py", shows("Second"))
    clean(written)
    gallery = written.root / "gallery" / "stories"
    (gallery / "plot_2_second.py").rename(gallery / "plot_4_fourth.py")
    clean(written)
    assert listed(written, "api") == ["First", "Second", "First"]
    assert not (written.html / "stories" / "plot_2_second.html").exists()
    (gallery / "plot_4_fourth.py").unlink()
    clean(written)
    assert listed(written, "stories/index") == ["First"]
    assert listed(written, "api") == ["First", "First"]
    left = [path for path in written.root.rglob("*plot_[24]_*") if path.is_file()]
    assert [path for path in left if path.suffix != ".doctree"] == []
    assert {"plot_1_first.rst", "plot_1_first.py"} <= {
        path.name for path in (written.docs / "stories").iterdir()
    }


def test_files_that_a_writer_put_beside_the_pages_are_kept(written: Project) -> None:
    clean(written)
    own = written.write("docs/stories/own.rst", ":orphan:\n\nOwn\n===\n")
    written.write("docs/stories/own.py", "pass")
    clean(written)
    assert own.exists()
    assert (written.html / "stories" / "own.html").exists()


def test_a_changed_setting_keeps_the_site_complete(written: Project) -> None:
    clean(written)
    before = written.times("docs/stories/images/*.gif")
    clean(written, html_title="Another title")
    assert "Another title" in written.page("api").title.get_text()
    assert written.times("docs/stories/images/*.gif") == before  # nothing was run


TITLES = ['Losses of "Adam"', 'A 5" disk', "x < y & z > 'w'"]


@pytest.mark.parametrize("title", TITLES)
def test_quotation_marks_in_a_title_do_not_cut_the_text_of_a_figure(
    written: Project, title: str
) -> None:
    written.write("gallery/stories/plot_2_figure.py", PLOTS.format(title=title))
    clean(written)
    figure = written.page("stories/plot_2_figure").select_one(".og-plot [role=img]")
    assert set(figure.attrs) == {"role", "aria-label"}
    assert figure["aria-label"] == title


@pytest.mark.parametrize("title", TITLES)
def test_nor_do_they_with_the_scraper_of_sphinx_gallery(written: Project, title: str) -> None:
    conf = written.docs / "conf.py"
    scrapers = '("optgallery.sphinxext.scrape", "matplotlib")'
    conf.write_text(f'{conf.read_text()}sphinx_gallery_conf["image_scrapers"] = {scrapers}\n')
    written.write("gallery/stories/plot_2_figure.py", PLOTS.format(title=title))
    clean(written)
    image = written.page("stories/plot_2_figure").find("img", class_="sphx-glr-single-img")
    known = {"src", "srcset", "sizes", "alt", "class", "width", "height", "loading"}
    assert set(image.attrs) <= known
    assert re.sub("[“”]", '"', image["alt"]).split(", ")[0] == title
