#!/usr/bin/env bash
# sphinx-gallery 0.22.1 (Sphinx 9.0.4): after a script of a gallery has been deleted or renamed, the next
# strict build fails, because the page of the old script is still among the sources, and no table of
# contents lists it. Only deleting the generated files by hand helps.
# Seen: WARNING: document isn't included in any toctree, of plot_two.rst.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet sphinx==9.0.4 sphinx-gallery==0.22.1 matplotlib==3.11.2
mkdir doc examples
printf 'Home\n====\n\n.. toctree::\n\n   auto_examples/index\n' >doc/index.rst
printf 'Examples\n========\n' >examples/GALLERY_HEADER.rst
cat >doc/conf.py <<'PYTHON'
project = "One"
extensions = ["sphinx_gallery.gen_gallery"]
sphinx_gallery_conf = {"examples_dirs": "../examples", "gallery_dirs": "auto_examples"}
PYTHON
for name in one two; do
    printf '"""\nScript %s\n==========\n\nWords.\n"""\n\nprint(1)\n' "$name" >"examples/plot_$name.py"
done
venv/bin/python -m sphinx -q -W doc site
rm examples/plot_two.py
status=0
venv/bin/python -m sphinx -q -W doc site 2>&1 | tee log || status=$?
grep -q "plot_two.rst: WARNING: document isn't included in any toctree" log
[ "$status" -ne 0 ]
