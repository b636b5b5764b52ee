"""The project's wheel, source archive and scripts, offered for download beside its site.

A site that is published somewhere can then be installed from there, whatever its address is.
"""

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, Literal
from urllib.parse import urljoin
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from optgallery.cache.fingerprint import digest
from optgallery.cache.store import default_store
from optgallery.sphinxext.incremental import gallery, install_cell
from optgallery.sphinxext.incremental.downloads import FOLDER as DOWNLOADS
from optgallery.sphinxext.incremental.formats import runs_scripts
from optgallery.sphinxext.incremental.site_files import delete, write

FOLDER = "dist"
"""The site's folder of these files."""

_KINDS: tuple[Literal["wheel"], Literal["sdist"]] = ("wheel", "sdist")


class site_file(nodes.Inline, nodes.TextElement):
    """A link to a file of the site that Sphinx does not know, named by the attribute ``path``."""


class install_command(nodes.General, nodes.Element):
    """The command that installs the wheel, with the attribute ``extra``.

    It becomes text when its page is written: the address of the site may change between builds,
    without a page being read again.
    """


class Distributions:
    """The files that the site of a build offers, by their names.

    They are built with the project's own build backend, in the environment of the build of the
    site, so that no network is needed, and again only if a source has changed.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def prepare(self, app: Sphinx, config: Config) -> None:
        """Build them before pages are read, which name them.

        Raises
        ------
        ConfigError
            If ``optgallery_project`` is not the folder of a project, or its wheel cannot be built.
        """
        if not config.optgallery_project:
            return
        root = Path(app.srcdir, config.optgallery_project).resolve()
        if not (root / "pyproject.toml").exists():
            raise ConfigError(
                "optgallery_project must name the folder of a pyproject.toml, relative to conf.py; "
                f"there is none in {root}"
            )
        self.files = dict(distributions(root))
        config.optgallery_distributions = [*self.files]

    def publish(self, app: Sphinx, exception: Exception | None) -> None:
        """Write them into the site, with an archive of all scripts, and delete older ones."""
        if exception or not runs_scripts(app.builder) or not self.files:
            return
        folder = Path(app.outdir, FOLDER)
        scripts = dict(downloads(app))
        root = Path(app.srcdir, app.config.optgallery_project)
        for licence in root.glob("LICENSE*"):
            scripts[licence.name] = licence.read_bytes()
        files = {**self.files, archive_name(app.config): _zipped(scripts)}
        for name, content in files.items():
            write(folder / name, content)
        delete((path for path in folder.iterdir() if path.name not in files), folder)


def distributions(root: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the names and the bytes of the wheel and the source archive of a project.

    Parameters
    ----------
    root : Path
        The folder of its ``pyproject.toml``, whose build backend is hatchling.

    Raises
    ------
    ConfigError
        If they cannot be built, or if what builds them is not installed.
    """
    try:
        import build  # noqa: F401
        from hatchling.builders.sdist import SdistBuilder
    except ImportError as error:
        raise ConfigError(
            f"the site offers the package for download, and to build that needs {error.name}: "
            "install the dependency group docs, or build without it: -D optgallery_project="
        ) from error
    files = sorted(
        (file.distribution_path, file.path) for file in _sources(SdistBuilder(str(root)))
    )
    state = [(name, Path(path).read_bytes()) for name, path in files]

    for kind in _KINDS:
        key = digest("distribution", kind, state)
        found = default_store().get_or_compute(key, partial(_built, root, kind))
        name, _, content = found.partition(b"\n")
        yield name.decode(), content


def _sources(builder: Any) -> Iterator[Any]:
    """Yield the files of a source archive."""
    yield from builder.recurse_included_files()


def _built(root: Path, kind: Literal["wheel", "sdist"]) -> bytes:
    """Build one of them, and return its name, a line break and its bytes."""
    from build import BuildBackendException, BuildException, ProjectBuilder
    from pyproject_hooks import quiet_subprocess_runner

    builder = ProjectBuilder(root, runner=quiet_subprocess_runner)
    try:
        with TemporaryDirectory() as folder:
            path = Path(builder.build(kind, folder))
            return path.name.encode() + b"\n" + path.read_bytes()
    except (BuildException, BuildBackendException) as error:
        output = getattr(getattr(error, "exception", None), "output", None) or b""
        reason = output.decode(errors="replace").strip().rpartition("\n")[2] or error
        raise ConfigError(f"the {kind} of {root} cannot be built: {reason}") from error


def downloads(app: Sphinx) -> Iterator[tuple[str, bytes]]:
    """Yield the scripts and notebooks of all galleries, as their pages offer them.

    Scripts that have never been run are those of sphinx-gallery.
    """
    for examples, target in gallery.sections(app):
        section = target.relative_to(app.srcdir).as_posix()
        for pattern in ("*.ipynb", "*.py"):
            offered = {path.name: path for path in target.glob(pattern)}
            offered |= {path.name: path for path in (target / DOWNLOADS).glob(pattern)}
            for name in sorted(offered):
                if (examples / name).with_suffix(".py").exists():  # a deleted one leaves its copy
                    yield f"{section}/{name}", offered[name].read_bytes()


