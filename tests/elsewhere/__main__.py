"""Build documentation of others with the wheel, in fresh environments, and look at it.

``python tests/elsewhere [KIND ...] [--sphinx VERSION] [--builders BUILDER ...]`` limits it to kinds
of documentation and to builders, or takes another version of Sphinx than the tested one; "newest"
is the newest that the Python can have. ``pytorch_optimizer`` is the gallery of
``examples/elsewhere``. Environments and screenshots are in ``build/elsewhere``. Exits with 1 if
anything is wrong.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[1])

from playwright.sync_api import Browser, sync_playwright  # noqa: E402

from elsewhere import checks  # noqa: E402
from elsewhere.environments import ROOT, Environment, wheel  # noqa: E402
from elsewhere.projects import (  # noqa: E402
    DOCUMENTS,
    EXAMPLE,
    KINDS,
    PAGES,
    Built,
    Project,
    build_example,
)

FOLDER = ROOT / "build" / "elsewhere"
CHROMIUM = ("--no-sandbox", "--disable-gpu")


class Row:
    """A line of the table: a kind, and what is wrong with it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cells = [name.ljust(max(map(len, (*KINDS, EXAMPLE))))]
        self.wrong: list[str] = []

    def add(self, what: str, faults: Iterator[str]) -> None:
        """Add a cell with the seconds that a check took, or that it found something wrong."""
        began = time.perf_counter()
        found = list(faults)
        seconds = time.perf_counter() - began
        self.cells.append(f"{what} {'WRONG' if found else f'{seconds:.0f} s'}")
        self.wrong += [f"{self.name}, {what}: {fault}" for fault in found]

    def __str__(self) -> str:
        return " | ".join(self.cells)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="nox -s elsewhere --")
    parser.add_argument(
        "kinds", nargs="*", metavar="KIND", help=f"{', '.join((*KINDS, EXAMPLE))}; all by default"
    )
    parser.add_argument("--sphinx", metavar="VERSION", help="instead of the tested one")
    parser.add_argument("--builders", nargs="+", choices=[*PAGES, *DOCUMENTS], metavar="BUILDER")
    given = parser.parse_args()
    if unknown := set(given.kinds) - {*KINDS, EXAMPLE}:
        parser.error(f"there is no kind {', '.join(sorted(unknown))}")
    return given


def base_environment(sphinx: str | None) -> Environment:
    """Return an environment with the wheel, its extra and sphinx-gallery, and no theme."""
    base = Environment(FOLDER / "base")
    requirements = [f"{wheel(FOLDER)}[sphinx]", "torch", "sphinx-gallery"]
    if sphinx is None:
        base.install(*requirements)
    else:
        chosen = "sphinx" if sphinx == "newest" else f"sphinx=={sphinx}"
        base.install(*requirements, chosen, instead=["sphinx", "docutils"])
    return base


def built(result: Built, builder: str) -> Iterator[str]:
    """Yield what is wrong with a build."""
    if result.status:
        yield result.output
    elif builder == "epub":
        yield from checks.malformed(result.folder)
    elif builder in PAGES:
        yield from checks.broken_links(result.folder)


def examine(name: str, base: Environment, browser: Browser, builders: list[str] | None) -> Row:
    """Build a kind of documentation with every builder, look at it, edit it and build it again."""
    kind, row = KINDS[name], Row(name)
    environment = base
    if kind.packages:
        environment = Environment(FOLDER / name, base)
        environment.install(*kind.packages, instead=[] if kind.tested else kind.packages)
    # no theme concerns the others: once with sphinx-gallery, and once without
    usual = (*PAGES, *DOCUMENTS) if name in {"alabaster", "plain"} else PAGES
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder, name), kind, environment)
        for builder in builders or usual:
            row.add(builder, (fault for fault in built(project.build(builder), builder)))
        if builders is None or "html" in builders:
            site = project.root / "out" / "html"
            shots = FOLDER / "shots" / name
            row.add("Chromium", checks.faults(browser, site, project.pages, shots))
            row.add("edited", project.stale_after_edit())
    return row


def examine_example(base: Environment, browser: Browser) -> Row:
    """Build the gallery of another package's optimizers, and look at some of its pages."""
    row, site = Row(EXAMPLE), FOLDER / "site"
    environment = Environment(FOLDER / EXAMPLE, base)
    environment.install("furo", "pytorch-optimizer")
    row.add("html", (fault for fault in built(build_example(environment, site), "html")))
    pages = ["index.html", "explorer.html", "optimizers/focus.html", "optimizers/vsgd.html"]
    row.add("Chromium", checks.faults(browser, site, pages, FOLDER / "shots" / EXAMPLE))
    return row


def main() -> int:
    """Run what the command line asks for, and return the exit status."""
    given = arguments()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("this needs Chromium: install Debian's package `chromium`")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    started = time.perf_counter()
    base = base_environment(given.sphinx)
    seconds = time.perf_counter() - started
    print(f"Sphinx {base.version('sphinx')}, environment in {seconds:.0f} s", flush=True)
    wrong: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM))
        for name in given.kinds or (*KINDS, EXAMPLE):
            if name == EXAMPLE:
                row = examine_example(base, browser)
            else:
                row = examine(name, base, browser, given.builders)
            print(row, flush=True)
            wrong += row.wrong
        browser.close()
    print("\n".join(wrong) or f"all is well, in {time.perf_counter() - started:.0f} s")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
