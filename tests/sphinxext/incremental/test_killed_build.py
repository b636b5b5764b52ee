"""A build that is killed again and again ends where an undisturbed one does."""

import sys
from pathlib import Path

import pytest
from builds import copy_package
from killing import compare, kill_often, phase
from projects import INDEX, Project

KILLS = 20

STORY = '''"""
Story
=====

An animation and a figure.
"""

import matplotlib.pyplot as plt

import optgallery as og

runs = [og.run("sgd", "booth", lr=lr, steps=9) for lr in (0.01, 0.1)]
og.animate(runs, size=120, frames=4).show()

# %%
# Their losses.

og.plot_loss(runs, ax=plt.figure(figsize=(3, 2), dpi=50).add_subplot())
plt.title("Losses")
plt.show()
'''

PAGE = '''"""
{name}
============

.. {kind}-card:: {name}
"""

import optgallery as og

# %%
# :cell:`{cell} 0.1` and others.

sweep = og.sweep({optimizers}, {functions}, [0.03, 0.1, 0.3])
'''


def pages() -> dict[str, str]:
    """Two optimizers, of which lanes can take one, two functions and a story."""
    optimizers, functions = ["sgd", "adahessian"], ["sphere", "booth"]
    files = {"gallery/stories/plot_1_story.py": STORY, "docs/index.rst": INDEX}
    for name in optimizers:
        files[f"gallery/optimizers/plot_opt_{name}.py"] = PAGE.format(
            name=name,
            kind="optimizer",
            cell=f"{name} booth",
            optimizers=repr(name),
            functions=functions,
        )
    for name in functions:
        files[f"gallery/functions/plot_fn_{name}.py"] = PAGE.format(
            name=name,
            kind="function",
            cell=f"sgd {name}",
            optimizers=optimizers,
            functions=repr(name),
        )
    return files


def test_a_build_that_was_killed_at_any_moment_goes_on_and_ends_as_an_undisturbed_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    undisturbed, killed = (Project(tmp_path / name, pages()) for name in ("one", "other"))
    for project in (undisturbed, killed):
        copy_package(project.root)
    kills = kill_often(undisturbed.root, killed.root, kills=KILLS, each=2)
    with capsys.disabled():
        sys.stdout.write(f"\n{kills}\n")
    assert kills.hit.total() == KILLS
    assert len(kills.hit) >= 3
    assert compare(undisturbed.root, killed.root) == []
    assert len(list(killed.html.rglob("*.gif"))) > 12
    hidden = [path.name for path in killed.html.rglob(".*")]
    assert sorted(hidden) == [".buildinfo", ".published.json"]


def test_a_difference_would_be_found(tmp_path: Path) -> None:
    for site in ("one", "other"):
        for name in ("same.gif", "cells/page.html"):
            path = tmp_path / site / "site" / "html" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"content")
    one, other = tmp_path / "one", tmp_path / "other"
    assert compare(one, other) == []
    (other / "site/html/cells/page.html").write_bytes(b"half")
    (other / "site/html/cells/.same.gif.0123").write_bytes(b"")
    assert compare(one, other) == [
        "cells/.same.gif.0123 is only in one of the sites",
        "cells/page.html differs",
    ]


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("Running Sphinx v9", "starting"),
        ("Running Sphinx v9\n5 of 5 scripts are to be run", "computing"),
        ("5 of 5 scripts are to be run\ngenerating gallery for x", "running scripts"),
        ("generating gallery\nbuilding [html]: targets", "reading pages"),
        ("building [html]\nwriting output... [ 20%] index", "writing pages"),
        ("writing output\nSphinx-Gallery successfully executed 5", "publishing cells"),
    ],
)
def test_a_phase_is_entry_by_what_was_said_last(said: str, at: str) -> None:
    assert phase(said) == at
