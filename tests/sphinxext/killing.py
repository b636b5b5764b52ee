"""Builds that are killed at random moments, each followed by another one that goes on."""

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
"""What a build says when a phase begins, in the order in which they follow."""

COMPARED = {".gif", ".png", ".json", ".html"}
LAST_WORDS = "The HTML pages are in"


@dataclass
class Kills:
    """What was killed, and how often a build had come to its end before."""

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
    each: int = 1,
    seed: int = 0,
    forked: bool = True,
) -> Kills:
    """Build one project at a stretch, and another that is the same with interruptions.

    The phases are gone through in turn: each kill comes at a random moment of the time that its
    phase takes undisturbed, so early that the next build, which goes on from there, has something
    left for all that follow. After the last one a build is left to its end, and its site compared;
    then all that it wrote is thrown away, the store with it, and the next begins from nothing.

    Parameters
    ----------
    undisturbed, killed : Path
        Two copies of the same project.
    options : str
        Of sphinx-build.
    kills : int
        How many builds are killed.
    each : int
        How many in a phase, before the next.
    seed : int
        Of the moments.
    forked : bool
        See `Build`.
    """
    done = Kills(kills)
    fresh = killed.with_name(f"{killed.name}-fresh")
    shutil.copytree(killed, fresh)
    lasting = _build(undisturbed, forked, *options)
    done.undisturbed = sum(lasting.values())
    moments = random.Random(seed)
    while done.hit.total() < kills:
        for meant in [name for name in lasting for _ in range(each)]:
            build = _start(killed, forked, *options)
            if build.wait_until(_begins(meant)):
                _wait(build, lasting[meant] * moments.random() / (each + 1))
            if build.kill():
                done.hit[phase(build.said)] += 1
            else:
                assert LAST_WORDS in build.said, build.said
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
    """Say how two sites differ in their pictures, data and pages, and name unfinished files."""
    one, other = (_files(root / "site" / "html") for root in (undisturbed, killed))
    faults = [f"{name} is only in one of the sites" for name in sorted(one.keys() ^ other.keys())]
    faults += [
        f"{name} differs"
        for name in sorted(one.keys() & other.keys())
        if Path(name).suffix in COMPARED and one[name].read_bytes() != other[name].read_bytes()
    ]
    return faults


def phase(said: str) -> str:
    """Name what a build was at when it said the last that it did."""
    last = max(PHASES, key=said.rfind)
    return PHASES[last] if last in said else "starting"


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
    """Build to the end, and return how many seconds each phase took, but for the start."""
    build = _start(root, forked, *options)
    began: dict[str, float] = {}
    while not build.ended_within(build.moment):
        if (now := phase(build.said)) != "starting":
            began.setdefault(now, time.monotonic())
    assert build.wait() == 0, build.said
    ends = [*list(began.values())[1:], time.monotonic()]
    return {name: end - began[name] for name, end in zip(began, ends, strict=True)}


def _begins(phase: str) -> str:
    """Return the words with which a phase begins."""
    return next(words for words, name in PHASES.items() if name == phase)


def _wait(build: Build, seconds: float) -> None:
    """Wait, but no longer than the build takes."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and LAST_WORDS not in build.said:
        time.sleep(0.002)
