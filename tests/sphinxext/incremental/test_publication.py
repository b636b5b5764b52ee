"""Only files of the site whose state has changed are written, and stray ones are deleted."""

import json

import pytest

from optgallery.sphinxext.incremental.publication import publishing

FILES = {"a": ["x/a.gif", "x/a.png"], "b": ["b.gif"]}


def bring_up_to_date(folder, states, files=FILES, written=None):
    """Write what is stale, or only some of it, and return what was stale and what was deleted."""
    with publishing(folder, states, files, (".gif", ".png")) as published:
        for item in published.stale:
            for name in files[item]:
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(str(states[item]))
            if written is None or item in written:
                published.written(item)
    return published.stale, published.gone


def test_only_what_changed_is_stale(tmp_path):
    folder = tmp_path / "site"
    assert bring_up_to_date(folder, {"a": "1", "b": "1"}) == (["a", "b"], [])
    assert bring_up_to_date(folder, {"a": "1", "b": "1"}) == ([], [])
    assert bring_up_to_date(folder, {"a": "2", "b": "1"}) == (["a"], [])


def test_what_belongs_to_no_item_is_deleted_with_its_folder(tmp_path):
    bring_up_to_date(tmp_path, {"a": "1", "b": "1"})
    (tmp_path / "note.txt").touch()  # no file of these kinds
    assert bring_up_to_date(tmp_path, {"b": "1"}, {"b": ["b.gif"]}) == (
        [],
        ["x/a.gif", "x/a.png"],
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".published.json",
        "b.gif",
        "note.txt",
    ]


def test_a_file_that_was_lost_is_stale(tmp_path):
    bring_up_to_date(tmp_path, {"a": "1", "b": "1"})
    (tmp_path / "x" / "a.png").unlink()
    assert bring_up_to_date(tmp_path, {"a": "1", "b": "1"}) == (["a"], [])


def test_what_has_no_state_or_was_not_written_stays_stale(tmp_path):
    bring_up_to_date(tmp_path, {"a": None, "b": "1"}, written={"a"})
    assert bring_up_to_date(tmp_path, {"a": None, "b": "1"}) == (["a", "b"], [])


def test_after_an_exception_everything_is_stale(tmp_path):
    bring_up_to_date(tmp_path, {"a": "1", "b": "1"})
    with (
        pytest.raises(KeyboardInterrupt),
        publishing(tmp_path, {"a": "2", "b": "1"}, FILES, (".gif", ".png")),
    ):
        raise KeyboardInterrupt
    assert bring_up_to_date(tmp_path, {"a": "1", "b": "1"}) == (["a", "b"], [])


def test_unfinished_files_of_a_killed_build_are_deleted(tmp_path):
    bring_up_to_date(tmp_path, {"a": "1", "b": "1"})
    (tmp_path / "x" / ".a.gif-1234").touch()
    assert bring_up_to_date(tmp_path, {"a": "1", "b": "1"}) == ([], ["x/.a.gif-1234"])


def test_a_damaged_manifest_counts_as_none(tmp_path):
    bring_up_to_date(tmp_path, {"a": "1", "b": "1"})
    manifest = tmp_path / ".published.json"
    assert json.loads(manifest.read_text()) == {"a": "1", "b": "1"}
    manifest.write_text("{")
    assert bring_up_to_date(tmp_path, {"a": "1", "b": "1"}) == (["a", "b"], [])
