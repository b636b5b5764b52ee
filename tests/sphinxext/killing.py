"""Kill builds at random moments, and let the next build continue."""

import random
import shutil
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from builds import Build

PHASES = {
    "scripts are to be run": "computing",
    "generating gallery": "running scripts",
    "building [html]": "reading pages",
    "copying assets": "writing pages",
    "writing output": "writing pages",
    "copying images": "writing pages",
    "successfully executed": "publishing cells",
}
"""The output with which each phase begins, in order."""

COMPARED = {".gif", ".png", ".webp", ".json", ".html"}
END = "The HTML pages are in"


@dataclass
class Kills:
    """How many builds were killed in each phase, and how many had ended before the kill."""

    planned: int
    undisturbed: float = 0.0
    hit: Counter[str] = field(default_factory=Counter)
    finished: int = 0

    def __str__(self) -> str:
        hit = ", ".join(f"{count} while {phase}" for phase, count in self.hit.items())
        return (
            f"{self.hit.total()} of {self.planned} builds were killed: {hit}; {self.finished} were "
            f"done before; one takes {self.undisturbed:.1f} s undisturbed"
        )


def kill_often(
    undisturbed: Path,
    killed: Path,
    *options: str,
    kills: int,
    per_phase: int = 1,
    seed: int = 0,
    forked: bool = True,
) -> Kills:
    """Build one project without interruption and its copy with kills, and compare the sites.

    Builds are killed in each phase in turn, at a random moment, early enough that the phase still
    has work left for the next builds, which continue. After the last phase, a build runs to its end
    and the sites are compared. Then everything written, including the store, is deleted, and the
    next round starts, until the number of kills is reached.

    Parameters
    ----------
    undisturbed, killed : Path
        Two copies of the same project.
    options : str
        Options of sphinx-build.
    kills : int
        Total number of kills.
    per_phase : int
        Number of kills in one phase before the next.
    seed : int
        Seed of the random moments.
    forked : bool
        See `Build`.
    """
    done = Kills(kills)
    fresh = killed.with_name(f"{killed.name}-fresh")
    shutil.copytree(killed, fresh)
    durations = _build(undisturbed, forked, *options)
    done.undisturbed = sum(durations.values())
    moments = random.Random(seed)
    while done.hit.total() < kills:
        for target in [name for name in durations for _ in range(per_phase)]:
            build = _start(killed, forked, *options)
            if build.wait_until(_first_output(target)):
                _wait(build, durations[target] * moments.random() / (per_phase + 1))
            if build.kill():
                done.hit[phase(build.output)] += 1
            else:
                assert END in build.output, build.output
                done.finished += 1
            if done.hit.total() == kills:
                break
        _build(killed, forked, *options)
        faults = compare(undisturbed, killed)
        assert not faults, "\n".join([str(done), *faults])
        if done.hit.total() < kills:
            shutil.rmtree(killed)
            shutil.copytree(fresh, killed)
    return done


def compare(undisturbed: Path, killed: Path) -> list[str]:
    """Return the differences between two sites: missing files, and files with other contents."""
    one, other = (_files(root / "site" / "html") for root in (undisturbed, killed))
    faults = [f"{name} is only in one of the sites" for name in sorted(one.keys() ^ other.keys())]
    faults += [
        f"{name} differs"
        for name in sorted(one.keys() & other.keys())
        if Path(name).suffix in COMPARED and one[name].read_bytes() != other[name].read_bytes()
    ]
    return faults


def phase(output: str) -> str:
    """Return the phase in which a build with this output is."""
    last = max(PHASES, key=output.rfind)
    return PHASES[last] if last in output else "starting"


def _files(site: Path) -> dict[str, Path]:
    return {
        path.relative_to(site).as_posix(): path
        for path in site.rglob("*")
        if path.is_file() and ".doctrees" not in path.parts
    }


def _start(root: Path, forked: bool, *options: str) -> Build:
    return Build(
        root,
        *("-W", "-d", "site/doctrees", *options),
        forked=forked,
        OPTGALLERY_STORE=str(root / "store"),
    )


def _build(root: Path, forked: bool, *options: str) -> dict[str, float]:
    """Build to the end, and return the duration of each phase after the start, in seconds."""
    build = _start(root, forked, *options)
    began: dict[str, float] = {}
    while not build.ended_within(build.poll_interval):
        if (now := phase(build.output)) != "starting":
            began.setdefault(now, time.monotonic())
    assert build.wait() == 0, build.output
    ends = [*list(began.values())[1:], time.monotonic()]
    return {name: end - began[name] for name, end in zip(began, ends, strict=True)}


def _first_output(phase: str) -> str:
    """Return the output with which a phase begins."""
    return next(text for text, name in PHASES.items() if name == phase)


def _wait(build: Build, seconds: float) -> None:
    """Wait for some seconds, or until the build ends."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and END not in build.output:
        time.sleep(0.002)
