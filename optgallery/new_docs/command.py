"""The command ``python -m optgallery new``: its options, its checks and its messages."""

import argparse
import secrets
import shutil
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from optgallery.new_docs.files import EXAMPLE, docs_files
from optgallery.optim import OPTIMIZERS, OptimizerSpec
from optgallery.report.capabilities import UnrunnableError, check_settings
from optgallery.report.loading import LoadingError, load_optimizers


def add_new(commands: Any) -> argparse.ArgumentParser:
    """Add the command to a parser's commands, and return its own parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "new",
        usage="python -m optgallery new FOLDER [--optimizer my_pkg:MyOpt]",
        help="make a documentation folder for Sphinx",
        description="Make a documentation folder with a page about an optimizer and a gallery of "
        "scripts, which Sphinx builds as it is.",
    )
    parser.add_argument("folder", metavar="FOLDER", help="the folder to make, such as docs")
    parser.add_argument(
        "--optimizer",
        metavar="OPTIMIZER",
        help="my_pkg:MyOpt or my_file.py:MyOpt; without it, the pages are about "
        f"{OPTIMIZERS[EXAMPLE].title}, as an example",
    )
    return parser


def new(given: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    """Run the command; a wrong argument ends it with exit code 2, and nothing is written."""
    folder = Path(given.folder).expanduser()
    if not folder.parent.is_dir():
        parser.error(f"{folder}: there is no folder {folder.parent}; create it first")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        parser.error(f"{folder} exists and is not an empty folder; it was not changed")
    try:
        with redirect_stdout(StringIO()):  # what the class prints
            spec, reference = _optimizer(given.optimizer)
    except (LoadingError, UnrunnableError) as error:
        parser.error(f"--optimizer: {error}")
    files = docs_files(folder, spec, reference)
    try:
        _write(folder, files)
    except OSError as error:
        parser.exit(1, f"{parser.prog}: {folder} cannot be written: {error.strerror or error}\n")
    print(f"{folder}: {', '.join(sorted(files))}")
    print("Build it, then edit the pages and add scripts to its gallery:")
    print(f"  pip install -r {folder}/requirements.txt")
    print(f"  sphinx-build -W -n {folder} {folder}/_build/html")


def _optimizer(given: str | None) -> tuple[OptimizerSpec, str]:
    """Return the optimizer, and how ``conf.py`` refers to it; nothing for one of the gallery."""
    if given is None:
        return OPTIMIZERS[EXAMPLE], ""
    specs = load_optimizers([given])
    if len(specs) > 1:
        titles = ", ".join(spec.title for spec in specs)
        raise LoadingError(f"{given} defines {titles}: name one, as {given}:{specs[0].title}")
    (spec,) = specs
    check_settings(spec, options=False)
    if OPTIMIZERS.get(spec.name) == spec:
        return spec, ""
    source, _, name = given.rpartition(":")
    return spec, f"{Path(source or given).stem if '.py' in given else source}:{name}"


def _write(folder: Path, files: dict[str, str]) -> None:
    """Write all files, in a folder that gets its name when it is complete."""
    part = folder.with_name(f".{folder.name}-{secrets.token_hex(4)}")
    try:
        for name, text in files.items():
            (part / name).parent.mkdir(parents=True, exist_ok=True)
            (part / name).write_text(text, encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
