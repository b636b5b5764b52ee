"""Make the other packages' classes and the seeded mistakes of other folders importable."""

import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]

for folder in ("optim", "analysis"):
    if (path := str(TESTS / folder)) not in sys.path:
        sys.path.append(path)
