"""How worker processes ended, and whether kept ones are up to date."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from optgallery.parallel.processes import ProcessExit, _interrupts_deferred, _Loaded, _process_exit


@pytest.mark.parametrize(
    ("exitcode", "ended"),
    [
        (0, ProcessExit("the process ended: exit code 0")),
        (9, ProcessExit("the process ended: exit code 9")),
        (0xC0000005, ProcessExit("the process ended: exit code 3221225477")),
        (-signal.SIGABRT, ProcessExit("the process ended: aborted (SIGABRT)")),
        (-signal.SIGSEGV, ProcessExit("the process ended: segmentation fault (SIGSEGV)")),
        (
            -signal.SIGKILL,
            ProcessExit(
                "the process ended: killed (SIGKILL), as the system does when memory runs out", True
            ),
        ),
    ],
)
def test_the_reason_describes_how_a_process_ended(exitcode, ended):
    assert _process_exit(exitcode) == ended


def test_kept_worker_is_outdated_when_a_loaded_module_is_edited(modules):
    name = modules.fresh("edited")
    modules.write(name, "A = 1\n")
    loaded = _Loaded.now()
    assert loaded.still_holds()
    modules.write(modules.fresh("another"), "A = 1\n")
    assert loaded.still_holds()
    modules.write(name, "A = 2 + 3\n", load=False)
    assert not loaded.still_holds()


def test_kept_worker_is_outdated_when_the_import_path_changes(monkeypatch, tmp_path):
    loaded = _Loaded.now()
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert not loaded.still_holds()
    monkeypatch.undo()
    assert loaded.still_holds()
    monkeypatch.chdir(tmp_path)
    assert not loaded.still_holds()


@pytest.fixture
def interruptible():
    """Handle SIGINT as usual, even if a shell that runs the tests in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_interrupt_is_deferred_until_the_body_is_done():
    done = []

    def interrupted():
        with _interrupts_deferred():
            with _interrupts_deferred():
                signal.raise_signal(signal.SIGINT)
                done.append("inner")
            done.append("outer")
        done.append("afterwards")

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert done == ["inner", "outer"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


FIRST = """
from pathlib import Path
from optgallery.parallel.processes import _kill, _Worker

worker = _Worker(None)
print(Path(f"/proc/{worker.process.pid}/status").read_text())
_kill([worker])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_first_new_process_blocks_sigint_from_its_beginning():
    done = subprocess.run(
        [sys.executable, "-c", FIRST],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    blocked = int(re.search(r"SigBlk:\s*([0-9a-f]+)", done.stdout)[1], 16)
    assert blocked & 1 << (signal.SIGINT - 1)


LOCKING = """
import multiprocessing

from optgallery.parallel import processes, worker


def lock(number):
    worker.lock = multiprocessing.RLock()
    return number


if __name__ == "__main__":
    processes.has_one_thread = lambda: False  # so that processes are new, and kept
    print(sorted(processes.map_over_processes(lock, [(1,), (2,)], 2)), len(processes._kept) > 0)
"""


def test_kept_workers_free_their_semaphores_at_the_end(tmp_path):
    script = tmp_path / "locking.py"
    script.write_text(LOCKING)
    done = subprocess.run(
        [sys.executable, script],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("[(0, 1), (1, 2)] True\n", "")
