"""Build documentation of others with the wheel, in fresh environments, and look at it.

``python tests/elsewhere [KIND ...] [--sphinx VERSION] [--pages]`` limits it to kinds of
documentation, takes another version of Sphinx, or leaves out the builders that no theme concerns.
The environments and the screenshots are in ``build/elsewhere``. Exits with 1 if anything is wrong.
"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[1])

from playwright.sync_api import sync_playwright  # noqa: E402

from elsewhere import checks  # noqa: E402
from elsewhere.environments import ROOT, Environment, wheel  # noqa: E402
from elsewhere.projects import DOCUMENTS, KINDS, PAGES, Project  # noqa: E402

FOLDER = ROOT / "build" / "elsewhere"
CHROMIUM = ("--no-sandbox", "--disable-gpu")


def main() -> int:
    """Run what the command line asks for, and return the exit status."""
    parser = argparse.ArgumentParser(prog="nox -s elsewhere --")
    parser.add_argument("kinds", nargs="*", choices=[*KINDS, []], help="all if none is named")
    parser.add_argument("--sphinx", metavar="VERSION", help="instead of the tested one")
    parser.add_argument("--pages", action="store_true", help="only builders that a theme concerns")
    asked = parser.parse_args()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    started = time.perf_counter()
    base = Environment(FOLDER / "base")
    other = [f"sphinx=={asked.sphinx}"] if asked.sphinx else []
    base.install(
        *(f"{wheel(FOLDER)}[sphinx]", "torch", "sphinx-gallery", *other),
        instead=["sphinx", "docutils"] if other else [],
    )
    print(f"Sphinx {base.version('sphinx')}: environment in {time.perf_counter() - started:.0f} s")
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        if chromium is None:
            sys.exit("this needs Chromium: install Debian's package `chromium`")
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM))
        for name in asked.kinds or KINDS:
            kind = KINDS[name]
            environment = base
            if kind.packages:
                environment = Environment(FOLDER / name, base)
                environment.install(*kind.packages, instead=[] if kind.tested else kind.packages)
            project = Project(Path(folder, name), kind, environment)
            row = [name.ljust(10)]
            # the others do not depend on the theme: once with sphinx-gallery, once without
            documents = () if asked.pages or name not in {"alabaster", "plain"} else DOCUMENTS
            for builder in (*PAGES, *documents):
                began = time.perf_counter()
                built = project.build(builder)
                found = [built.output] if built.status else []
                if builder in {"html", "dirhtml", "singlehtml"} and not built.status:
                    found += checks.broken_links(built.folder)
                if builder == "epub" and not built.status:
                    found += checks.malformed(built.folder)
                seconds = time.perf_counter() - began
                row.append(f"{builder} {'WRONG' if found else f'{seconds:.0f} s'}")
                wrong += [f"{name}, {builder}: {each}" for each in found]
            site = project.root / "out" / "html"
            found = list(checks.faults(browser, site, project.pages, FOLDER / "shots" / name))
            row.append(f"Chromium {'WRONG' if found else 'ok'}")
            wrong += [f"{name}, {each}" for each in found]
            found = list(project.stale_after_edit())
            row.append(f"edited {'WRONG' if found else 'ok'}")
            wrong += [f"{name}, {each}" for each in found]
            print(" | ".join(row), flush=True)
        browser.close()
    print("\n".join(wrong) or f"all is well, in {time.perf_counter() - started:.0f} s")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
