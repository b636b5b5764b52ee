"""The tasks of this project: `nox --list` shows them."""

import argparse
import os
import time
from collections.abc import Mapping
from pathlib import Path

import nox
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

nox.needs_version = ">=2025.2.9"
nox.options.reuse_venv = "yes"
nox.options.default_venv_backend = "virtualenv"

PYPROJECT = nox.project.load_toml("pyproject.toml")
SITE = Path("docs/_build/html")
DOCTREES = Path("docs/_build/doctrees")  # Sphinx's cache, not part of the site
# when Sphinx writes pages, one of its jobs distributes them and is idle at the end
JOBS = (os.cpu_count() or 1) + 1
GALLERIES = ["comparisons", "functions", "optimizers", "schedules", "stories"]
CODE = ["optgallery", "gallery", "tests", "examples", "benchmarks", "docs", "noxfile.py"]
WORDING = [*CODE, "CONTRIBUTING.md", "README.md"]


@nox.session
def docs(session: nox.Session) -> None:
    """Build the gallery, with warnings as errors; `-- --cluster ADDRESS` uses a Dask cluster."""
    parser = argparse.ArgumentParser(prog="nox -s docs --", allow_abbrev=False)
    parser.add_argument("--cluster", metavar="ADDRESS", help="of the scheduler of a Dask cluster")
    parser.add_argument("--scheduler", dest="old_cluster", help=argparse.SUPPRESS)
    given, options = parser.parse_known_args(session.posargs)
    if given.old_cluster:
        session.warn("--scheduler is deprecated, use --cluster")
    cluster = given.cluster or given.old_cluster
    install(session, "docs", *(["cluster"] if cluster else []))
    if cluster:
        session.env["OPTGALLERY_CLUSTER"] = cluster
    session.env["OPTGALLERY_PROGRESS"] = "1"
    started = time.perf_counter()
    session.run(
        *("sphinx-build", "-W", "-n", "--keep-going", f"--jobs={JOBS}"),
        *(f"-d{DOCTREES}", *options, "docs", str(SITE)),
    )
    seconds = time.perf_counter() - started
    gifs = sum(1 for _ in SITE.rglob("*.gif"))
    session.log(f"{gifs} GIFs, built in {seconds:.0f} s: open {(SITE / 'index.html').resolve()}")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the whole test suite, including the examples of docstrings."""
    install(session, "test")
    run_tests(session, *session.posargs)


@nox.session(default=False)
def minimums(session: nox.Session) -> None:
    """Run the tests with the oldest versions that the package's requirements allow."""
    install(session, "test", instead=minimum_versions())
    run_tests(session, *session.posargs)


@nox.session(default=False)
def torch(session: nox.Session) -> None:
    """Run the tests with another version of torch: `-- 2.14.1`."""
    example = "nox -s torch -- 2.14.1"
    if not session.posargs:
        session.error(f"give a version of torch: `{example}`")
    version, *options = session.posargs
    try:
        Version(version)
    except InvalidVersion:
        session.error(f"{version!r} is not a version of torch; it comes first, as in `{example}`")
    install(session, "test", instead={"torch": version})
    run_tests(session, *options)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, scripts, style sheets, spelling, wording, metadata and imports."""
    install(session, "lint", package=False)
    code = [path for path in CODE if Path(path).exists()]
    session.run("ruff", "check", *code)
    session.run("ruff", "format", "--check", *code)
    session.run("codespell")
    session.run("codespell", "--config=wording.cfg", *WORDING)
    session.run("validate-pyproject", "pyproject.toml")
    schema = "--builtin-schema=vendor.citation-file-format"
    session.run("check-jsonschema", schema, "CITATION.cff")
    session.run("lint-imports")
    biome(session, "ci", "--error-on-warnings")


@nox.session(name="format", default=False)
def reformat(session: nox.Session) -> None:
    """Fix the findings of `lint` that can be fixed automatically."""
    install(session, "lint", package=False)
    code = [path for path in CODE if Path(path).exists()]
    session.run("ruff", "check", "--fix-only", *code)
    session.run("ruff", "format", *code)
    biome(session, "check", "--write")


@nox.session
def types(session: nox.Session) -> None:
    """Check the package's annotations with mypy in strict mode."""
    install(session, "types")
    session.run("mypy", *session.posargs)


@nox.session(default=False)
def browser(session: nox.Session) -> None:
    """Test the built site in Chromium; run `docs` first."""
    if not (SITE / "index.html").exists():
        session.error(f"there is no site in {SITE}: build it with `nox -s docs`")
    install(session, "browser")
    session.run(
        *("pytest", "tests/browser", "--numprocesses=auto", "--dist=loadfile", *session.posargs)
    )


@nox.session(default=False)
def elsewhere(session: nox.Session) -> None:
    """Build documentation of others with the wheel, in fresh environments, and look at it.

    `-- furo plain` limits it to kinds, `-- --sphinx 8.2.3` takes another version of Sphinx, and
    `-- pytorch_optimizer` builds the gallery of examples/elsewhere. Needs Chromium.
    """
    install(session, "browser", package=False)
    session.run("python", "tests/elsewhere", *session.posargs)


@nox.session(default=False)
def others(session: nox.Session) -> None:
    """Compare the optimizer classes of other packages with a plain loop; `-- heavyball` limits it.

    The packages are kept in `build/others`. It writes the data of the docs' table.
    """
    install(session, "others")
    session.run("python", "tests/others", *session.posargs)


