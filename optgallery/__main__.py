"""``python -m optgallery``: what is done from the command line."""

import argparse
from collections.abc import Sequence
from importlib import metadata

from optgallery.store import VARIABLE, StoreError, as_store


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the version, show the store of results, or prune it."""
    parser = argparse.ArgumentParser(prog="python -m optgallery")
    parser.add_argument("--version", action="version", version=metadata.version("optgallery"))
    commands = parser.add_subparsers(dest="command", required=True)
    store_command = commands.add_parser("store", help="show the store of results, or prune it")
    store_command.add_argument(
        "--folder", help=f"where it lies; what {VARIABLE} names, or the user's cache, if not given"
    )
    actions = store_command.add_subparsers(dest="action")
    prune = actions.add_parser("prune", help="delete what has not been used for some days")
    prune.add_argument("--unused-for", type=float, required=True, metavar="DAYS")
    given = parser.parse_args(arguments)

    store = as_store(given.folder)
    if given.action == "prune":
        try:
            count, size = store.prune(given.unused_for)
        except ValueError as error:
            parser.error(str(error))
        except StoreError as error:
            parser.exit(1, f"{parser.prog}: {error.strerror}\n")
        print(f"deleted {count} files, {size / 1e6:.1f} MB")
    sizes = [stat.st_size for _, stat in store.files()]
    print(f"{store.folder}: {len(sizes)} files, {sum(sizes) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
