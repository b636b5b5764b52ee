"""Questions whose answers wait with a picture until the reader plays it."""

import json
from pathlib import Path

import pytest
from projects import Project

STORY = '''"""
A story
=======

What it is about.

.. predict:: Which of them is first,
   and by how much?

   The second, after :cost:`quick` steps.

   A second paragraph of it.
"""

import optgallery as og

quick = og.run("sgd", "sphere", lr=0.3, steps=12)
og.animate(quick, size=120, frames=3).show()

# %%
# More text.

og.animate(quick, size=110, frames=3).show()
'''


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Project:
    built = Project(tmp_path_factory.mktemp("story"), {"gallery/stories/plot_story.py": STORY})
    built.build()
    assert built.warnings == ""
    return built


def test_the_answer_is_folded_with_the_next_picture_which_needs_no_script(story: Project) -> None:
    page = story.page("stories/plot_story")
    question = page.find("p", class_="og-question")
    assert question.get_text() == "Predict, then play. Which of them is first, and by how much?"
    (folded,) = page.find_all("details")
    assert not folded.has_attr("open")
    first, *rest = [tag for tag in folded.children if tag.name]
    assert first.name == "summary"
    assert first.get_text() == "Play, and compare with your answer"
    (figure,) = folded.find_all("figure")
    assert rest[0] is figure
    assert figure.find("img")["loading"] == "lazy"
    assert "The second, after 4 steps." in folded.get_text()
    assert "A second paragraph of it." in folded.get_text()
    # the code stands between, and the second picture is not folded
    names = [tag.name for tag in page.find_all(["p", "pre", "details"])]
    assert names.index("pre") < names.index("details")
    assert len(page.find_all("figure")) == 2


def test_downloads_have_the_question_and_the_answer_as_text(story: Project) -> None:
    folder = story.docs / "stories" / "downloads"
    script = (folder / "plot_story.py").read_text(encoding="utf-8")
    assert "**Predict, then play.** Which of them is first, and by how much?\n" in script
    assert "The second, after 4 steps." in script
    notebook = json.loads((folder / "plot_story.ipynb").read_text(encoding="utf-8"))
    text = "".join("".join(cell["source"]) for cell in notebook["cells"])
    assert "**Predict, then play.** Which of them" in text
    assert "predict::" not in script + text


def test_a_document_has_the_question_the_picture_and_the_answer(tmp_path: Path) -> None:
    project = Project(tmp_path, {"gallery/stories/plot_story.py": STORY})
    project.build("text")
    path = project.root / "site" / "text" / "stories" / "plot_story.txt"
    text = " ".join(path.read_text(encoding="utf-8").split())
    shown = [text.index(words) for words in ("Which of them", "[SGD on Sphere", "The second")]
    assert shown == sorted(shown)


def test_without_a_run_the_answer_stays_below_the_question(tmp_path: Path) -> None:
    project = Project(tmp_path, {"gallery/stories/plot_story.py": STORY})
    project.build(plot_gallery="False")
    (folded,) = project.page("stories/plot_story").find_all("details")
    assert "A second paragraph of it." in folded.get_text()
    assert folded.find("figure") is None


def test_a_question_without_an_answer_is_an_error(tmp_path: Path) -> None:
    page = ":orphan:\n\nAsk\n===\n\n.. predict:: Why?\n"
    project = Project(tmp_path, {"docs/ask.rst": page})
    project.build()
    assert "ask.rst:6: ERROR: predict has no answer: write it below the question" in (
        project.warnings
    )
