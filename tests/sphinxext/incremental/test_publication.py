"""Only files whose state has changed are written, and files of no item are deleted."""

import json

import pytest

from optgallery.sphinxext.incremental.publication import publishing

FILES = {"a": ["x/a.gif", "x/a.png"], "b": ["b.gif"]}


def update(folder, states, files=FILES, written=None):
    """Write stale items, mark ``written`` (or all) as written, and return what was changed."""
    with publishing(folder, states, files, (".gif", ".png")) as published:
        for item in published.stale:
            for name in files[item]:
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(str(states[item]))
            if written is None or item in written:
                published.mark_written(item)
    return published.stale, published.deleted


def test_only_changed_items_are_stale(tmp_path):
    folder = tmp_path / "site"
    assert update(folder, {"a": "1", "b": "1"}) == (["a", "b"], [])
    assert update(folder, {"a": "1", "b": "1"}) == ([], [])
    assert update(folder, {"a": "2", "b": "1"}) == (["a"], [])


def test_files_of_no_item_are_deleted_with_their_folder(tmp_path):
    update(tmp_path, {"a": "1", "b": "1"})
    (tmp_path / "note.txt").touch()  # has none of the suffixes
    assert update(tmp_path, {"b": "1"}, {"b": ["b.gif"]}) == (
        [],
        ["x/a.gif", "x/a.png"],
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".published.json",
        "b.gif",
        "note.txt",
    ]


def test_an_item_with_a_missing_file_is_stale(tmp_path):
    update(tmp_path, {"a": "1", "b": "1"})
    (tmp_path / "x" / "a.png").unlink()
    assert update(tmp_path, {"a": "1", "b": "1"}) == (["a"], [])


def test_items_without_a_state_or_not_written_stay_stale(tmp_path):
    update(tmp_path, {"a": None, "b": "1"}, written={"a"})
    assert update(tmp_path, {"a": None, "b": "1"}) == (["a", "b"], [])


def test_after_an_exception_everything_is_stale(tmp_path):
    update(tmp_path, {"a": "1", "b": "1"})
    with (
        pytest.raises(KeyboardInterrupt),
        publishing(tmp_path, {"a": "2", "b": "1"}, FILES, (".gif", ".png")),
    ):
        raise KeyboardInterrupt
    assert update(tmp_path, {"a": "1", "b": "1"}) == (["a", "b"], [])


def test_unfinished_files_of_a_killed_build_are_deleted(tmp_path):
    update(tmp_path, {"a": "1", "b": "1"})
    (tmp_path / "x" / ".a.gif-1234").touch()
    assert update(tmp_path, {"a": "1", "b": "1"}) == ([], ["x/.a.gif-1234"])


def test_a_damaged_manifest_is_ignored(tmp_path):
    update(tmp_path, {"a": "1", "b": "1"})
    manifest = tmp_path / ".published.json"
    assert json.loads(manifest.read_text()) == {"a": "1", "b": "1"}
    manifest.write_text("{")
    assert update(tmp_path, {"a": "1", "b": "1"}) == (["a", "b"], [])
