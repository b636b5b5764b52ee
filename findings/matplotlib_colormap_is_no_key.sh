#!/usr/bin/env bash
# matplotlib 3.11.2: a colormap cannot be a key of a dict or an argument of an lru_cache, since it
# defines equality and no hash; its name can. A ListedColormap of the 256 colours that viridis has is
# equal to viridis, though its name is another.
# Seen: "unhashable type: 'ListedColormap'", equal: True, names: viridis unnamed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet matplotlib==3.11.2 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import matplotlib
import numpy as np
from matplotlib.colors import ListedColormap

viridis = matplotlib.colormaps["viridis"]
listed = ListedColormap(viridis(np.arange(viridis.N)))
try:
    said = f"hash {hash(viridis)}"
except TypeError as error:
    said = str(error)
print(said)
print("equal:", listed == viridis, "names:", viridis.name, listed.name)
raise SystemExit(0 if "unhashable" in said and listed == viridis else 1)
PYTHON