@nox.session(default=False)
def other_functions(session: nox.Session) -> None:
    """Compare the test functions of other packages with ours; `-- niapy` limits it.

    The packages are kept in `build/others`. It writes the data of the docs' table.
    """
    install(session, "others")
    session.run("python", "tests/others/functions", *session.posargs)


@nox.session(default=False)
def experiment(session: nox.Session) -> None:
    """Record the runs behind the page "Compare": what is lacking or stale, or `-- lion muon`.

    `-- --confirm` takes only a sample again of what is stale, and keeps what has the same bits.
    """
    install(session)
    session.env["OPTGALLERY_PROGRESS"] = "1"
    session.run("python", "docs/experiment.py", *session.posargs)


@nox.session(default=False)
def golden(session: nox.Session) -> None:
    """Write the golden steps, test vectors for ports of the optimizers; `-- lion` limits it."""
    install(session)
    session.run("python", "docs/golden_steps.py", *session.posargs)


@nox.session(default=False)
def statistics(session: nox.Session) -> None:
    """Compare profiles and running times with three benchmarking packages, to 1e-12."""
    install(session, "statistics")
    session.run("python", "tests/statistics")


@nox.session(default=False)
def coverage(session: nox.Session) -> None:
    """Run the tests and list the lines that they do not reach."""
    install(session, "test")
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *session.posargs)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Measure the speeds and sizes stated in the documentation, as ratios within one run."""
    install(session, "browser", "cluster", "docs")
    session.run("python", "benchmarks/measure.py", *session.posargs)


@nox.session(default=False, venv_backend="none")
def lighthouse(session: nox.Session) -> None:
    """Audit the built site with Lighthouse; needs Node and Chromium; run `docs` first."""
    session.run("python3", "benchmarks/lighthouse.py", *session.posargs, external=True)


@nox.session(default=False)
def linkcheck(session: nox.Session) -> None:
    """Check every external link of the documentation."""
    install(session, "docs")
    session.run(
        *("sphinx-build", "-b", "linkcheck", "-D", "plot_gallery=0"),
        *("docs", "docs/_build/linkcheck"),
    )


@nox.session(default=False)
def versions(session: nox.Session) -> None:
    """List builds that lie side by side, for the menu of versions: `-- FOLDER --under /PATH/`."""
    session.install("--constraint=constraints.txt", "packaging")
    session.run("python", "docs/versions.py", *session.posargs)


@nox.session(default=False)
def serve(session: nox.Session) -> None:
    """Build the gallery, serve it on localhost, and rebuild it whenever a file is saved."""
    install(session, "docs", "serve")
    written = (
        *("_build", "api/backreferences", "api/generated", "api/optimizers.rst"),
        *("compare/images", *GALLERIES),
    )
    session.run(
        "sphinx-autobuild",
        *(f"--ignore=docs/{folder}" for folder in written),
        *("--watch=optgallery", "--watch=gallery", "--open-browser"),
        *session.posargs,
        *(f"-d{DOCTREES}", "docs", str(SITE)),
    )


def install(
    session: nox.Session,
    *groups: str,
    package: bool = True,
    instead: Mapping[str, str] | None = None,
) -> None:
    """Install dependency groups and the package, with the tested versions as constraints.

    Versions given by `instead` replace those in the constraints.
    """
    constraints = "constraints.txt"
    if instead:
        constraints = str(Path(session.create_tmp()) / "constraints.txt")
        Path(constraints).write_text(constraints_with(instead), encoding="utf-8")
    requirements = nox.project.dependency_groups(PYPROJECT, *groups)
    session.install(
        f"--constraint={constraints}", *requirements, *(["--editable=."] if package else [])
    )
    # threads do not speed up two-element tensors, and forks of Sphinx can deadlock with them
    session.env["OMP_NUM_THREADS"] = "1"


def biome(session: nox.Session, *arguments: str) -> None:
    """Check scripts and style sheets with the version of Biome in package-lock.json."""
    session.run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
    session.run("node", "node_modules/@biomejs/biome/bin/biome", *arguments)


def run_tests(session: nox.Session, *options: str) -> None:
    """Run the tests and the examples of docstrings, in one process per core."""
    # all tests of a file run in one process, so that its fixtures are created once; files are in
    # the order of tests/conftest.py, not sorted by their number of tests
    session.run(
        *("pytest", "--numprocesses=auto", "--dist=loadfile", "--no-loadscope-reorder"),
        # no test reads logs, and catching them takes a fifth of what pytest adds to a test
        *("-p", "no:logging", "--durations=12", *options),
    )


def minimum_versions() -> dict[str, str]:
    """Return the lower bound of each requirement of the package and its extras."""
    project = PYPROJECT["project"]
    extras = project["optional-dependencies"].values()
    bounds = {}
    for line in [*project["dependencies"], *(line for extra in extras for line in extra)]:
        requirement = Requirement(line)
        (bound,) = (s.version for s in requirement.specifier if s.operator == ">=")
        bounds[requirement.name] = bound
    return bounds


def constraints_with(versions: Mapping[str, str]) -> str:
    """Return the constraints with other versions of some packages."""
    wanted = {canonicalize_name(name): version for name, version in versions.items()}
    lines = []
    for line in Path("constraints.txt").read_text(encoding="utf-8").splitlines():
        name = canonicalize_name(line.partition("==")[0])
        lines.append(f"{name}=={wanted.pop(name)}" if name in wanted else line)
    return "\n".join([*lines, *(f"{name}=={version}" for name, version in wanted.items()), ""])
