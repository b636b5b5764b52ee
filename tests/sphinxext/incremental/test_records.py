"""The record of a run of a script: its dependencies, and whether they have changed."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from sphinx_gallery.py_source_parser import split_code_and_text_blocks
from sphinx_gallery.utils import get_md5sum

import optgallery as og
from optgallery.cache.store import Store
from optgallery.registry import EVERY
from optgallery.sphinxext.incremental import records
from optgallery.sphinxext.incremental.dependencies import Entries
from optgallery.sphinxext.incremental.records import Record, Script, record_path

TEXT = '''"""
Title
=====

Words.
"""

import optgallery as og

run = og.run("sgd", "booth", lr=0.1, steps=40)

# %%
# It takes :cost:`run` and :cost:`adam sphere 0.1`.

names = len(og.FUNCTIONS["beale"].minima)
'''
PAGE = "Title\n=====\n\nIt takes :cost:`run` and :cost:`adam sphere 0.1`.\n"


class Gallery:
    """A script, sphinx-gallery's copy of it, and the page."""

    def __init__(self, folder: Path, text: str = TEXT) -> None:
        self.script, self.target = folder / "plot_1.py", folder / "pages" / "plot_1.py"
        self.page = self.target.with_suffix(".rst")
        self.target.parent.mkdir()
        self.script.write_text(text, encoding="utf-8")

    def build(self, page: str = PAGE, codes: int = 9) -> Record | None:
        """Run the blocks as the scraper does, and return the record."""
        script, variables = Script(), dict[str, Any]()
        blocks = [b for b in split_code_and_text_blocks(str(self.script))[1] if b[0] == "code"]
        record_path(self.target).unlink(missing_ok=True)
        for block in blocks[:codes]:
            exec(block[1], variables)
            script.note_block(self.script, self.target, tuple(block), variables)
            script.restart_lookups()
        shutil.copy(self.script, self.target)
        self.page.write_text(page, encoding="utf-8")
        script.end()
        return Record.read(self.target)


@pytest.fixture
def gallery(tmp_path: Path) -> Gallery:
    return Gallery(tmp_path)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_a_record_has_the_lookups_and_the_numbers_of_the_script(
    gallery: Gallery, store: Store
) -> None:
    record = gallery.build()
    assert record is not None
    assert record.entries == Entries(("adam", "sgd"), ("beale", "booth", "sphere"))
    costs = [
        og.run("sgd", "booth", lr=0.1, steps=40).outcome.cost,
        og.run("adam", "sphere", lr=0.1).outcome.cost,
    ]
    assert record.answers == [str(cost) for cost in costs]
    assert record.script == get_md5sum(gallery.script, mode="t")
    assert record.is_current(gallery.script, store)
    page = gallery.page.read_text(encoding="utf-8")
    assert f":cost:`run <{costs[0]}>` and :cost:`adam sphere 0.1 <{costs[1]}>`" in page


def test_the_record_of_a_changed_script_is_outdated(gallery: Gallery, store: Store) -> None:
    record = gallery.build()
    assert record is not None
    gallery.script.write_text(TEXT + "# a remark\n", encoding="utf-8")
    assert not record.is_current(gallery.script, store)


def test_a_record_is_outdated_if_the_package_or_a_picture_changed(
    gallery: Gallery, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = gallery.build()
    assert record is not None
    pictured = record._replace(pictures=["ab" * 16])
    assert not pictured.is_current(gallery.script, store)
    store.put("ab" * 16, b"a picture")
    assert pictured.is_current(gallery.script, store)
    assert not record._replace(state=None).is_current(gallery.script, store)
    assert not record._replace(entries=Entries(("adam",))).is_current(gallery.script, store)
    monkeypatch.setattr(records, "package_state", lambda: "another")
    assert not record.is_current(gallery.script, store)


def test_an_unchanged_page_keeps_its_modification_time(gallery: Gallery) -> None:
    gallery.build()
    os.utime(gallery.page, ns=(10**18, 10**18))
    gallery.build()
    assert gallery.page.stat().st_mtime_ns == 10**18
    gallery.build(page=PAGE + "\nMore.\n")
    assert gallery.page.stat().st_mtime_ns != 10**18


@pytest.mark.parametrize(
    "text",
    [TEXT.replace(":cost:`run`", ":cost:`runs[3]`"), TEXT.replace("lr=0.1, steps=40", "lr=1e-9")],
    ids=["no such run", "never solved"],
)
def test_a_number_that_does_not_exist_leaves_no_record(tmp_path: Path, text: str) -> None:
    wrong = Gallery(tmp_path, text)
    assert wrong.build() is None
    assert "wrong: plot_1.py, line " in wrong.page.read_text(encoding="utf-8")


def test_a_script_that_was_not_run_leaves_no_record(gallery: Gallery) -> None:
    assert gallery.build(codes=0) is None


def test_a_script_that_iterates_over_a_registry_depends_on_every_entry(tmp_path: Path) -> None:
    text = TEXT.replace('og.FUNCTIONS["beale"].minima', "og.FUNCTIONS")
    record = Gallery(tmp_path, text.replace("len(", "sorted(")).build()
    assert record is not None
    assert record.entries.functions == (EVERY,)


def test_the_digest_so_far_covers_blocks_and_their_lookups(gallery: Gallery) -> None:
    def digests(script: Path) -> list[str | None]:
        noted, variables = Script(), dict[str, Any]()
        found = []
        for block in split_code_and_text_blocks(str(script))[1]:
            if block[0] == "code":
                exec(block[1], variables)
                noted.note_block(script, gallery.target, tuple(block), variables)
                found.append(noted.digest_so_far())
                noted.restart_lookups()
        return found

    first = digests(gallery.script)
    assert digests(gallery.script) == first
    gallery.script.write_text(TEXT.replace('FUNCTIONS["beale"]', 'FUNCTIONS["bird"]'))
    second = digests(gallery.script)
    assert first[0] == second[0]
    assert first[1] != second[1]


@pytest.mark.parametrize(
    "content", [None, "", "{", "[]", json.dumps(["a", [[], []], "b", [], []]), "3"]
)
def test_an_invalid_or_old_record_is_ignored(tmp_path: Path, content: str | None) -> None:
    target = tmp_path / "plot_1.py"
    if content is not None:
        record_path(target).write_text(content, encoding="utf-8")
    assert Record.read(target) is None


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    target = tmp_path / "plot_1.py"
    record = Record("a", Entries(("sgd",), (EVERY,)), None, ["key"], [], ["55", "1.2"])
    record.write(target)
    assert Record.read(target) == record
    assert [path.name for path in tmp_path.iterdir()] == ["plot_1.record.json"]
