"""The recorded experiment: its files, and that it is still true."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import optgallery as og
from optgallery.analysis import experiment as module
from optgallery.analysis.experiment import BUDGET, INDEX, read, record
from optgallery.analysis.robustness import agreement
from optgallery.optim import OPTIMIZERS

RECORDED = Path(__file__).parents[2] / "docs" / "compare" / "outcomes"
FEW = [og.FUNCTIONS[name] for name in ("booth", "beale")]


@pytest.fixture
def small(monkeypatch):
    """Let the experiment be of two functions; return a function that compares on them."""
    monkeypatch.setattr(module, "grid_functions", lambda: FEW)
    for cached in (module._problems, module._head):
        cached.cache_clear()
    yield lambda names: og.compare(names, FEW, budget=BUDGET)
    for cached in (module._problems, module._head):
        cached.cache_clear()


def test_what_is_recorded_is_read(small, tmp_path):
    compared = small(["lion", "rprop"])
    record(tmp_path, compared)
    found = read(tmp_path)
    assert found.comparison.to_csv() == small(["rprop", "lion"]).to_csv()  # as registered
    np.testing.assert_array_equal(found.comparison.outcomes.hits[1], compared.outcomes.hits[0])
    assert found.stale == ()
    assert set(found.lacking) == set(OPTIMIZERS) - {"lion", "rprop"}
    assert found.same_machine("lion")


def test_optimizers_are_recorded_one_by_one_with_the_same_bytes(small, tmp_path):
    record(tmp_path / "a", small(["lion", "rprop"]))
    record(tmp_path / "b", small("lion"))
    record(tmp_path / "b", small("rprop"))
    files = [sorted(path.name for path in (tmp_path / x).iterdir()) for x in "ab"]
    assert files[0] == files[1] == [INDEX, "lion.npz", "rprop.npz"]
    for name in files[0]:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_changed_optimizer_is_stale(small, tmp_path, monkeypatch):
    record(tmp_path, small(["lion", "rprop"]))
    changed = replace(OPTIMIZERS["lion"], defaults={"betas": (0.5, 0.5)})
    monkeypatch.setitem(OPTIMIZERS._entries, "lion", changed)
    assert read(tmp_path).stale == ("lion",)


def test_a_changed_function_makes_all_stale_and_other_functions_are_refused(small, tmp_path):
    record(tmp_path, small("lion"))
    index = json.loads((tmp_path / INDEX).read_text())
    index["problems"]["beale"] = "0" * 16
    (tmp_path / INDEX).write_text(json.dumps(index))
    assert read(tmp_path).stale == ("lion",)
    index["problems"] = {"booth": index["problems"]["booth"]}
    (tmp_path / INDEX).write_text(json.dumps(index))
    with pytest.raises(ValueError, match="other functions; `nox -s experiment` writes it"):
        read(tmp_path)


def test_an_optimizer_that_is_gone_is_not_read(small, tmp_path):
    record(tmp_path, small(["lion", "rprop"]))
    index = (tmp_path / INDEX).read_text(encoding="utf-8")
    (tmp_path / INDEX).write_text(index.replace('"lion"', '"gone"'), encoding="utf-8")
    assert [spec.name for spec in read(tmp_path).specs] == ["rprop"]


@pytest.mark.parametrize("broken", [INDEX, "lion.npz"])
def test_a_missing_or_broken_file_is_named(small, tmp_path, broken):
    with pytest.raises(ValueError, match="nox -s experiment"):
        read(tmp_path)
    record(tmp_path, small("lion"))
    (tmp_path / broken).write_bytes(b"{")
    with pytest.raises(ValueError, match=r"cannot be read: .*; `nox -s experiment` writes it"):
        read(tmp_path)


def test_only_the_experiment_is_recorded(small, tmp_path):
    with pytest.raises(ValueError, match="has 13 rates and 200 evaluations, got <Comparison"):
        record(tmp_path, og.compare("lion", FEW, [0.1]))
    with pytest.raises(ValueError, match="has 8 problems"):
        record(tmp_path, og.compare("lion", FEW[:1], budget=BUDGET))
    compared = small("lion")
    kind = np.full_like(compared.outcomes.kind, og.analysis.outcomes.KINDS.index("failed"))
    failed = replace(compared, outcomes=replace(compared.outcomes, kind=kind))
    with pytest.raises(ValueError, match="104 runs failed"):
        record(tmp_path, failed)
    assert list(tmp_path.iterdir()) == []


def test_a_repeated_run_has_the_recorded_outcome_to_the_bit(small, tmp_path):
    record(tmp_path, small("lion"))
    found = read(tmp_path)
    assert found.repeated("lion", 5) == 1
    found.comparison.outcomes.last[0] = np.nextafter(found.comparison.outcomes.last[0], np.inf)
    assert found.repeated("lion", 5) == 0


@pytest.fixture(scope="module")
def recorded():
    return read(RECORDED)


def test_the_record_is_of_the_present_definitions(recorded):
    assert recorded.stale == ()
    assert recorded.lacking == ()


def test_runs_of_the_record_can_be_repeated(recorded):
    shares = {spec.name: recorded.repeated(spec.name, 1, seed=2026) for spec in recorded.specs}
    exact = [share for name, share in shares.items() if recorded.same_machine(name)]
    assert min(exact, default=1) == 1
    assert np.mean(list(shares.values())) >= 0.8  # where numbers are rounded otherwise


def test_the_rates_reach_far_enough(recorded):
    share, insensitive = recorded.comparison.censored()
    assert share < 0.05
    assert "Rprop" in insensitive


def test_other_starts_give_the_same_order(recorded):
    assert min(agreement(recorded.comparison)) > 0.9
