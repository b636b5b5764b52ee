"""Documentation projects of others: the same package and pages, in six kinds of documentation."""

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from elsewhere.environments import ROOT, Environment

FILES = Path(__file__).with_name("project")

CONF = """\
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

project = "Slow descent"
copyright = "2026, somebody"
version = release = "1.0"
extensions = {extensions}
html_theme = "{theme}"
exclude_patterns = {excluded}
optgallery_optimizers = ["slow_descent:SignDescent", "slow_descent:Decaying"]
optgallery_functions = ["slow_descent:CANYON", "booth"]
optgallery_lrs = [0.01, 0.1]
optgallery_steps = 60
optgallery_explorer = True
linkcheck_ignore = ["https:"]
{more}"""

GALLERY = """\
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "image_scrapers": ("matplotlib", "optgallery.sphinxext.scrape"),
    "write_computation_times": False,
}
"""


@dataclass(frozen=True)
class Kind:
    """A kind of documentation.

    Attributes
    ----------
    theme : str
        Name of its theme.
    packages : tuple of str
        What it installs besides the wheel with its extra.
    gallery : bool
        Whether sphinx-gallery runs scripts.
    more : str
        Further lines of its ``conf.py``.
    tested : bool
        Whether the theme has the version of ``constraints.txt``.
    """

    theme: str
    packages: tuple[str, ...] = ()
    gallery: bool = True
    more: str = ""
    tested: bool = True


KINDS = {
    "pydata": Kind("pydata_sphinx_theme", ("pydata-sphinx-theme",)),
    "furo": Kind("furo", ("furo",)),
    "rtd": Kind("sphinx_rtd_theme", ("sphinx-rtd-theme",)),
    "book": Kind("sphinx_book_theme", ("sphinx-book-theme",), tested=False),
    "alabaster": Kind("alabaster"),
    "plain": Kind("alabaster", gallery=False),
}
"""The kinds by name; "plain" is without sphinx-gallery."""

MAKES_NO_PAGES = ("gettext", "linkcheck")
DOCUMENTS = ("latex", "man", "texinfo", "text", "xml", *MAKES_NO_PAGES)
"""Builders whose output does not depend on the theme."""

EXAMPLE = "pytorch_optimizer"
"""The name of the gallery in ``examples/elsewhere``."""

PAGES = ("html", "dirhtml", "singlehtml", "epub")
"""Builders whose output depends on it."""


_STRICTLY = ("-m", "sphinx", "--no-color", "-W", "-n", "--keep-going", "-j2")
_EDITED = ('alpha=-state["length"]', 'alpha=-0.5 * state["length"]')


class Built(NamedTuple):
    """What a build left and said.

    Attributes
    ----------
    folder : Path
        Its output.
    status : int
        Its exit status.
    output : str
        What it printed, warnings included.
    """

    folder: Path
    status: int
    output: str


class Project:
    """The folder of a package with its documentation, and the environment that builds it."""

    def __init__(self, root: Path, kind: Kind, environment: Environment) -> None:
        self.root, self.kind, self.environment = root, kind, environment
        shutil.copytree(FILES, root, ignore=shutil.ignore_patterns("__pycache__"))
        extensions = ["sphinx_gallery.gen_gallery"] if kind.gallery else []
        text = CONF.format(
            extensions=[*extensions, "optgallery.sphinxext"],
            theme=kind.theme,
            excluded=[] if kind.gallery else ["auto_examples"],
            more=(GALLERY if kind.gallery else "") + kind.more,
        )
        (root / "docs" / "conf.py").write_text(text, encoding="utf-8")
        if kind.gallery:
            with (root / "docs" / "index.rst").open("a", encoding="utf-8") as index:
                index.write("   auto_examples/index\n")
        self._run("draw.py")

    def build(self, builder: str) -> Built:
        """Build the documentation strictly, with two jobs, as a project's own checks do."""
        folder = self.root / "out" / builder
        doctrees = self.root / "out" / f"doctrees-{builder}"
        done = self._run(
            *(*_STRICTLY, f"-b{builder}", f"-d{doctrees}", "docs", str(folder)), check=False
        )
        return Built(folder, done.returncode, done.stdout)

    @property
    def pages(self) -> list[str]:
        """The pages that show something of this package."""
        gallery = ["auto_examples/plot_descent.html"] if self.kind.gallery else []
        return ["index.html", "optimizers.html", "runs.html", "explorer.html", *gallery]

    def stale_after_edit(self) -> Iterator[str]:
        """Edit an optimizer and build again; yield what should have changed, or should not have."""
        site = self.root / "out" / "html"
        before = _states(site)
        source = self.root / "slow_descent" / "__init__.py"
        text = source.read_text(encoding="utf-8")
        assert _EDITED[0] in text
        source.write_text(text.replace(*_EDITED), encoding="utf-8")
        built = self.build("html")
        if built.status:
            yield f"the build after an edit ends with {built.status}: {built.output}"
            return
        after = _states(site)
        changed = {name for name in before.keys() & after.keys() if before[name] != after[name]}
        changed |= before.keys() ^ after.keys()
        shown = ["cells/signdescent/", "explorer/", "_images/"]
        yield from (f"no file of {part} is new" for part in shown if not _under(part, changed))
        for name in sorted(changed):
            if name.startswith(("cells/decaying", "explorer/")) and "signdescent" not in name:
                yield f"{name} is new, although its optimizer is not"
        again = _states(site)
        built = self.build("html")
        if built.status or _states(site) != again:
            yield f"a build without an edit changes the site: {built.output}"

    def _run(self, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        store = self.root.parent / "store"
        return _run(self.environment, self.root, store, *arguments, check=check)


def build_example(environment: Environment, site: Path) -> Built:
    """Build the gallery of another package's optimizers."""
    arguments = (*_STRICTLY, f"-d{site}-doctrees", ".", str(site))
    done = _run(
        environment, ROOT / "examples/elsewhere" / EXAMPLE, site.parent / "store", *arguments
    )
    return Built(site, done.returncode, done.stdout)


def _run(
    environment: Environment, folder: Path, store: Path, *arguments: str, check: bool = False
) -> "subprocess.CompletedProcess[str]":
    """Run Python in a folder, as the package's author would."""
    variables = {
        **os.environ,
        "OPTGALLERY_STORE": str(store),
        "PYTHONPATH": str(folder),
        "OMP_NUM_THREADS": "1",
        "MPLBACKEND": "agg",
    }
    return subprocess.run(
        [environment.python, *arguments],
        cwd=folder,
        env=variables,
        check=check,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _states(site: Path) -> dict[str, str]:
    """Return a digest of each picture and each file of data, by its path in the site."""
    suffixes = {".gif", ".png", ".json", ".js"}
    return {
        path.relative_to(site).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in site.rglob("*")
        if path.suffix in suffixes and not path.name.startswith(".")
    }


def _under(folder: str, names: Iterable[str]) -> bool:
    return any(name.startswith(folder) for name in names)
