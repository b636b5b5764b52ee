"""The data of the table of optimizers: how they are written, and what is committed."""

import json

import pytest

from others.compare import KINDS
from others.describe import ENDING, FUNCTIONS, SPECIAL
from others.packages import packages
from others.record import RECORD, dumps, head, merged, record_of

TEXT = RECORD.read_text(encoding="utf-8")
COMMITTED = json.loads(TEXT)
LISTED = {(package.name, path) for package in packages().values() for path in package.paths()}


def entry(package, path, kind="same bits"):
    return {"package": package, "class": path, "kind": kind, "cause": ""}


MADGRAD = entry("madgrad", "madgrad.MADGRAD")
MIRROR = entry("madgrad", "madgrad.MirrorMADGRAD")
LION = entry("lion-pytorch", "lion_pytorch.lion_pytorch.Lion")


def test_a_record_is_sorted_and_names_versions():
    record = record_of([MIRROR, MADGRAD, LION])
    assert record["classes"] == [LION, MADGRAD, MIRROR]
    assert record["packages"] == {"lion-pytorch": "0.2.5", "madgrad": "1.3"}


def test_each_class_has_a_line():
    lines = dumps(record_of([MADGRAD, LION])).splitlines()
    assert json.dumps(LION) + "," in lines
    assert json.dumps(MADGRAD) in lines


def test_a_class_that_is_run_again_replaces_its_entry_alone():
    again = {**MADGRAD, "kind": "other bits"}
    assert merged(record_of([LION, MADGRAD]), [again])["classes"] == [LION, again]


def test_a_class_that_is_listed_no_longer_is_left_out():
    gone = entry("madgrad", "madgrad.Gone")
    assert merged(record_of([LION]) | {"classes": [LION, gone]}, [])["classes"] == [LION]
    assert record_of([entry("gone", "gone.Gone")])["classes"] == []


def test_entries_of_other_versions_of_torch_are_not_mixed():
    with pytest.raises(ValueError, match="run with something else"):
        merged(record_of([LION]) | {"torch": "1.0"}, [MADGRAD])


def test_what_is_committed_is_written_as_a_run_writes_it():
    assert dumps(COMMITTED) == TEXT
    assert set(COMMITTED) == {*head(), "packages", "classes"}
    assert COMMITTED["classes"] == sorted(
        COMMITTED["classes"], key=lambda e: (e["package"].casefold(), e["class"])
    )


def test_every_listed_class_is_committed_once_at_the_listed_version():
    found = [(e["package"], e["class"]) for e in COMMITTED["classes"]]
    assert len(found) == len(set(found))
    assert set(found) == LISTED
    assert COMMITTED["packages"] == {p.name: p.version for p in packages().values()}


@pytest.mark.parametrize("package", packages())
def test_what_is_committed_of_a_class_is_complete(package):
    for each in COMMITTED["classes"]:
        if each["package"] != package:
            continue
        assert each["kind"] in KINDS
        assert each["kind"] == "same bits" or each["cause"]
        if each["kind"] == "left out":
            assert "ended" not in each
            continue
        assert set(each["special"]) <= set(SPECIAL)
        assert each["special"] == sorted(each["special"])
        assert list(each["ended"]) == list(FUNCTIONS)
        for ended in each["ended"].values():
            assert set(ended) <= set(ENDING)


def test_no_class_takes_another_path_or_is_refused():
    kinds = {e["kind"] for e in COMMITTED["classes"]}
    assert kinds == {"same bits", "no loop runs", "left out"}
