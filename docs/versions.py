"""List the builds of the site that lie side by side in a folder, for the menu of versions.

Each build is a folder with the site of one version, such as ``site/0.1`` and ``site/0.2``. Their
list is written to ``versions.json`` beside them, where builds find it that were made with
``OPTGALLERY_VERSIONS=../versions.json``.
"""

import argparse
import json
import re
import sys
from pathlib import Path
from urllib.parse import quote

from packaging.version import InvalidVersion, Version

NAME = "versions.json"


def main(arguments: list[str] | None = None) -> int:
    """Write the list, and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="with a folder for each build")
    parser.add_argument(
        "--under",
        default="/",
        metavar="PATH",
        help="where that folder is published: /optgallery/ or https://example.org/optgallery/",
    )
    given = parser.parse_args(arguments)
    if not re.fullmatch(r"(https:/)?(/[\w.~%:@-]+)*/?", given.under) or not given.under:
        parser.error(
            "--under must be a path such as /optgallery/ or an https address, without spaces and "
            f"quotation marks, got {given.under!r}"
        )
    if not given.folder.is_dir():
        parser.error(f"{given.folder} is not a folder")
    inventories = [path for path in given.folder.glob("[!.]*/objects.inv") if path.is_file()]
    builds = {path.parent.name: version(path) for path in inventories}
    if not builds:
        parser.error(
            f"{given.folder} has no build of the site: none of its folders has objects.inv"
        )
    listed = entries(builds, given.under)
    if (given.folder / NAME).is_dir():
        parser.error(
            f"{given.folder / NAME} is a folder; the list is written to a file of this name"
        )
    written = given.folder / f".{NAME}.new"
    written.write_text(f"{json.dumps(listed, indent=2)}\n", encoding="utf-8")
    written.replace(given.folder / NAME)  # visitors never read half a list
    for entry in listed:
        print(f"{entry['name']}: {entry['url']}")
    return 0


def version(inventory: Path) -> str:
    """Return the version of a build, which its inventory states in the third line.

    Raises
    ------
    SystemExit
        If the file is not an inventory of Sphinx.
    """
    with inventory.open("rb") as file:
        lines = [file.readline().decode(errors="replace").strip() for _ in range(3)]
    text = lines[2].removeprefix("# Version: ")
    try:
        return str(Version(text))
    except InvalidVersion:
        sys.exit(f"{inventory} states no version: its third line is {lines[2]!r}")


def entries(builds: dict[str, str], under: str) -> list[dict[str, str | bool]]:
    """Return the entries of the menu, the newest version first.

    Parameters
    ----------
    builds : dict
        The version of each folder.
    under : str
        Where the folders are published.
    """
    root = under if under.endswith("/") else f"{under}/"
    newest = max(map(Version, builds.values()))
    order = sorted(builds, key=lambda folder: (Version(builds[folder]), folder), reverse=True)
    return [
        {
            "name": _name(folder, builds[folder]),
            "version": builds[folder],
            "url": f"{root}{quote(folder)}/",
            "preferred": Version(builds[folder]) == newest,
        }
        for folder in order
    ]


def _name(folder: str, version: str) -> str:
    """Return the version, and the name of the folder if that says something else: latest."""
    number = folder.removeprefix("v")
    same = version == number or version.startswith(f"{number}.")
    return version if same else f"{version} ({folder})"


if __name__ == "__main__":
    sys.exit(main())
