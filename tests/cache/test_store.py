"""The store: atomic writes, reported damage and full disks, safe sharing, pruning by age."""

import errno
import os
import re
import resource
import signal
import subprocess
import time
import warnings
from hashlib import sha256

import pytest
from forking import run_code, start_code

from optgallery.__main__ import main
from optgallery.cache.store import (
    VARIABLE,
    DamagedFileWarning,
    Store,
    StoreError,
    as_store,
    default_store,
)

DAY = 86_400
KEY = sha256(b"key").hexdigest()[:32]
WRITERS = """
import os, sys
from hashlib import sha256
from pathlib import Path
from optgallery.cache.store import Store
store = Store(Path(sys.argv[1]))
keys = [sha256(str(i).encode()).hexdigest()[:32] for i in range(40)]
children = []
for _ in range(2):
    child = os.fork()
    if not child:
        for i in range(400):
            key = keys[i % 40]
            store.put(key, key.encode() * 1000)
            assert store.get(key) == key.encode() * 1000
        os._exit(0)
    children.append(child)
print(*(os.waitpid(child, 0)[1] for child in children))
"""
UNENDING = """
import itertools, sys
from hashlib import sha256
from pathlib import Path
from optgallery.cache.store import Store
store = Store(Path(sys.argv[1]))
for i in itertools.count():
    key = sha256(str(i % 500).encode()).hexdigest()[:32]
    store.put(key, key.encode() * 10_000)
    if i == 20:
        print("writing", flush=True)
"""


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def path_of(store, key=KEY):
    return store.folder / "v2" / key[:2] / key[2:]


def path_before(store, key=KEY):
    """Return the path of a file in the first layout."""
    return store.folder / key[:2] / key[2:]


def write_before(store, content=b"wrong", key=KEY):
    """Write a file in the first layout, with the tag of a store."""
    path_before(store, key).parent.mkdir(parents=True, exist_ok=True)
    path_before(store, key).write_bytes(sha256(content).digest() + content)
    tag = [
        "Signature: 8a477f597d28d172789f06886806bc55",
        "# Results of optgallery, which can be ...",
    ]
    (store.folder / "CACHEDIR.TAG").write_text("\n".join(tag))


def names(store):
    return sorted(path.name for path, _ in store.files())


def age(path, days):
    then = time.time() - days * DAY
    os.utime(path, (then, then))


def test_get_returns_what_was_put(store):
    assert store.get(KEY) is None
    assert KEY not in store
    store.put(KEY, b"content")
    assert store.get(KEY) == b"content"
    assert KEY in store
    store.put(KEY, b"")
    assert store.get(KEY) == b""
    assert names(store) == [KEY[2:]]


def test_reading_creates_no_folder(store):
    assert store.get(KEY) is None
    assert not list(store.files())
    assert store.prune(0) == (0, 0)
    assert not store.folder.exists()


def test_store_has_the_tag_that_excludes_it_from_backups(store):
    store.put(KEY, b"content")
    tag = (store.folder / "CACHEDIR.TAG").read_bytes()
    assert tag.startswith(b"Signature: 8a477f597d28d172789f06886806bc55")


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw[:-1],
        lambda raw: raw[:10],
        lambda raw: raw[:0],
        lambda raw: raw + b"\0",
        lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]),
        lambda raw: bytes([raw[0] ^ 1]) + raw[1:],
    ],
    ids=["cut", "cut in the checksum", "empty", "longer", "a bit", "a bit of the checksum"],
)
def test_damaged_content_is_reported_once_and_computed_again(store, damage):
    store.put(KEY, b"content")
    path = path_of(store)
    path.write_bytes(damage(path.read_bytes()))
    text = re.escape(f"{path} is damaged: its content is computed again")
    with pytest.warns(DamagedFileWarning, match=f"^{text}$"):
        assert store.get(KEY) is None
    assert not path.exists()
    assert store.get(KEY) is None
    store.put(KEY, b"content")
    assert store.get(KEY) == b"content"


def test_unreadable_file_is_reported_and_treated_as_missing(store):
    path_of(store).mkdir(parents=True)
    with pytest.warns(DamagedFileWarning, match=r"cannot be read \(Is a directory\)"):
        assert store.get(KEY) is None
    assert KEY not in store


def test_file_in_place_of_the_store_folder_is_an_empty_store_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("of somebody's")
    store = Store(tmp_path / "file")
    assert store.get(KEY) is None
    assert KEY not in store
    assert not list(store.files())
    for write in (store.check, lambda: store.put(KEY, b"content")):
        with pytest.raises(StoreError) as caught:
            write()
        assert caught.value.strerror.startswith(f"the store in {store.folder} cannot be written: ")
        assert f"set {VARIABLE} to a folder that can be written to" in str(caught.value)
    assert store.folder.read_text() == "of somebody's"


def test_check_does_not_change_a_writable_store(store):
    store.check()
    assert not list(store.files())