def archive_name(config: Config) -> str:
    """Return the name of the archive of all scripts and notebooks."""
    return f"{config.project}-{config.release}-scripts.zip"


def wheel(config: Config) -> str | None:
    """Return the name of the wheel that the site offers; None if it offers none."""
    names: list[str] = config.optgallery_distributions
    return next((name for name in names if name.endswith(".whl")), None)


def wheel_address(config: Config) -> str | None:
    """Return what ``pip install`` takes.

    It is the published address of the wheel, or its name as a file if the site has no address.
    """
    name, base = wheel(config), str(config.html_baseurl)
    return urljoin(base, f"{FOLDER}/{name}") if name and base else name


def _zipped(files: dict[str, bytes]) -> bytes:
    """Return an archive whose bytes do not depend on the time."""
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(ZipInfo(name), content, ZIP_DEFLATED)
    return file.getvalue()


class InstallCommand(SphinxDirective):
    """The command that installs the wheel: ``.. install-command::``.

    The option ``extra`` names an extra of the package.
    """

    option_spec: ClassVar = {"extra": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Return a node for the command, which the site's address is a part of."""
        if wheel(self.config) is None:
            raise self.error(f"{self.name} needs optgallery_project in conf.py")
        return [install_command(extra=self.options.get("extra", ""))]


class DistributionLinks(SphinxDirective):
    """The files that the site offers, as a list: ``.. distribution-links::``."""

    def run(self) -> list[nodes.Node]:
        """Return the list."""
        if wheel(self.config) is None:
            raise self.error(f"{self.name} needs optgallery_project in conf.py")
        items = []
        for name in self.config.optgallery_distributions:
            words = "the package" if name.endswith(".whl") else "its sources, tests and this site"
            items.append((name, f": {words}"))
        items.append((archive_name(self.config), ": all scripts and notebooks of the gallery"))
        return [
            nodes.bullet_list(
                "",
                *(
                    nodes.list_item("", nodes.paragraph("", "", _link(name), nodes.Text(words)))
                    for name, words in items
                ),
                bullet="-",
            )
        ]


class ScriptsArchive(SphinxDirective):
    """A sentence that links the archive of all scripts and notebooks: ``.. scripts-archive::``."""

    def run(self) -> list[nodes.Node]:
        """Return the sentence; nothing if the site does not offer the archive."""
        if wheel(self.config) is None:
            return []
        link = _link(archive_name(self.config), "All scripts and notebooks in one archive")
        return [nodes.paragraph("", "", link, nodes.Text("."))]


def _link(name: str, words: str | None = None) -> site_file:
    return site_file("", words or name, path=f"{FOLDER}/{name}")


def resolve_links(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Replace commands and links by what they are in this build.

    In a document that has no such files, links become text.
    """
    for command in list(doctree.findall(install_command)):
        command.replace_self(_command(app.config, command["extra"]))
    for node in list(doctree.findall(site_file)):
        words = node.astext()
        base = app.config.html_baseurl
        new: nodes.Node
        if runs_scripts(app.builder):
            here = app.builder.get_target_uri(docname)
            new = nodes.reference("", words, refuri=relative_uri(here, node["path"]))
        elif base:
            new = nodes.reference("", words, refuri=urljoin(base, node["path"]))
        else:
            new = nodes.Text(words)
        node.replace_self(new)


def _command(config: Config, extra: str) -> list[nodes.Node]:
    """Return the command, and what is to be known before it."""
    address, published = wheel_address(config), bool(config.html_baseurl)
    assert address is not None
    before: list[nodes.Node] = []
    if extra:
        name = f"{config.project}[{extra}]"
        address = f'"{name} @ {address}"' if published else f'"./{address}[{extra}]"'
    elif published:
        before = [nodes.paragraph("", "pip installs it from this site:")]
    else:
        words = nodes.Text("Download "), nodes.Text(", and in its folder:")
        before = [nodes.paragraph("", "", words[0], _link(address), words[1])]
    command = f"$ python -m pip install {address}"
    return [*before, nodes.literal_block(command, command, language="console")]


def add_install_cells(app: Sphinx, _env: object) -> None:
    """Let each notebook begin with the installation of the package."""
    address = wheel_address(app.config)
    if address is not None and runs_scripts(app.builder):
        for _, target in gallery.sections(app):
            install_cell.write_cells(target / DOWNLOADS, app.config.project, address)


def add_distributions(app: Sphinx) -> None:
    """Register the configuration values, the directives and the event handlers."""
    offered = Distributions()
    app.add_config_value("optgallery_project", "", "env", types=str)
    app.add_config_value("optgallery_distributions", [], "env", types=list)
    for node in (site_file, install_command):
        app.add_node(node)
    app.add_directive("install-command", InstallCommand)
    app.add_directive("distribution-links", DistributionLinks)
    app.add_directive("scripts-archive", ScriptsArchive)
    app.connect("config-inited", offered.prepare)
    app.connect("env-updated", add_install_cells)
    app.connect("doctree-resolved", resolve_links)
    app.connect("build-finished", offered.publish)
