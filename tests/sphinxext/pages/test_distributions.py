"""The wheel, the sources and the scripts that a site offers for download."""

import json
import os
import subprocess
import sys
import tarfile
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import nbformat
import pytest
from nbclient import NotebookClient
from projects import SHOWN, Project
from sphinx.errors import ConfigError

from optgallery.sphinxext.pages.distributions import distributions

ROOT = Path(__file__).parents[3]
ADDRESS = "https://example.org/sub/"
PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "descents"
version = "{version}"
requires-python = ">=3.11"
"""
GET = """
:orphan:

Get it
======

.. install-command::

.. install-command::
   :extra: sphinx

.. distribution-links::

.. scripts-archive::
"""
FILES = {
    "pyproject.toml": PYPROJECT.format(version="1.0"),
    "LICENSE": "Do what you like.\n",
    "descents/__init__.py": "STEPS = 3\n",
    "docs/more/get.rst": GET,
    "gallery/stories/plot_1.py": SHOWN.replace(
        "import optgallery", "import descents  # noqa\nimport optgallery"
    ),
}
SETTINGS = {"project": "descents", "release": "1.0", "optgallery_project": ".."}
WHEEL, SDIST, SCRIPTS = (
    "descents-1.0-py3-none-any.whl",
    "descents-1.0.tar.gz",
    "descents-1.0-scripts.zip",
)


@pytest.fixture(scope="module")
def offered(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("offered"), FILES)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(project.root)  # the script imports it
        project.build(**SETTINGS)
    assert project.warnings == ""
    return project


def dist(project: Project) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (project.html / "dist").iterdir()}


def test_a_site_offers_the_wheel_the_sources_and_all_scripts(offered: Project) -> None:
    files = dist(offered)
    assert set(files) == {WHEEL, SDIST, SCRIPTS}
    assert "descents/__init__.py" in ZipFile(BytesIO(files[WHEEL])).namelist()
    with tarfile.open(fileobj=BytesIO(files[SDIST])) as archive:
        assert {"descents-1.0/LICENSE", "descents-1.0/descents/__init__.py"} <= set(
            archive.getnames()
        )
    scripts = ZipFile(BytesIO(files[SCRIPTS])).namelist()
    assert scripts == ["LICENSE", "stories/plot_1.ipynb", "stories/plot_1.py"]


def test_a_page_links_files_that_are_there_and_names_the_downloaded_wheel(
    offered: Project,
) -> None:
    page = offered.page("more/get")
    links = [
        link["href"] for link in page.find("div", class_="body").find_all("a", class_="reference")
    ]
    assert links == [f"../dist/{name}" for name in (WHEEL, WHEEL, SDIST, SCRIPTS, SCRIPTS)]
    assert all((offered.html / "more" / link).resolve().is_file() for link in links)
    text = offered.text("more/get")
    assert f"Download {WHEEL}, and in its folder: $ python -m pip install {WHEEL}" in text
    assert f'$ python -m pip install "./{WHEEL}[sphinx]"' in text


def test_pip_installs_the_wheel_without_a_network(offered: Project, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--no-index", f"--target={tmp_path}"]
    subprocess.run([*command, WHEEL], cwd=offered.html / "dist", check=True, capture_output=True)
    assert (tmp_path / "descents" / "__init__.py").read_text(encoding="utf-8") == "STEPS = 3\n"


def notebook(offered: Project) -> nbformat.NotebookNode:
    archive = ZipFile(BytesIO(dist(offered)[SCRIPTS]))
    return nbformat.reads(archive.read("stories/plot_1.ipynb"), as_version=4)


def test_a_notebook_installs_the_wheel_where_it_is_missing_and_runs(
    offered: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "installed"
    target.mkdir()
    monkeypatch.setenv("PIP_TARGET", str(target))  # not into the environment of the tests
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(target), str(ROOT)]))
    book = notebook(offered)
    nbformat.validate(book)
    assert "find_spec" in book.cells[0].source
    run(book, offered)
    assert "Successfully installed descents-1.0" in json.dumps(book.cells[0].outputs)
    assert (target / "descents").exists()
    assert any("image" in json.dumps(cell.get("outputs", "")) for cell in book.cells[1:])
    del book.cells[1:]
    run(book, offered)
    assert book.cells[0].outputs == [], "it is there now"


def run(book: nbformat.NotebookNode, offered: Project) -> None:
    folder = {"metadata": {"path": offered.html / "dist"}}  # as if it had been downloaded there
    NotebookClient(book, kernel_name="python3", resources=folder).execute()


def test_a_published_site_names_the_address_of_its_wheel(offered: Project) -> None:
    before = dist(offered)
    offered.build(**SETTINGS, html_baseurl=ADDRESS)
    text = offered.text("more/get")
    assert f"pip installs it from this site: $ python -m pip install {ADDRESS}dist/{WHEEL}" in text
    assert f'$ python -m pip install "descents[sphinx] @ {ADDRESS}dist/{WHEEL}"' in text
    sources = [cell.source for cell in notebook(offered).cells]
    assert f"    %pip install {ADDRESS}dist/{WHEEL}" in sources[0].splitlines()
    assert not any("find_spec" in source for source in sources[1:])
    with ZipFile(next(offered.html.glob("_downloads/*/plot_1.zip"))) as archive:
        assert ADDRESS.encode() in archive.read("plot_1.ipynb")
    assert dist(offered)[WHEEL] == before[WHEEL]


def test_a_document_without_such_files_has_their_names_as_text(offered: Project) -> None:
    offered.build("text", **SETTINGS)
    text = (offered.root / "site" / "text" / "more" / "get.txt").read_text(encoding="utf-8")
    assert f"* {SDIST}: its sources, tests and this site" in text
    assert not (offered.root / "site" / "text" / "dist").exists()


def test_a_new_version_replaces_the_files_of_the_old_one(project) -> None:
    site = project({**FILES, "gallery/stories/plot_1.py": SHOWN})
    site.build(**SETTINGS, plot_gallery="False")
    site.write("pyproject.toml", PYPROJECT.format(version="1.1"))
    site.build(**{**SETTINGS, "release": "1.1"}, plot_gallery="False")
    assert set(dist(site)) == {
        "descents-1.1-py3-none-any.whl",
        "descents-1.1.tar.gz",
        "descents-1.1-scripts.zip",
    }
    assert "descents-1.1-py3-none-any.whl" in site.text("more/get")


def test_scripts_that_were_never_run_are_offered_too_and_deleted_ones_are_not(project) -> None:
    second = SHOWN.replace(":label: descent", ":label: again").replace("descent`", "again`")
    site = project(
        {**FILES, "gallery/stories/plot_1.py": SHOWN, "gallery/stories/plot_2.py": second}
    )
    site.build(**SETTINGS, plot_gallery="False")
    names = ZipFile(BytesIO(dist(site)[SCRIPTS])).namelist()
    both = [f"stories/plot_{i}{suffix}" for i in (1, 2) for suffix in (".ipynb", ".py")]
    assert names == ["LICENSE", *both]
    (site.root / "gallery/stories/plot_2.py").unlink()
    site.build(**SETTINGS, plot_gallery="False")
    assert ZipFile(BytesIO(dist(site)[SCRIPTS])).namelist() == ["LICENSE", *both[:2]]


def test_the_same_sources_give_the_same_bytes_and_are_built_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = []
    for store in ("a", "b"):
        monkeypatch.setenv("OPTGALLERY_STORE", str(tmp_path / store))
        root = tmp_path / f"in {store}"
        for name in ("pyproject.toml", "LICENSE", "descents/__init__.py"):
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(FILES[name], encoding="utf-8")
        built.append(dict(distributions(root)))
    assert built[0] == built[1]
    # a build from the store does not call the backend, which would fail without a version
    stored = {path: path.stat().st_mtime_ns for path in (tmp_path / "b").rglob("*")}
    assert dict(distributions(root)) == built[1]
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "b").rglob("*")} == stored
    (root / "descents" / "__init__.py").write_text("STEPS = 4\n", encoding="utf-8")
    assert dict(distributions(root))[WHEEL] != built[1][WHEEL]


def test_a_project_that_cannot_be_built_is_reported(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT.format(version="one"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"the wheel of .* cannot be built: .*version"):
        dict(distributions(tmp_path))


def test_a_folder_without_a_project_is_reported(project) -> None:
    site = project({"gallery/stories/plot_1.py": SHOWN})
    with pytest.raises(
        ConfigError, match=r"must name the folder of a pyproject\.toml.*there is none"
    ):
        site.build(optgallery_project="nowhere", plot_gallery="False")


def test_a_page_that_names_the_wheel_needs_the_project(project) -> None:
    site = project({"gallery/stories/plot_1.py": SHOWN, "docs/get.rst": GET})
    site.build(plot_gallery="False")
    for directive in ("install-command", "distribution-links"):
        assert f"{directive} needs optgallery_project in conf.py" in site.warnings
    assert "scripts-archive" not in site.warnings, "gallery indexes do without it"


def test_our_own_source_archive_has_what_builds_and_tests_the_site() -> None:
    (_, wheel), (_, sdist) = distributions(ROOT)
    with tarfile.open(fileobj=BytesIO(sdist)) as archive:
        names = {path.partition("/")[2] for path in archive.getnames()}
    tracked = {"README.md", "LICENSE", "CITATION.cff", "noxfile.py", "constraints.txt"}
    tracked |= {"docs/conf.py", "docs/compare/outcomes/adam.npz", "docs/golden/adam.json"}
    tracked |= {"gallery/stories/GALLERY_HEADER.rst", "tests/conftest.py", "wording.txt"}
    assert tracked <= names
    assert not [path for path in names if path.startswith(("docs/_build", "docs/stories", ".nox"))]
    inside = ZipFile(BytesIO(wheel)).namelist()
    assert "optgallery/py.typed" in inside
    assert "optgallery/sphinxext/pages/static/optgallery.css" in inside
