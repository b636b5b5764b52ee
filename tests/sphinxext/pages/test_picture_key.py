"""The key to a page's pictures."""

from pathlib import Path

from projects import Project


def test_a_page_has_the_key_once_below_its_first_picture(site: Project) -> None:
    page = site.page("stories/plot_2_panels")
    assert len(page.find_all("figure", class_="og-animation")) == 2
    (key,) = page.find_all("p", class_="og-key")
    assert key.find_previous_sibling().name == "figure"
    words = " ".join(key.get_text().split())
    assert words == "start path current point minimum outside, in this direction f low high"
    assert "#5050FF7F" in str(key)  # the colours are those of the pictures
    assert "linear-gradient(90deg, #440154" in str(key)


def test_a_page_with_nothing_but_a_matrix_has_it_above(site: Project) -> None:
    page = site.page("functions/plot_fn_sphere")
    (key,) = page.find_all("p", class_="og-key")
    assert key.find_next("table") is page.find("table", attrs={"aria-label": True})


def test_a_page_without_pictures_has_none(site: Project) -> None:
    assert site.page("index").find("p", class_="og-key") is None


def test_it_links_the_glossary_of_a_project_that_has_one(tmp_path: Path) -> None:
    glossary = ":orphan:\n\nGlossary\n========\n\n.. glossary::\n\n   animation\n      It moves.\n"
    run = ":orphan:\n\nRun\n===\n\n.. animation:: sgd sphere 0.1\n   :steps: 3\n"
    project = Project(tmp_path, {"docs/guide/glossary.rst": glossary, "docs/run.rst": run})
    project.build()
    link = project.page("run").find("p", class_="og-key").find("a")
    assert link["href"] == "guide/glossary.html#term-animation"
    assert project.page("guide/glossary").find(id="term-animation") is not None


def test_pictures_side_by_side_share_the_key_below_them(tmp_path: Path) -> None:
    run = "   .. animation:: sgd sphere {}\n      :steps: 3\n\n"
    page = f":orphan:\n\nRun\n===\n\n.. container:: pair\n\n{run.format(0.1)}{run.format(0.3)}"
    project = Project(tmp_path, {"docs/run.rst": page})
    project.build()
    (key,) = project.page("run").find_all("p", class_="og-key")
    assert key.find_previous_sibling()["class"] == ["pair", "docutils", "container"]