@pytest.fixture
def disk(tmp_path):
    """Mount a disk with a quarter of a megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        refused = done.stderr.strip() if done.returncode else ""
    except OSError as error:
        refused = str(error)
    if refused:
        pytest.skip(
            f"this user may not mount a small disk ({refused}); a write that the system refuses is "
            "tested by a limit on the size of files, and the words for a full disk by its error"
        )
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def remount(disk, options):
    subprocess.run(["mount", "-o", f"remount,{options}", str(disk)], check=True)


def test_full_disk_keeps_existing_files_and_the_error_gives_advice(disk):
    store = Store(disk / "store")
    store.put(KEY, b"before")
    with pytest.raises(StoreError) as caught:
        store.put(KEY, bytes(300_000))
    assert caught.value.errno == errno.ENOSPC
    assert re.fullmatch(
        rf"the store in {store.folder} cannot be written: No space left on device "
        r"\(0 MB are free\); make room with `python -m optgallery store prune --unused-for 0`, "
        rf"or set {VARIABLE} to a folder on another disk",
        caught.value.strerror,
    )
    assert store.get(KEY) == b"before"
    assert names(store) == [KEY[2:]]
    store.prune(0)
    store.put(KEY, bytes(200_000))
    assert store.get(KEY) == bytes(200_000)


def test_read_only_disk_can_be_read(disk, capsys):
    store = Store(disk / "store")
    store.put(KEY, b"content")
    age(path_of(store), days=3)
    remount(disk, "ro")
    try:
        assert store.get(KEY) == b"content"
        for write in (store.check, lambda: store.put(KEY, b"new"), lambda: store.prune(0)):
            with pytest.raises(StoreError, match=f"Read-only file system; set {VARIABLE} to"):
                write()
        assert store.get(KEY) == b"content"
        with pytest.raises(SystemExit) as ended:
            main(["store", "--folder", str(store.folder), "prune", "--unused-for", "1"])
        assert ended.value.code == 1
        assert "cannot be written: Read-only file system" in capsys.readouterr().err
    finally:
        remount(disk, "rw")


def test_failed_write_leaves_no_file(store):
    store.put(KEY, b"before")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(StoreError, match=r"cannot be written: File too large; set") as caught:
            store.put(KEY, bytes(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.errno == errno.EFBIG
    assert store.get(KEY) == b"before"
    assert names(store) == [KEY[2:]]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_error_about_a_full_disk_advises_to_prune(store, number):
    store.put(KEY, b"content")
    trouble = store._explain_error(OSError(number, os.strerror(number)))
    assert re.search(r"\(\d+ MB are free\); make room with .* store prune --unused-for 0`", trouble)


def test_two_processes_can_write_one_store(store):
    done = run_code(WRITERS, str(store.folder))
    assert (done.stdout.split(), done.stderr) == (["0", "0"], "")
    assert len(names(store)) == 40
    assert not [name for name in names(store) if name.startswith(".")]
    for i in range(40):
        key = sha256(str(i).encode()).hexdigest()[:32]
        assert store.get(key) == key.encode() * 1000


def test_process_killed_while_writing_leaves_only_complete_files(store, tmp_path):
    out, errors = tmp_path / "out", tmp_path / "errors"
    writer = start_code(UNENDING, str(store.folder), out=out, errors=errors)
    while not out.exists() or out.read_text() != "writing\n":
        assert writer.wait(0.005) is None, errors.read_text()
    time.sleep(0.05)
    writer.kill()
    assert writer.wait() == -signal.SIGKILL
    keys = {path.parent.name + path.name for path, _ in store.files() if path.name[0] != "."}
    assert len(keys) >= 20
    for key in keys:  # damage would raise a warning, which is an error in tests
        assert store.get(key) == key.encode() * 10_000


def test_files_not_read_for_some_days_are_pruned(store):
    keys = [sha256(bytes([i])).hexdigest()[:32] for i in range(3)]
    for days, key in enumerate(keys):
        store.put(key, bytes(100))
        age(path_of(store, key), days=10 * days + 0.1)
    assert store.prune(30) == (0, 0)
    assert store.prune(10) == (2, 2 * 132)
    assert names(store) == [keys[0][2:]]
    assert store.prune(0) == (1, 132)
    assert not names(store)


def test_reading_a_file_protects_it_from_pruning(store):
    store.put(KEY, b"content")
    age(path_of(store), days=40)
    assert store.get(KEY) == b"content"
    assert store.prune(30) == (0, 0)
    assert time.time() - path_of(store).stat().st_mtime < 60


def test_reading_again_on_the_same_day_writes_nothing(store):
    store.put(KEY, b"content")
    age(path_of(store), days=0.5)
    before = path_of(store).stat().st_mtime_ns
    assert store.get(KEY) == b"content"
    assert path_of(store).stat().st_mtime_ns == before


def test_unfinished_files_are_pruned_after_an_hour(store):
    store.put(KEY, b"content")
    abandoned, fresh = (path_of(store).with_name(f".{KEY[2:]}.0000000{i}") for i in (1, 2))
    for part in (abandoned, fresh):
        part.write_bytes(b"half of")
    age(abandoned, days=1.1 / 24)
    assert store.prune(30) == (1, 7)
    assert names(store) == [fresh.name, KEY[2:]]
    assert store.prune(0) == (1, 39)
    assert names(store) == [fresh.name]


def test_file_dated_in_the_future_is_pruned(store):
    store.put(KEY, b"content")
    age(path_of(store), days=-1)
    assert store.prune(1) == (0, 0)
    assert store.prune(0) == (1, 39)


def test_nothing_is_pruned_in_a_folder_that_is_not_a_store(store):
    others = ["de/messages.po", "db/dump.sql", f"ab/{'0' * 31}", f"ab/.{'0' * 30}", "ab/cd/file"]
    for name in others:
        path = store.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("of somebody's")
    assert store.prune(0) == (0, 0)
    assert all((store.folder / name).exists() for name in others)


def test_files_of_an_earlier_layout_are_not_read(store):
    write_before(store)
    assert store.get(KEY) is None
    assert KEY not in store
    assert not list(store.files())
    store.put(KEY, b"right")
    assert store.get(KEY) == b"right"
    assert path_before(store).exists()


@pytest.mark.parametrize("days", [None, 30, 0])
def test_files_of_an_earlier_layout_are_pruned_at_any_age(store, days):
    write_before(store)
    store.put(KEY, b"content")
    assert store.prune(days) == ((1, 37) if days != 0 else (2, 37 + 39))
    assert not path_before(store).parent.exists()
    assert names(store) == ([] if days == 0 else [KEY[2:]])
    assert store.outdated() == []


def test_prune_without_days_keeps_all_usable_files(store):
    store.put(KEY, b"content")
    age(path_of(store), days=4000)
    abandoned = path_of(store).with_name(f".{KEY[2:]}.00000001")
    abandoned.write_bytes(b"half of")
    age(abandoned, days=1)
    assert store.prune() == (1, 7)
    assert store.get(KEY) == b"content"


def test_file_without_a_checksum_is_not_pruned_as_an_earlier_layout(store):
    store.put(KEY, b"content")
    path_before(store).parent.mkdir(parents=True)
    path_before(store).write_bytes(b"of a cache that names its files so, too")
    assert store.prune(0) == (1, 39)
    assert path_before(store).exists()


def test_files_outside_a_store_are_not_listed_as_an_earlier_layout(store):
    write_before(store)
    (store.folder / "CACHEDIR.TAG").write_text("Signature: 8a477f597d28d172789f06886806bc55\n")
    assert store.prune(0) == (0, 0)
    assert path_before(store).exists()


def test_store_of_a_later_version_is_not_pruned(store):
    store.put(KEY, b"content")
    (store.folder / "v2").rename(store.folder / "v3")
    assert store.get(KEY) is None
    assert store.prune(0) == (0, 0)
    assert len(list(store.folder.glob("v3/*/*"))) == 1


@pytest.mark.parametrize("days", [-1, float("nan")])
def test_days_are_not_negative(store, days):
    text = f"unused_for must be a number of days >= 0, got {days}"
    with pytest.raises(ValueError, match=f"^{text}$"):
        store.prune(days)


def test_the_environment_variable_sets_the_folder(monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert default_store() == as_store(None) == Store(tmp_path)
    monkeypatch.setenv(VARIABLE, "~/kept")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert as_store(None) == Store(tmp_path / "kept")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VARIABLE, "here")
    assert as_store(None) == Store(tmp_path / "here")


@pytest.mark.parametrize("named", ["", "  ", None])
def test_default_store_is_in_the_users_cache(monkeypatch, tmp_path, named):
    if named is None:
        monkeypatch.delenv(VARIABLE)
    else:
        monkeypatch.setenv(VARIABLE, named)
    for variable in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path))
    folder = default_store().folder
    assert folder.is_relative_to(tmp_path)
    assert "optgallery" in folder.parts


@pytest.mark.parametrize("blank", ["", " ", "\t\n"])
def test_a_blank_name_means_the_default_store(blank):
    assert as_store(blank) == default_store()


def test_store_can_be_given_as_a_path_or_a_store(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = Store(tmp_path)
    assert as_store(store) is store
    assert as_store(str(tmp_path)) == as_store(tmp_path) == store
    assert as_store("kept") == Store(tmp_path / "kept")


def test_damaged_file_is_deleted_even_if_warnings_are_errors(store):
    store.put(KEY, b"content")
    path_of(store).write_bytes(b"")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DamagedFileWarning):
            store.get(KEY)
    assert not path_of(store).exists()


def test_get_or_compute_computes_once(store):
    made = []

    def make():
        made.append(1)
        return b"content"

    assert (
        store.get_or_compute(KEY, make)
        == store.get_or_compute(KEY, make)
        == store.get(KEY)
        == b"content"
    )
    assert len(made) == 1


def test_content_that_cannot_be_stored_is_computed_each_time(tmp_path):
    (tmp_path / "file").write_text("")
    assert Store(tmp_path / "file" / "store").get_or_compute(KEY, lambda: b"content") == b"content"
