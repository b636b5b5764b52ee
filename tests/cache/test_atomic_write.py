"""Atomic writes."""

import pytest

from optgallery.cache.atomic_write import replacing, write


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_contents_are_concatenated(tmp_path):
    write(tmp_path / "file.bin", b"ab", b"c")
    assert (tmp_path / "file.bin").read_bytes() == b"abc"
    assert names(tmp_path) == ["file.bin"]


def test_the_old_file_is_kept_until_the_new_one_is_complete(tmp_path):
    path = tmp_path / "picture.gif"
    path.write_bytes(b"old")
    with replacing(path) as part:
        assert part.parent == tmp_path
        assert part.name.startswith(".picture-")
        assert part.suffix == ".gif"
        part.write_bytes(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == ["picture.gif"]


def test_the_temporary_file_can_have_another_suffix(tmp_path):
    with replacing(tmp_path / "picture.GIF", ".gif") as part:
        assert part.suffix == ".gif"
        part.touch()
    assert names(tmp_path) == ["picture.GIF"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_after_an_exception_only_the_old_file_is_left(tmp_path, error):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail_halfway():
        with replacing(path) as part:
            part.write_bytes(b"half")
            raise error

    with pytest.raises(error):
        fail_halfway()
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        write(tmp_path / "nowhere" / "file", b"content")
    assert names(tmp_path) == []
