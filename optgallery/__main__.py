"""The command line, ``python -m optgallery``."""

import argparse
import os
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path

from optgallery.cache.store import VARIABLE, StoreError, as_store
from optgallery.new_docs.command import add_new, new
from optgallery.report.command import add_report, report


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the version, or run a command: report, new, store."""
    parser = argparse.ArgumentParser(prog="python -m optgallery")
    parser.add_argument("--version", action="version", version=metadata.version("optgallery"))
    commands = parser.add_subparsers(dest="command", required=True)
    report_command = add_report(commands)
    new_command = add_new(commands)
    store_command = commands.add_parser("store", help="show the store of results, or prune it")
    store_command.add_argument(
        "--folder",
        help=f"the store's folder; by default that of {VARIABLE}, or the user's cache folder",
    )
    actions = store_command.add_subparsers(dest="action")
    prune = actions.add_parser(
        "prune", help="delete files that can no longer be used, and those not used for some days"
    )
    prune.add_argument(
        "--unused-for",
        type=float,
        metavar="DAYS",
        help="also delete files not used for so many days; 0 deletes all",
    )
    given = parser.parse_args(arguments)
    if given.command == "report":
        report(given, report_command)
        return

    if given.command == "new":
        new(given, new_command)
        return

    store = as_store(given.folder)
    outdated = _sizes(store.outdated())
    if given.action == "prune":
        try:
            count, size = store.prune(given.unused_for)
        except ValueError as error:
            parser.error(str(error))
        except StoreError as error:
            parser.exit(1, f"{parser.prog}: {error.strerror}\n")
        of_these = f", of these {_describe(outdated)} of earlier versions" if outdated else ""
        print(f"deleted {count} files, {size / 1e6:.1f} MB{of_these}")
        outdated = _sizes(store.outdated())
    print(f"{store.folder}: {_describe(_sizes(store.files()))}")
    if outdated:
        print(
            f"in addition, {_describe(outdated)} of earlier versions, which are never read: "
            "`python -m optgallery store prune` deletes them"
        )


def _sizes(files: Iterable[tuple[Path, os.stat_result]]) -> list[int]:
    return [stat.st_size for _, stat in files]


def _describe(sizes: Sequence[int]) -> str:
    return f"{len(sizes)} files, {sum(sizes) / 1e6:.1f} MB"


if __name__ == "__main__":
    main()
