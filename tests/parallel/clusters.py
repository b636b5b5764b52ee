"""Dask clusters on loopback."""

import os
import socket
import sys
import time
from itertools import count
from pathlib import Path

from forking import Forked

TIMEOUT = 60  # seconds, enough for a busy machine


class Cluster:
    """A scheduler and workers, each a process with its own home folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: dict[str, Forked] = {}
        self.address = ""
        self._names = (f"worker-{n}" for n in count())

    def start_scheduler(self, **environment: str) -> None:
        port = free_port()
        self.address = f"tcp://127.0.0.1:{port}"
        self._start(
            *("scheduler", "scheduler", "--host", "127.0.0.1", "--port", str(port)),
            *("--no-dashboard", "--no-jupyter"),
            **environment,
        )
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline:
            try:
                return socket.create_connection(("127.0.0.1", port), 1).close()
            except ConnectionRefusedError:
                time.sleep(0.05)
        raise TimeoutError(self.said("scheduler"))

    def start_worker(self, **environment: str) -> str:
        """Start a worker and return its name."""
        name = next(self._names)
        self._start(
            *(name, "worker", self.address, "--name", name, "--host", "127.0.0.1"),
            *("--nthreads", "1", "--memory-limit", "0", "--no-nanny", "--no-dashboard"),
            *("--local-directory", str(self.folder / name / "scratch")),
            **environment,
        )
        return name

    def workers(self) -> dict[str, str]:
        """Return the addresses of the connected workers by name."""
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            found = client.scheduler_info(n_workers=-1)["workers"]
            return {worker["name"]: address for address, worker in found.items()}

    def wait_for(self, names: set[str]) -> None:
        """Wait until exactly these workers are connected."""
        deadline = time.monotonic() + TIMEOUT
        while (found := set(self.workers())) != names:
            assert time.monotonic() < deadline, (found, names, *map(self.said, names))
            time.sleep(0.2)

    def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def stop(self) -> None:
        """Kill all processes: a worker without a scheduler takes a minute to end by itself."""
        for name in list(self.processes):
            self.kill(name)

    def said(self, name: str) -> str:
        return (self.folder / name / "log").read_text()

    def _start(self, name: str, *arguments: str, **environment: str) -> None:
        home = self.folder / name
        home.mkdir(parents=True)
        passed = {k: v for k, v in os.environ.items() if not k.startswith("OPTGALLERY_")}
        variables = passed | {"HOME": str(home), "OMP_NUM_THREADS": "1"} | environment
        self.processes[name] = Forked(run_dask, (arguments,), home, home / "log", variables)


def run_dask(arguments: tuple[str, ...]) -> None:
    """Run the ``dask`` command with these arguments."""
    import dask
    from dask.__main__ import main

    dask.config.refresh()  # reads the current environment
    sys.argv[:] = ["dask", *arguments]
    main()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
