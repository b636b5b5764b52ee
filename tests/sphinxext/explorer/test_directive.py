"""The explorer's page and data files."""

import json
import re
import zlib
from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from projects import SHOWN, Project, data_attribute

import optgallery as og
from optgallery import FUNCTIONS, LEARNING_RATES, OPTIMIZERS
from optgallery.cache.store import Store
from optgallery.render.surface import surface
from optgallery.sphinxext.explorer import data, directive, encoding
from optgallery.sphinxext.incremental import rebuild
from optgallery.sweeps.sweep import grid_functions

PAGE = """:orphan:

Explorer
========

.. explorer:: fn=beale&run=adamw@0.1
"""
SPECS = [OPTIMIZERS[name] for name in ("sgd", "adamw")]
FNS = [FUNCTIONS[name] for name in ("sphere", "beale")]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def read(script: bytes) -> tuple[list[Any], bytes]:
    """Return a file's format, name and head, and its decompressed body."""
    call = re.fullmatch(r"optgallery\.load\((.*)\);\n", script.decode("ascii"))
    assert call is not None
    *given, body = json.loads(f"[{call[1]}]")
    return given, zlib.decompress(b64decode(body))


def decode(octets: bytes, count: int, size: int) -> np.ndarray:
    """Decode byte planes of zigzag-encoded integers, as explorer-data.js does."""
    planes = np.frombuffer(octets, np.uint8).reshape(size, count).astype(np.int64)
    unsigned = np.zeros(count, np.int64)
    for plane in planes:
        unsigned = unsigned * 256 + plane
    return np.where(unsigned % 2, -(unsigned // 2) - 1, unsigned // 2)


def columns(script: bytes) -> tuple[dict[str, Any], list[list[np.ndarray]]]:
    """Return the head of a pair's file and its columns, each a list of one array per run."""
    (_, _, head), body = read(script)
    rows = [run["rows"] for run in head["runs"]]
    size = 4 * sum(rows)
    splits = np.cumsum(rows)[:-1]
    return head, [
        [np.cumsum(part) for part in np.split(decode(body[i : i + size], sum(rows), 4), splits)]
        for i in range(0, len(body), size)
    ]


def to_floats(numbers: np.ndarray, bits: int) -> np.ndarray:
    encoded = (np.abs(numbers) << (23 - bits)) | np.where(numbers < 0, 1 << 31, 0)
    return encoded.astype(np.uint32).view(np.float32).astype(np.float64)


@pytest.mark.parametrize(
    ("optimizer", "function"),
    [("adamw", "beale"), ("sgd", "rosenbrock"), ("lbfgs", "beale"), ("momentum", "schwefel")],
)
def test_decoded_runs_agree_with_the_trajectories_to_the_stated_precision(
    optimizer: str, function: str
) -> None:
    fn = FUNCTIONS[function]
    runs = [og.run(optimizer, fn, lr=lr) for lr in LEARNING_RATES]
    head, (x, y, heights, gradients, *costs) = columns(encoding.pack_runs("pair", runs))
    xmin, xmax, ymin, ymax = fn.domain
    width = np.array([xmax - xmin, ymax - ymin])
    for i, run in enumerate(runs):
        points = np.stack([x[i], y[i]], axis=1) / encoding.UNITS * width + [xmin, ymin]
        near = np.abs(run.points - [xmin, ymin]).max(axis=1) < 100 * width.min()
        assert (np.abs(points - run.points) <= 0.5001 * width / encoding.UNITS)[near].all()
        seen = np.isfinite(run.values) & (np.abs(run.values) < 1e38)
        height = run.values[seen] - head["base"]
        gap = np.abs(to_floats(heights[i], encoding.VALUE_BITS)[seen] - height)
        assert (gap <= 1.001 * 2.0**-16 * np.abs(height) + 1e-37).all()
        norm = np.hypot(*run.gradients.T)
        seen = np.isfinite(norm) & (norm < 1e38)
        gap = np.abs(to_floats(gradients[i], encoding.GRADIENT_BITS)[seen] - norm[seen])
        assert (gap <= 1.001 * 2.0**-9 * norm[seen] + 1e-37).all()
        spent = costs[0][i] if costs else np.arange(len(run)) * head["evaluations"]
        np.testing.assert_array_equal(spent, run.evaluations)
        entry = head["runs"][i]
        assert (entry["kind"], entry["outcome"]) == (run.outcome.kind, str(run.outcome))
        assert entry["rows"] == len(run)


def test_infinity_and_nan_are_kept_and_too_large_numbers_are_clipped() -> None:
    given = np.array([np.inf, -np.inf, np.nan, 1e300, -1e300, 3.4028234e38, 0.0, -2.5])
    back = to_floats(encoding.rounded(given, encoding.VALUE_BITS), encoding.VALUE_BITS)
    assert back[0] == np.inf
    assert back[1] == -np.inf
    assert np.isnan(back[2])
    assert back[3] == -back[4] == back[5]
    assert 3.40e38 < back[3] < np.inf
    assert back[6:].tolist() == [0.0, -2.5]


def test_a_very_distant_point_is_moved_towards_the_corner() -> None:
    diverged = og.run("sgd", "rosenbrock", lr=1.0)
    assert diverged.status == "diverged"
    _, (x, y, *_) = columns(encoding.pack_runs("pair", [diverged]))
    last = np.array([x[0][-1], y[0][-1]])
    assert np.abs(last).max() <= 2**29
    true = (diverged.points[-1] - [-2, -1]) / 4
    np.testing.assert_allclose(last / np.abs(last).max(), true / np.abs(true).max(), atol=1e-8)


@pytest.mark.parametrize("fn", grid_functions(), ids=lambda fn: fn.name)
def test_tones_and_values_of_a_surface_can_be_decoded(fn: og.TestFunction) -> None:
    script = encoding.pack_surface("surface", fn)
    (_, _, head), body = read(script)
    side = head["side"]
    mixed = decode(body, side * side, 3).reshape(side, side)
    tone = mixed.cumsum(axis=1).cumsum(axis=0) / encoding.TONES
    sample = surface(fn, side)
    assert np.abs(tone - sample.tone).max() <= 0.5001 / encoding.TONES
    rise = head["rise"]
    share = np.expm1(rise * sample.tone) / np.expm1(rise) if rise else sample.tone
    value = head["value"] + head["span"] * share
    seen = np.isfinite(sample.z)
    assert np.abs(value - sample.z)[seen].max() <= 1e-9 * head["span"]
    assert len(script) < 80_000


@pytest.mark.parametrize("name", ["log_beale", "log_booth"])
def test_the_scale_is_exact_above_a_clipped_pole(name: str) -> None:
    sample = surface(FUNCTIONS[name], 65)
    value, span, rise = encoding.scale_of(sample, "linear")
    above = sample.tone > 0
    assert rise == 0
    np.testing.assert_allclose((value + span * sample.tone)[above], sample.z[above], rtol=1e-9)


def test_a_switch_to_another_function_loads_less_than_200_kb() -> None:
    runs = [og.run("adamw", "ackley", lr=lr) for lr in LEARNING_RATES]
    pair = len(encoding.pack_runs("ackley/adamw", runs))
    assert 8 * pair + 80_000 < 200_000


def test_files_are_written_only_when_their_dependencies_change(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "explorer"
    states = data.grid_states(SPECS, FNS)
    assert data.refresh(folder, states, store) == (6, 0)
    paths = sorted(folder.rglob("*.js"))
    assert [path.relative_to(folder).as_posix() for path in paths] == [
        f"{fn}/{name}.js" for fn in ("beale", "sphere") for name in ("-surface", "adamw", "sgd")
    ]
    times = [path.stat().st_mtime_ns for path in paths]

    # nothing changed: no file is computed
    with monkeypatch.context() as patch:
        patch.setattr(data, "_pack", None)
        assert data.refresh(folder, states, store) == (0, 0)

    # one optimizer changed: its files are rebuilt, but not rewritten with the same content
    edited = data.grid_states([SPECS[0], replace(SPECS[1], summary="Other words.")], FNS)
    assert data.refresh(folder, edited, store) == (2, 0)
    assert [path.stat().st_mtime_ns for path in paths] == times

    # a deleted file is restored from the store
    paths[1].unlink()
    with monkeypatch.context() as patch:
        patch.setattr(data, "_pack", None)
        assert data.refresh(folder, edited, store) == (1, 0)

    # the files of a removed optimizer are deleted
    (folder / "beale" / ".adamw.js.0badc0de").write_text("half")
    assert data.refresh(folder, data.grid_states(SPECS[:1], FNS), store) == (0, 3)
    assert data.refresh(folder, {}, store) == (0, 4)
    assert [path.name for path in folder.iterdir()] == [".published.json"]


def test_without_a_manifest_every_file_is_checked(tmp_path: Path, store: Store) -> None:
    folder = tmp_path / "explorer"
    states = data.grid_states(SPECS[:1], FNS[:1])
    data.refresh(folder, states, store)
    (folder / ".published.json").unlink()
    pair = folder / "sphere" / "sgd.js"
    content = pair.read_bytes()
    pair.write_bytes(content[:100])
    assert data.refresh(folder, states, store) == (2, 0)
    assert pair.read_bytes() == content


def test_the_manifest_does_not_depend_on_earlier_builds(tmp_path: Path, store: Store) -> None:
    states = data.grid_states(SPECS[:1], FNS)
    lists = []
    for name in ("whole", "resumed"):
        folder = tmp_path / name
        data.refresh(folder, states, store)
        if name == "resumed":
            first, *_ = states
            (folder / f"{data.file_name(*first)}.js").unlink()
            data.refresh(folder, dict(reversed(states.items())), store)
        lists.append((folder / ".published.json").read_bytes())
    assert lists[0] == lists[1]


def test_a_failed_run_is_repeated(tmp_path: Path, store: Store) -> None:
    broken = replace(SPECS[0], name="broken", defaults={"no_such": 1})
    states = data.grid_states([broken], FNS[:1])
    assert data.refresh(tmp_path / "explorer", states, store) == (2, 0)
    assert data.refresh(tmp_path / "explorer", states, store) == (1, 0)
    (_, _, head), _ = read((tmp_path / "explorer" / "sphere" / "broken.js").read_bytes())
    assert {run["kind"] for run in head["runs"]} == {"failed"}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reduce the grid to two optimizers on two functions."""
    monkeypatch.setattr(directive, "OPTIMIZERS", {spec.name: spec for spec in SPECS})
    monkeypatch.setattr(directive, "grid_functions", lambda: FNS)
    monkeypatch.setattr(rebuild, "compute_grid", lambda _store: None)


@pytest.mark.usefixtures("small")
def test_the_page_contains_the_controls_and_the_index(project: Any) -> None:
    site: Project = project({"docs/explorer.rst": PAGE, "gallery/stories/plot_1_shown.py": SHOWN})
    site.build(optgallery_grid="1")
    assert site.warnings == ""
    page = site.page("explorer")
    root = page.find("div", class_="og-explorer")
    index = json.loads(root.find("script").string)
    assert index["opens"] == "fn=beale&run=adamw@0.1"
    assert [spec["name"] for spec in index["optimizers"]] == ["sgd", "adamw"]
    assert [fn["name"] for fn in index["functions"]] == ["sphere", "beale"]
    assert index["rates"] == [f"{lr:g}" for lr in LEARNING_RATES]
    assert root.find("p").get_text().startswith("The explorer draws the stored runs")
    chooser = root.find("select", attrs={"name": "fn"})
    assert [option["value"] for option in chooser.find_all("option")] == ["sphere", "beale"]
    assert chooser.find("option", selected=True)["value"] == "beale"
    assert len(root.find("ol").find_all("li")) == 1
    row = root.find("template", class_="og-x-run")
    assert [s["name"] for s in row.find_all("select")] == ["optimizer", "lr"]
    assert [o["value"] for o in row.find_all("option")] == ["sgd", "adamw", *index["rates"]]
    scripts = [script["src"].partition("?")[0] for script in page.find_all("script", src=True)]
    assert [f"_static/{name}" for name in directive.SCRIPTS] == [
        s for s in scripts if "explorer" in s
    ]
    for name in (*directive.SCRIPTS, "explorer.css"):
        assert (site.html / "_static" / name).exists()
    assert "explorer" not in str(site.page("stories/plot_1_shown").find("head"))
    assert len(list((site.html / "explorer").rglob("*.js"))) == 6

    times = site.times("site/html/explorer/**/*.js")
    site.build(optgallery_grid="1")
    assert "0 files of the explorer written, 0 removed" in site.status
    assert site.times("site/html/explorer/**/*.js") == times

    # without running the gallery's scripts, the page says so and the data are deleted
    site.build(optgallery_grid="1", plot_gallery="False")
    assert site.page("explorer").find("p", class_="og-missing") is not None
    assert not list((site.html / "explorer").rglob("*.js"))


CELLS = '''"""
Cells
=====

Of the grid, and not.
"""

import optgallery as og

grid = og.sweep("sgd", "sphere", [0.1])
shorter = og.sweep("sgd", "sphere", [0.1], steps=9)
'''


@pytest.mark.usefixtures("small")
def test_only_cells_of_the_grid_link_to_the_explorer(project: Any) -> None:
    site: Project = project({"docs/explorer.rst": PAGE, "gallery/stories/plot_1_cells.py": CELLS})
    site.build(optgallery_grid="1")
    grid, shorter = site.page("stories/plot_1_cells").find_all("a", class_="og-tile")
    assert data_attribute(grid, "explorer") == "../explorer.html#fn=sphere&run=sgd@0.1"
    assert data_attribute(shorter, "explorer") == ""


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("state", ["beale", "fn=nowhere&run=sgd@0.1", "fn=beale"])
def test_an_invalid_initial_state_is_reported(project: Any, state: str) -> None:
    page = PAGE.replace("fn=beale&run=adamw@0.1", state)
    site: Project = project({"docs/explorer.rst": page, "gallery/stories/plot_1_shown.py": SHOWN})
    site.build(optgallery_grid="1", plot_gallery="False")
    assert f"at least one run; got '{state}'" in site.warnings


@pytest.mark.usefixtures("small")
def test_the_explorer_is_one_line_of_plain_text(project: Any) -> None:
    site: Project = project({"docs/explorer.rst": PAGE, "gallery/stories/plot_1_shown.py": SHOWN})
    site.build("text", optgallery_grid="1", plot_gallery="False")
    assert "[The explorer," in (site.root / "site/text/explorer.txt").read_text()


def test_the_script_has_the_same_constants() -> None:
    script = Path(directive.__file__).parent / "static" / "explorer-data.js"
    text = script.read_text(encoding="utf-8")
    for name, value in {
        "FORMAT": encoding.FORMAT,
        "UNITS": "2 ** 22",
        "VALUE_BITS": encoding.VALUE_BITS,
        "GRADIENT_BITS": encoding.GRADIENT_BITS,
        "TONES": encoding.TONES,
    }.items():
        assert f"const {name} = {value};" in text
    assert encoding.UNITS == 2**22


def test_every_script_of_the_explorer_has_less_than_500_lines() -> None:
    folder = Path(directive.__file__).parent / "static"
    lengths = {name: len((folder / name).read_text().splitlines()) for name in directive.SCRIPTS}
    assert max(lengths.values()) < 500, lengths
