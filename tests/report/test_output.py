"""Where a report is written."""

import os

import pytest

from optgallery.report.output import OutputError, check_output, write_report

MARK = "made by tests"
FILES = {"index.html": f"<!-- {MARK} -->".encode(), "pictures/a.gif": b"GIF89a"}


def write(path, files=None, *, single_file=False):
    check_output(path, MARK, single_file=single_file)
    return write_report(path, files or FILES, single_file=single_file)


def test_a_folder_is_written_and_nothing_else(tmp_path):
    assert write(tmp_path / "report") == tmp_path / "report" / "index.html"
    assert (tmp_path / "report/pictures/a.gif").read_bytes() == b"GIF89a"
    assert os.listdir(tmp_path) == ["report"]


def test_an_earlier_report_is_replaced_as_a_whole(tmp_path):
    write(tmp_path / "report")
    write(tmp_path / "report", {"index.html": FILES["index.html"] + b"2"})
    assert os.listdir(tmp_path / "report") == ["index.html"]
    assert os.listdir(tmp_path) == ["report"]


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "report").mkdir()
    write(tmp_path / "report")
    assert (tmp_path / "report/index.html").exists()


def test_a_single_file_is_written_and_replaced(tmp_path):
    path = tmp_path / "report.html"
    write(path, single_file=True)
    write(path, {"index.html": FILES["index.html"] + b"2"}, single_file=True)
    assert path.read_bytes().endswith(b"2")
    assert os.listdir(tmp_path) == ["report.html"]


@pytest.mark.parametrize(
    ("there", "single_file", "message"),
    [
        ({"report/notes.txt": "mine"}, False, "exists and contains no report"),
        ({"report/index.html": "mine"}, False, "exists and contains no report"),
        ({"report/index.html": MARK, "report/notes.txt": ""}, False, "contains notes.txt, which"),
        ({"report": "mine"}, False, "exists and is no folder"),
        ({"report": "mine"}, True, "exists and is no report"),
        ({"report/x": "mine"}, True, "is a folder; give the name of a file"),
    ],
)
def test_what_is_no_report_is_not_replaced(tmp_path, there, single_file, message):
    for name, text in there.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    with pytest.raises(OutputError, match=message):
        write(tmp_path / "report", single_file=single_file)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {str(path.relative_to(tmp_path)): path.read_text() for path in files} == there


def test_the_folder_around_it_must_exist(tmp_path):
    with pytest.raises(OutputError, match=r"there is no folder .*create it first"):
        write(tmp_path / "nowhere/report")


def test_a_failed_write_leaves_the_earlier_report(tmp_path):
    write(tmp_path / "report")
    files = {**FILES, "x" * 300: b"a name that is too long for a file system"}
    with pytest.raises(OutputError, match=r"cannot be written: .*; it was not changed"):
        write_report(tmp_path / "report", files, single_file=False)
    assert (tmp_path / "report/index.html").read_bytes() == FILES["index.html"]
    assert os.listdir(tmp_path) == ["report"]
