"""A small site that shows a part of the recorded experiment."""

from pathlib import Path
from typing import Any

from projects import SHOWN, Project

from optgallery.analysis.comparison import Comparison
from optgallery.analysis.experiment import read, record

RECORDED = Path(__file__).parents[3] / "docs" / "compare" / "outcomes"
NAMES = ("sgd", "adam", "lion", "rprop")
FOLDER = "compare/outcomes"


def part() -> Comparison:
    """Return the experiment of a few optimizers."""
    return read(RECORDED).comparison.select(optimizers=NAMES)


def site(root: Path, pages: dict[str, str], **settings: Any) -> Project:
    """Build a site that shows them."""
    project = Project(root, {**pages, "gallery/stories/plot_1_shown.py": SHOWN})
    record(project.docs / FOLDER, part())
    project.build(plot_gallery="False", **{"optgallery_experiment": FOLDER, **settings})
    return project
