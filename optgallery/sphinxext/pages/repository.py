"""The project's repository, if its address is given: issues, and the source of a page to edit.

Without an address nothing of this is on the site.
"""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.util.docutils import SphinxDirective

from optgallery.optim import OPTIMIZERS
from optgallery.sphinxext.incremental import gallery

# it stands in commands that people copy: without characters that mean something to a shell
_ADDRESS = re.compile(r"https://[\w.-]+(?::\d{1,5})?(?:/(?!\.\.?(?:/|$))[\w.~-]+)+")


@dataclass(frozen=True)
class Repository:
    """A repository on the web.

    Parameters
    ----------
    address : str
        Its https address, such as ``https://github.com/OWNER/NAME``.

    Raises
    ------
    ValueError
        If the address is none of a repository.

    Examples
    --------
    >>> repository = Repository("https://github.com/someone/optgallery/")
    >>> repository.issues
    'https://github.com/someone/optgallery/issues'
    >>> repository.edit("docs/index.rst")
    'https://github.com/someone/optgallery/edit/HEAD/docs/index.rst'
    """

    address: str

    def __post_init__(self) -> None:
        given = self.address
        address = given.rstrip("/").removesuffix(".git")
        parts = urlsplit(address)
        if parts.username or parts.password:
            raise ValueError("it contains a user name or a password, which the site would show")
        folders = [folder for folder in parts.path.split("/") if folder]
        if (
            parts.scheme != "https"
            or not parts.hostname
            or not folders
            or not _ADDRESS.fullmatch(address)
        ):
            raise ValueError(
                "it must be the https address of a repository, such as "
                f"https://github.com/OWNER/NAME, got {given!r}"
            )
        if self._host and len(folders) < 2:
            raise ValueError(f"it must name an owner and a repository, got {given!r}")
        if (self._host == "github" and len(folders) > 2) or "-" in folders:
            raise ValueError(
                "it must be the address of the repository itself, not of a page in it, got "
                f"{given!r}"
            )
        object.__setattr__(self, "address", address)

    @property
    def _host(self) -> str | None:
        """The kind of host, if its addresses are known."""
        first, *_ = (urlsplit(self.address).hostname or "").split(".")
        return first if first in {"github", "gitlab"} else None

    @property
    def _folder(self) -> str:
        return f"{self.address}/-" if self._host == "gitlab" else self.address

    @property
    def issues(self) -> str | None:
        """The address of its issues; None on a host whose addresses are not known."""
        return f"{self._folder}/issues" if self._host else None

    def edit(self, path: str) -> str | None:
        """Return the address at which a file is edited; None on such a host."""
        return f"{self._folder}/edit/HEAD/{path}" if self._host else None

    @property
    def pip(self) -> str:
        """What ``pip install`` takes to install from it."""
        return f"git+{self.address}"


def repository(config: Config) -> Repository | None:
    """Return the project's repository; None if no address is given.

    Raises
    ------
    ConfigError
        If the address is wrong.
    """
    if not config.optgallery_repository:
        return None
    try:
        return Repository(config.optgallery_repository)
    except ValueError as error:
        raise ConfigError(f"optgallery_repository (OPTGALLERY_REPOSITORY): {error}") from error


def source(app: Sphinx, page: str) -> str | None:
    """Return the file that one edits to change a page, from the project's folder.

    None for a page that a build writes by itself.
    """
    for pattern, path in app.config.optgallery_page_sources.items():
        if fnmatchcase(page, pattern):
            return path or None
    experiment = app.config.optgallery_experiment
    parent, name = str(PurePosixPath(page).parent), PurePosixPath(page).name
    if experiment and parent == str(PurePosixPath(experiment).parent) and name in OPTIMIZERS:
        return None
    if page not in app.env.found_docs:  # the search, for one
        return None
    path = app.env.doc2path(page)
    for examples, pages in gallery.sections(app):
        if path.parent == pages:
            header = ("GALLERY_HEADER.rst", "README.rst", "README.txt")
            names = header if name == "index" else (f"{name}.py",)
            path = next((examples / each for each in names if (examples / each).exists()), path)
            break
    root = Path(app.srcdir, app.config.optgallery_project or ".").resolve()
    path = path.resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else None


class RepositoryCommands(SphinxDirective):
    """How to install from the repository: ``.. repository-commands::``, nothing without one."""

    def run(self) -> list[nodes.Node]:
        """Return a sentence and the commands."""
        found = repository(self.config)
        if found is None:
            return []
        name = found.address.rpartition("/")[2]
        link = nodes.reference("", found.address, refuri=found.address)
        lines = (
            f"$ python -m pip install {found.pip}",
            f"$ git clone {found.address} && cd {name}",
        )
        commands = "\n".join(lines)
        return [
            nodes.paragraph(
                "",
                "",
                nodes.Text("The repository is "),
                link,
                nodes.Text(". pip installs what is newest there, and git copies it:"),
            ),
            nodes.literal_block(commands, commands, language="console"),
        ]


def check(_app: Sphinx, config: Config) -> None:
    """Report a wrong address before anything is built."""
    repository(config)


def add_repository(app: Sphinx) -> None:
    """Register the configuration values."""
    app.add_config_value("optgallery_repository", "", "env", types=str)
    app.add_config_value("optgallery_page_sources", {}, "html", types=dict)
    app.add_directive("repository-commands", RepositoryCommands)
    app.connect("config-inited", check)
