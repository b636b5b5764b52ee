"""Write the golden steps of all entries, or of those that are named, into docs/golden."""

import argparse
import sys
from pathlib import Path

from optgallery import OPTIMIZERS
from optgallery.checking.golden import golden_steps, to_text

FOLDER = Path(__file__).parent / "golden"


def main() -> int:
    """Write what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("optimizers", nargs="*", metavar="NAME", help="such as lion")
    names = parser.parse_args().optimizers or list(OPTIMIZERS)
    if strangers := sorted(set(names) - set(OPTIMIZERS)):
        parser.error(f"no optimizer is called {', '.join(strangers)}")
    for name in names:
        text = to_text(golden_steps(OPTIMIZERS[name]))
        (FOLDER / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
    size = sum(path.stat().st_size for path in FOLDER.glob("*.json"))
    print(f"{len(names)} files written to {FOLDER}, which holds {size / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
