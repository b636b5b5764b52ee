"""The command ``python -m optgallery report``: its options, its checks and its messages."""

import argparse
import sys
import time
import webbrowser
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

from optgallery.cache.store import VARIABLE, StoreError, as_store
from optgallery.optim import OPTIMIZERS, OptimizerSpec
from optgallery.report.capabilities import UnrunnableError, check_settings
from optgallery.report.findings import FUNCTION_NAMES, Plan, Report, collect
from optgallery.report.loading import (
    LoadingError,
    load_functions,
    load_optimizers,
    read_settings,
)
from optgallery.report.output import OutputError, check_output, write_report
from optgallery.report.page import GENERATOR, page
from optgallery.sweeps.sweep import LEARNING_RATES, plan

AGAINST = "adamw,sgd"
_SUFFIXES = (".html", ".htm")


def add_report(commands: Any) -> argparse.ArgumentParser:
    """Add the command to a parser's commands, and return its own parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "report",
        usage="python -m optgallery report OPTIMIZER ... [options]; --help describes them",
        help="write a page about your optimizers",
        description="Write a page about one or more optimizers: their paths on test functions, "
        "which learning rates work, how they compare, which known optimizer they coincide with, "
        "and what a step costs. It needs no Sphinx, and opens from the file system.",
    )
    parser.add_argument(
        "optimizers",
        nargs="+",
        metavar="OPTIMIZER",
        help="my_pkg:MyOpt, my_file.py:MyOpt, my_file.py (all its optimizers), or the name of an "
        "entry",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        help="the folder to write, by default report; or, if it ends in .html, a single file",
    )
    parser.add_argument(
        "--single-file",
        action="store_true",
        help="write one file with all pictures inside, by default report.html",
    )
    parser.add_argument(
        "--set",
        dest="settings",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a hyper-parameter, such as betas=(0.9,0.99); may be repeated",
    )
    parser.add_argument(
        "--group",
        dest="flags",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of the parameter group, such as use_muon=True; may be repeated",
    )
    parser.add_argument(
        "--against",
        default=AGAINST,
        metavar="NAMES",
        help="entries to compare with, separated by commas, or none; by default %(default)s",
    )
    parser.add_argument(
        "--functions",
        metavar="NAMES",
        help="test functions, separated by commas: names of entries, or my_pkg:NAME of a "
        "TestFunction or a pair (callable, domain); by default " + ", ".join(FUNCTION_NAMES),
    )
    parser.add_argument(
        "--lrs",
        metavar="RATES",
        help="learning rates of the paths, separated by commas; by default "
        + ",".join(f"{lr:g}" for lr in LEARNING_RATES),
    )
    parser.add_argument(
        "--steps", type=int, default=200, help="steps of each path; by default %(default)s"
    )
    parser.add_argument(
        "--starts",
        type=int,
        default=3,
        metavar="N",
        help="starts on each function in the comparison; by default %(default)s",
    )
    parser.add_argument("--title", help="the heading of the page")
    parser.add_argument(
        "--jobs", type=int, metavar="N", help="processes; by default one for each processor"
    )
    parser.add_argument(
        "--store",
        metavar="FOLDER",
        help=f"where runs are kept; by default the folder of {VARIABLE}, or the user's cache",
    )
    parser.add_argument("--open", action="store_true", help="show the page in the browser")
    return parser


def report(given: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    """Run the command.

    It ends with exit code 2 if an argument is wrong, before anything is computed or written; and
    with 1 if an optimizer cannot run, or raised an exception in some runs, after the page about all
    that could be run has been written.
    """
    started = time.perf_counter()

    def tell(what: str) -> None:
        """Say in a log what is under way; on a terminal, there are progress bars."""
        if not sys.stderr.isatty():
            print(f"{parser.prog}: {what}", file=sys.stderr, flush=True)

    single_file, path = _output(given)
    try:
        with redirect_stdout(StringIO()):  # what classes print, which the page says
            asked = _plan(given)
        check_output(path, GENERATOR, single_file=single_file)
    except OutputError as error:
        parser.error(f"--output: {error}")
    except (LoadingError, UnrunnableError) as error:
        parser.error(str(error))
    with redirect_stdout(StringIO()):
        found = collect(asked, tell)
    if not found.findings:
        parser.exit(1, "".join(f"{parser.prog}: {why}\n" for why in found.unrunnable.values()))
    titles = [each.optimizer.title for each in found.findings]
    tell(f"drawing {sum(len(each.runs) for each in found.findings)} animations")
    files = page(found, given.title or _listed(titles), single_file=single_file)
    try:
        written = write_report(path, files, single_file=single_file)
    except OutputError as error:
        parser.exit(1, f"{parser.prog}: {error}\n")
    size = sum(map(len, files.values()))
    seconds = time.perf_counter() - started
    print(f"{written}: {_listed(titles)}, {size / 1e6:.1f} MB, in {seconds:.0f} s")
    if given.open:
        webbrowser.open(written.absolute().as_uri())
    if problems := list(_problems(found)):
        parser.exit(1, "".join(f"{parser.prog}: {problem}\n" for problem in problems))


def _problems(found: Report) -> list[str]:
    """Return a sentence for each optimizer that could not run, or not everywhere."""
    failing = [each for each in found.findings if each.failures]
    return [
        *found.unrunnable.values(),
        *(
            f"{each.optimizer.title} raised an exception in {len(each.failures)} of "
            f"{len(each.runs)} runs, first on {each.failures[0].test_fn.title}: {each.failure}"
            for each in failing
        ),
    ]


def _output(given: argparse.Namespace) -> tuple[bool, Path]:
    """Return whether to write a single file, and where to write."""
    single_file = given.single_file
    if given.output is None:
        return single_file, Path("report.html" if single_file else "report")
    path = Path(given.output).expanduser()
    if path.suffix.lower() in _SUFFIXES:
        return True, path
    return single_file, path / "index.html" if single_file and path.is_dir() else path


def _plan(given: argparse.Namespace) -> Plan:
    """Check the arguments, and return what to compute; a LoadingError names the option."""
    flags = read_settings(given.flags, "--group")
    optimizers = tuple(
        replace(spec, group={**spec.group, **flags}) if flags else spec
        for spec in load_optimizers(given.optimizers, read_settings(given.settings))
    )
    for spec in optimizers:
        check_settings(spec)
    functions = _named(
        "--functions", load_functions, _divided(given.functions) or list(FUNCTION_NAMES)
    )
    baselines = _baselines(given.against, optimizers)
    lrs = _rates(given.lrs)
    for option, checked in (("--lrs", {"lrs": lrs}), ("--steps", {"steps": given.steps})):
        try:
            plan("sgd", "sphere", **checked)
        except ValueError as error:
            raise LoadingError(f"{option}: {error}") from error
    if given.jobs is not None and given.jobs < 1:
        raise LoadingError(f"--jobs must be a whole number >= 1, got {given.jobs}")
    if given.starts < 1:
        raise LoadingError(f"--starts must be a whole number >= 1, got {given.starts}")
    store = as_store(given.store)
    try:
        store.check()
    except StoreError as error:
        raise LoadingError(f"--store: {error.strerror}") from error
    return Plan(optimizers, baselines, functions, lrs, given.steps, given.jobs, store, given.starts)


def _baselines(named: str, optimizers: Sequence[OptimizerSpec]) -> tuple[OptimizerSpec, ...]:
    """Return the entries to compare with, without those that the page is about."""
    names = [] if named.strip() in ("", "none") else _divided(named)
    if unknown := [name for name in names if name not in OPTIMIZERS]:
        try:
            OPTIMIZERS[unknown[0]]
        except ValueError as error:
            raise LoadingError(f"--against: {error}") from error
    if repeated := [name for i, name in enumerate(names) if name in names[:i]]:
        raise LoadingError(f"--against: {repeated[0]} is named more than once")
    return tuple(OPTIMIZERS[name] for name in names if OPTIMIZERS[name] not in optimizers)


def _rates(given: str | None) -> tuple[float, ...]:
    try:
        return tuple(map(float, _divided(given))) or LEARNING_RATES
    except ValueError as error:
        raise LoadingError(f"--lrs takes numbers separated by commas, got {given!r}") from error


def _named(option: str, load: Any, names: Sequence[str]) -> Any:
    try:
        return load(names)
    except LoadingError as error:
        raise LoadingError(f"{option}: {error}") from error


def _divided(given: str | None) -> list[str]:
    return [part.strip() for part in (given or "").split(",") if part.strip()]


def _listed(titles: Sequence[str]) -> str:
    if len(titles) < 2:
        return "".join(titles)
    return f"{', '.join(titles[:-1])} and {titles[-1]}"
