"""pytest collects the same tests in the same order in every process."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HASH_SEEDS = ("1", "2")
MANY = 8000


def collected_under_hash_seeds(folder: Path, *seeds: str) -> list[list[str]]:
    """Return what pytest collects in a project, in order, under each of the hash seeds."""
    settings = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    processes = [
        subprocess.Popen(
            # assertions are not rewritten: nothing is run
            [
                *(sys.executable, "-m", "pytest", "--collect-only", "--quiet"),
                *("--assert=plain", "-p", "no:cacheprovider"),
            ],
            cwd=folder,
            env={**settings, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        for seed in seeds
    ]
    outputs = [process.communicate()[0] for process in processes]
    for process, output in zip(processes, outputs, strict=True):
        assert process.returncode == 0, output[-2000:]
    return [[line for line in output.splitlines() if "::" in line] for output in outputs]


def test_the_same_tests_are_collected_under_two_hash_seeds(request: pytest.FixtureRequest) -> None:
    # a process that runs all tests has collected them itself, under its own hash seed
    seeds = [seed for seed in HASH_SEEDS if seed != os.environ.get("PYTHONHASHSEED")]
    here = [item.nodeid for item in request.session.items]
    if len(here) > MANY:
        (there,) = collected_under_hash_seeds(ROOT, seeds[0])
    else:
        here, there = collected_under_hash_seeds(ROOT, *HASH_SEEDS)
    assert len(here) > MANY
    assert here == there


def test_tests_parametrized_over_a_set_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "test_fruit.py").write_text(
        "import pytest\n\n\n"
        "@pytest.mark.parametrize('name', set('apple pear plum fig lime kiwi date'.split()))\n"
        "def test_name(name):\n"
        "    assert name\n"
    )
    one, other = collected_under_hash_seeds(tmp_path, *HASH_SEEDS)
    assert len(one) == 7
    assert sorted(one) == sorted(other)
    assert one != other


def test_no_two_test_files_have_the_same_name() -> None:
    # pytest imports them by their names alone, and could not import the second
    files = [path for path in ROOT.glob("tests/**/test_*.py") if "browser" not in path.parts]
    names = Counter(path.name for path in files)
    assert [name for name, count in names.items() if count > 1] == []
