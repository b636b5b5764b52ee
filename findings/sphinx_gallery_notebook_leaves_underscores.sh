#!/usr/bin/env bash
# sphinx-gallery 0.22.1: the notebook of a script whose text has an anonymous link, `words <address>`__,
# which reST recommends where the same words are linked twice. Its Markdown keeps an underscore.
# Seen: in the notebook: see [PyTorch](https://pytorch.org)_ and [NumPy](https://numpy.org).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet sphinx-gallery==0.22.1 sphinx==9.0.4 matplotlib==3.11.2
mkdir -p doc examples
printf 'Scripts\n=======\n' >examples/GALLERY_HEADER.rst
cat >examples/plot_one.py <<'SCRIPT'
"""
One
===

see `PyTorch <https://pytorch.org>`__ and `NumPy <https://numpy.org>`_.
"""
SCRIPT
printf 'One\n===\n\n.. toctree::\n\n   scripts/index\n' >doc/index.rst
cat >doc/conf.py <<'CONF'
project = "One"
extensions = ["sphinx_gallery.gen_gallery"]
sphinx_gallery_conf = {"examples_dirs": "../examples", "gallery_dirs": "scripts"}
CONF
venv/bin/python -m sphinx -q doc site
venv/bin/python - <<'PYTHON'
import json
from pathlib import Path

notebook = json.loads(Path("doc/scripts/plot_one.ipynb").read_text())
line = "".join(notebook["cells"][0]["source"]).splitlines()[-1]
print(f"in the notebook: {line}")
expected = "see [PyTorch](https://pytorch.org)_ and [NumPy](https://numpy.org)."
raise SystemExit(0 if line == expected else 1)
PYTHON
