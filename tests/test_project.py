"""The files around the package: the README is correct and the versions are consistent."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from importlib.metadata import distributions
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

import optgallery

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("block", blocks("python"), ids=lambda code: code.split("\n")[-2])
def test_the_readmes_examples_run(block, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(block, {"__name__": "readme", "og": optgallery})


def test_the_readmes_first_example_writes_the_gif(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(blocks("python")[0], {"__name__": "readme"})
    assert (tmp_path / "adamw.gif").read_bytes().startswith(b"GIF89a")


def sessions():
    """Return the names of the noxfile's sessions."""
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    names = set()
    for node in tree.body:
        for decorator in getattr(node, "decorator_list", []):
            if _decorator(decorator) == "nox.session":
                given = {k.arg: k.value for k in getattr(decorator, "keywords", [])}
                names.add(ast.literal_eval(given["name"]) if "name" in given else node.name)
    return names


def noxfile_function(name):
    """Return one function of the noxfile, without importing nox."""
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if getattr(node, "name", None) == name]
    around = {
        "Mapping": Mapping,
        "PYPROJECT": PYPROJECT,
        "Path": lambda path: ROOT / path,
        "Requirement": Requirement,
        "canonicalize_name": canonicalize_name,
    }
    exec(compile(tree, "noxfile.py", "exec"), around)
    return around[name]


def test_the_lower_bound_of_every_requirement_is_tested():
    project = PYPROJECT["project"]
    promised = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    versions = noxfile_function("minimum_versions")()
    assert sorted(f"{name}>={version}" for name, version in versions.items()) == sorted(promised)


def test_given_versions_replace_those_of_the_constraints():
    text = noxfile_function("constraints_with")({"Torch": "2.14.1", "not_pinned": "3"})
    before = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    (pin,) = re.findall(r"^torch==.*$", before, re.MULTILINE)
    assert text == before.replace(pin, "torch==2.14.1") + "not-pinned==3\n"


def _decorator(node):
    return ast.unparse(node.func if isinstance(node, ast.Call) else node)


@pytest.mark.parametrize(
    "document",
    [
        "README.md",
        "CONTRIBUTING.md",
        ".ci/run",
        ".github/workflows/publish.yml",
        ".github/workflows/tests.yml",
    ],
)
def test_sessions_named_in_documents_exist(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    named = {
        name for names in re.findall(r"nox -s ((?:[a-z_]+ ?)+)", text) for name in names.split()
    }
    assert named
    assert named <= sessions()


CHECK_SCRIPT = (ROOT / ".ci/run").read_text(encoding="utf-8")
README_COMMAND = re.search(r"^readme_command\(\) \{.*?^\}$", CHECK_SCRIPT, re.DOTALL | re.MULTILINE)


def readme_command(session, readme, folder):
    """Find the command in a README with the function of the check script."""
    (folder / "README.md").write_text(readme, encoding="utf-8")
    return subprocess.run(
        ["bash", "-c", f"{README_COMMAND[0]}\nreadme_command {session}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="the script needs bash")
@pytest.mark.parametrize("session", ["docs", "tests"])
def test_the_check_script_runs_the_readmes_commands(session, tmp_path):
    command = "python3 -m venv .venv && .venv/bin/pip install nox && .venv/bin/nox -s " + session
    assert f"```sh\n{command}\n```\n" in README
    assert readme_command(session, README, tmp_path).stdout == f"{command}\n"
    assert f"{session}=$(readme_command {session})\n" in CHECK_SCRIPT
    assert f'bash -c "${session}"\n' in CHECK_SCRIPT
    assert os.access(ROOT / ".ci/run", os.X_OK)


@pytest.mark.skipif(sys.platform == "win32", reason="the script needs bash")
@pytest.mark.parametrize(
    "readme", ["nothing", "python3 -m venv .v && .v/nox -s docs\n" * 2], ids=["none", "two"]
)
def test_readme_must_contain_exactly_one_command(readme, tmp_path):
    done = readme_command("docs", readme, tmp_path)
    assert done.returncode == 1
    assert done.stderr == "README.md must have exactly one command that ends with 'nox -s docs'\n"


def test_check_script_exports_nothing():
    assert not re.search(r"\bexport\b|\bdeclare\b", CHECK_SCRIPT)
    for name in ("PYTHONHASHSEED", "OMP_NUM_THREADS", "MPLBACKEND"):
        assert re.findall(rf"^.*{name}.*$", CHECK_SCRIPT, re.MULTILINE) == [
            "unset PYTHONPATH VIRTUAL_ENV PYTHONHASHSEED OMP_NUM_THREADS MPLBACKEND"
        ]


def requirements():
    groups = PYPROJECT["dependency-groups"].values()
    grouped = [entry for group in groups for entry in group if isinstance(entry, str)]
    return sorted({*PYPROJECT["project"]["dependencies"], *grouped} - {"nox>=2025.2.9"})


def pins():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if not line.startswith("#")]
    return {canonicalize_name(name): Version(version) for name, version in pairs}


@pytest.mark.parametrize("requirement", requirements())
def test_every_requirement_is_pinned_within_its_bounds(requirement):
    requirement = Requirement(requirement)
    assert pins()[canonicalize_name(requirement.name)] in requirement.specifier


def test_every_pin_installs_on_the_oldest_python():
    oldest = Version(PYPROJECT["project"]["requires-python"].removeprefix(">=") + ".0")
    installed = {canonicalize_name(d.name): d for d in distributions() if d.name}
    incompatible = [
        f"{name} {pin}"
        for name, pin in pins().items()
        if name in installed
        and Version(installed[name].version).public == pin.public
        and oldest not in SpecifierSet(installed[name].metadata.get("Requires-Python") or "")
    ]
    assert not incompatible


def test_the_version_is_the_same_everywhere():
    version = PYPROJECT["project"]["version"]
    assert optgallery.__version__ == version
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_the_package_contains_py_typed():
    assert Path(optgallery.__file__).with_name("py.typed").exists()
    assert "Typing :: Typed" in PYPROJECT["project"]["classifiers"]


def test_all_decision_records_are_listed():
    folder = ROOT / "docs/adr"
    index = (folder / "README.md").read_text(encoding="utf-8")
    for record in folder.glob("0*.md"):
        title = record.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
        number, sentence = title.split(". ", 1)
        assert f"| [{number}]({record.name}) | {sentence} |" in index
