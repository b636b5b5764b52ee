"""A build that is killed repeatedly gives the same site as an uninterrupted one."""

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
    """Return two optimizers, one of which can be batched, two functions and a story."""
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


def test_killed_builds_continue_and_give_the_same_site(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    undisturbed, killed = (Project(tmp_path / name, pages()) for name in ("one", "other"))
    for project in (undisturbed, killed):
        copy_package(project.root)
    kills = kill_often(undisturbed.root, killed.root, kills=KILLS, per_phase=2)
    with capsys.disabled():
        sys.stdout.write(f"\n{kills}\n")
    assert kills.hit.total() == KILLS
    assert len(kills.hit) >= 3
    assert compare(undisturbed.root, killed.root) == []
    assert len(list(killed.html.rglob("*.gif"))) > 12
    hidden = [path.name for path in killed.html.rglob(".*")]
    assert sorted(hidden) == [".buildinfo", ".published.json"]


def test_compare_finds_differences(tmp_path: Path) -> None:
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
    ("output", "expected"),
    [
        ("Running Sphinx v9", "starting"),
        ("Running Sphinx v9\n5 of 5 scripts are to be run", "computing"),
        ("5 of 5 scripts are to be run\ngenerating gallery for x", "running scripts"),
        ("generating gallery\nbuilding [html]: targets", "reading pages"),
        ("building [html]\nwriting output... [ 20%] index", "writing pages"),
        ("writing output\nSphinx-Gallery successfully executed 5", "publishing cells"),
    ],
)
def test_the_last_output_decides_the_phase(output: str, expected: str) -> None:
    assert phase(output) == expected
