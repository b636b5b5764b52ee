"""The list of builds that lie side by side."""

import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "docs" / "versions.py"


def build(folder: Path, version: str) -> None:
    folder.mkdir(parents=True)
    header = f"# Sphinx inventory version 2\n# Project: optgallery\n# Version: {version}\n# zlib\n"
    (folder / "objects.inv").write_bytes(header.encode() + b"\x78\x9c\xff")


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, SCRIPT, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_newest_version_comes_first_and_is_preferred(tmp_path: Path) -> None:
    for folder, version in (("0.2", "0.2.1"), ("v0.10.0", "0.10.0"), ("latest", "0.11.0.dev1")):
        build(tmp_path / folder, version)
    (tmp_path / "pictures").mkdir()
    done = run(tmp_path, "--under", "/optgallery")
    assert done.returncode == 0, done.stderr
    listed = json.loads((tmp_path / "versions.json").read_text(encoding="utf-8"))
    assert [entry["name"] for entry in listed] == ["0.11.0.dev1 (latest)", "0.10.0", "0.2.1"]
    assert [entry["version"] for entry in listed] == ["0.11.0.dev1", "0.10.0", "0.2.1"]
    assert [entry["preferred"] for entry in listed] == [True, False, False]
    assert [entry["url"].rsplit("/", 2)[0] for entry in listed] == ["/optgallery"] * 3
    assert done.stdout.splitlines()[1] == "0.10.0: /optgallery/v0.10.0/"


def test_an_address_may_be_a_whole_one(tmp_path: Path) -> None:
    build(tmp_path / "0.1", "0.1.0")
    assert run(tmp_path, "--under", "https://example.org/a/").stdout == (
        "0.1.0: https://example.org/a/0.1/\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing"], "missing is not a folder"),
        (["."], "has no build of the site: none of its folders has objects.inv"),
        ([".", "--under", "optgallery"], "marks, got 'optgallery'"),
        ([".", "--under", "//optgallery"], "marks, got '//optgallery'"),
        (
            [".", "--under", '/a "b"'],
            "--under must be a path such as /optgallery/ or an https address",
        ),
    ],
)
def test_wrong_arguments_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_inventory_is_named(tmp_path: Path) -> None:
    (tmp_path / "0.1").mkdir()
    (tmp_path / "0.1" / "objects.inv").write_text("a\nb\n<html>\n", encoding="utf-8")
    done = run(tmp_path)
    assert done.returncode == 1
    assert "objects.inv states no version: its third line is '<html>'" in done.stderr
    assert not (tmp_path / "versions.json").exists()


@pytest.mark.parametrize("address", ["", "../versions.json"])
def test_pages_have_the_menu_only_if_the_build_is_given_the_list(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("OPTGALLERY_VERSIONS", address)
    settings = runpy.run_path(str(SCRIPT.with_name("conf.py")))
    options = settings["html_theme_options"]
    shown = options.get("switcher")
    assert shown == (
        {"json_url": address, "version_match": settings["release"]} if address else None
    )
    assert ("versions" in options.get("navbar_start", ())) == bool(address)
