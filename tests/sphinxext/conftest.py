"""Fixtures of the extension's tests."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from projects import FUNCTION, INDEX, OPTIMIZER, PANELS, SHOWN, SWEEPS, Project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[type[Project] | Any]:
    """Create a project in an empty folder: ``project({"docs/index.rst": ...})``."""
    return lambda files: Project(tmp_path, files)


@pytest.fixture(scope="session", autouse=True)
def no_window() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MPLBACKEND", "agg")
        yield


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A site with every kind of page, built once."""
    files = {
        "gallery/stories/plot_1_shown.py": SHOWN,
        "gallery/stories/plot_2_panels.py": PANELS,
        "gallery/stories/plot_3_sweeps.py": SWEEPS,
        "gallery/optimizers/plot_opt_sgd.py": OPTIMIZER,
        "gallery/functions/plot_fn_sphere.py": FUNCTION,
        "docs/index.rst": INDEX,
    }
    project = Project(tmp_path_factory.mktemp("project"), files)
    project.build()
    assert project.warnings == ""
    return project
