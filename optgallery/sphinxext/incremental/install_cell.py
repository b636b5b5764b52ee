"""The first cell of a downloaded notebook, which installs the package where it is missing.

A notebook does not say where it will be run: on a machine that has the package the cell does
nothing, also without a network; on a fresh one, such as a hosted notebook, it installs the package.
"""

import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from optgallery.sphinxext.incremental.site_files import write

_TAG = "install"


def cell(package: str, address: str) -> dict[str, Any]:
    """Return the cell, as a notebook has it.

    Parameters
    ----------
    package : str
        The name by which it is imported.
    address : str
        What ``pip install`` takes: the address of a wheel, or the name of its file.
    """
    lines = [
        f"# installs {package} where it is missing",
        "from importlib.util import find_spec",
        "",
        f'if find_spec("{package}") is None:',
        f"    %pip install {address}",
    ]
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {"tags": [_TAG]},
        "outputs": [],
        "source": ["\n".join(lines)],
    }


def with_cell(notebook: Mapping[str, Any], package: str, address: str) -> dict[str, Any]:
    """Return a notebook that begins with the cell, in place of one that it has already."""
    cells = [
        each for each in notebook["cells"] if _TAG not in each.get("metadata", {}).get("tags", ())
    ]
    return {**notebook, "cells": [cell(package, address), *cells]}


def write_cells(folder: Path, package: str, address: str) -> None:
    """Let the notebooks of a folder begin with the cell, and those in the archives beside them."""
    for path in sorted(folder.glob("*.ipynb")):
        text = path.read_text(encoding="utf-8")
        changed = f"{json.dumps(with_cell(json.loads(text), package, address), indent=2)}\n"
        if changed == text:
            continue
        write(path, changed.encode())
        archive = path.with_suffix(".zip")
        if archive.exists():
            _replace(archive, path.name, changed.encode())


def _replace(archive: Path, name: str, content: bytes) -> None:
    file = BytesIO()
    with ZipFile(archive) as old, ZipFile(file, "w", ZIP_DEFLATED) as new:
        for each in old.namelist():
            new.writestr(ZipInfo(each), content if each == name else old.read(each), ZIP_DEFLATED)
    write(archive, file.getvalue())
