"""The command line, ``python -m optgallery``: the version, the store, pruning it."""

import os
import re
import subprocess
import sys
import time
from hashlib import sha256
from importlib import metadata

import pytest

from optgallery.__main__ import main
from optgallery.cache.store import VARIABLE, Store

DAY = 86_400


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def key_of(content):
    return sha256(content).hexdigest()[:32]


def put(store, content, megabytes, days=0):
    """Store a file whose last use was some days ago."""
    before = {path for path, _ in store.files()}
    store.put(key_of(content), bytes(megabytes * 1_000_000))
    (path,) = {path for path, _ in store.files()} - before
    used = time.time() - days * DAY
    os.utime(path, (used, used))


def put_in_first_layout(store, content):
    """Store a file as the first version of optgallery did."""
    path = store.folder / key_of(content)[:2] / key_of(content)[2:]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sha256(content).digest() + content)
    tag = "Signature: 8a477f597d28d172789f06886806bc55\n# Results of optgallery, which can be ...\n"
    (store.folder / "CACHEDIR.TAG").write_text(tag, encoding="utf-8")


def test_the_version_is_printed(capsys):
    with pytest.raises(SystemExit) as exit_info:
        main(["--version"])
    assert exit_info.value.code == 0
    assert capsys.readouterr().out == f"{metadata.version('optgallery')}\n"


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        ([], "{folder}: 2 files, 3.0 MB\n"),
        (["prune"], "deleted 0 files, 0.0 MB\n{folder}: 2 files, 3.0 MB\n"),
        (["prune", "--unused-for", "30"], "deleted 1 files, 2.0 MB\n{folder}: 1 files, 1.0 MB\n"),
        (["prune", "--unused-for", "0"], "deleted 2 files, 3.0 MB\n{folder}: 0 files, 0.0 MB\n"),
        (["prune", "--unused-for", "99"], "deleted 0 files, 0.0 MB\n{folder}: 2 files, 3.0 MB\n"),
    ],
)
def test_the_store_is_shown_and_pruned(store, capsys, arguments, printed):
    put(store, b"a", megabytes=1)
    put(store, b"b", megabytes=2, days=40)
    main(["store", "--folder", str(store.folder), *arguments])
    assert capsys.readouterr().out == printed.format(folder=store.folder)


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (
            [],
            (
                "{folder}: 1 files, 1.0 MB\n"
                "in addition, 1 files, 2.0 MB of earlier versions, which are never read: "
                "`python -m optgallery store prune` deletes them\n"
            ),
        ),
        (
            ["prune"],
            (
                "deleted 1 files, 2.0 MB, of these 1 files, 2.0 MB of earlier versions\n"
                "{folder}: 1 files, 1.0 MB\n"
            ),
        ),
        (
            ["prune", "--unused-for", "0"],
            (
                "deleted 2 files, 3.0 MB, of these 1 files, 2.0 MB of earlier versions\n"
                "{folder}: 0 files, 0.0 MB\n"
            ),
        ),
    ],
)
def test_files_of_earlier_layouts_are_counted_separately(store, capsys, arguments, printed):
    put_in_first_layout(store, bytes(2_000_000))
    put(store, b"a", megabytes=1)
    main(["store", "--folder", str(store.folder), *arguments])
    assert capsys.readouterr().out == printed.format(folder=store.folder)


def test_a_missing_folder_is_an_empty_store_and_is_not_created(store, capsys):
    main(["store", "--folder", str(store.folder)])
    assert capsys.readouterr().out == f"{store.folder}: 0 files, 0.0 MB\n"
    assert not store.folder.exists()


def test_the_store_named_by_the_environment_is_the_default(store):
    put(store, b"a", megabytes=1)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "optgallery", "store"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, VARIABLE: str(store.folder)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{store.folder}: 1 files, 1.0 MB\n"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "the following arguments are required: command"),
        (["prune"], "invalid choice: 'prune'"),
        (["store", "prune", "--unused-for", "x"], "invalid float value: 'x'"),
        (["store", "prune", "--unused-for=-1"], "must be a number of days >= 0, got -1.0"),
    ],
)
def test_invalid_arguments_are_rejected(capsys, arguments, text):
    with pytest.raises(SystemExit) as exit_info:
        main(arguments)
    assert exit_info.value.code == 2
    assert text in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--help"], ["store", "show the store of results, or prune it"]),
        (["--help"], ["report", "write a page about your optimizers", "new"]),
        (["report", "--help"], ["--single-file", "--against NAMES", "by default adamw,sgd"]),
        (["new", "--help"], ["--optimizer OPTIMIZER", "AdamW, as an example"]),
        (["store", "--help"], ["--folder FOLDER", VARIABLE, "prune"]),
        (["store", "prune", "--help"], ["--unused-for DAYS", "0 deletes all"]),
    ],
)
def test_the_help_names_commands_and_options(capsys, arguments, words):
    with pytest.raises(SystemExit) as exit_info:
        main(arguments)
    assert exit_info.value.code == 0
    printed = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert printed.startswith("usage: python -m optgallery")
    assert all(word in printed for word in words)
