#!/usr/bin/env bash
# sphinx-gallery 0.22.1 (Sphinx 9.0.4): a page lists the examples that use a function by the directive
# minigallery. A new script that uses it is not listed there by the next build, which writes the list of
# examples but not the page, nor by any further one, until the page is edited or built from nothing.
# Seen: 2 scripts; the page lists 1 after the next build, and 2 after a build from nothing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet sphinx==9.0.4 sphinx-gallery==0.22.1 matplotlib==3.11.2
mkdir doc examples
printf 'Home\n====\n\n.. toctree::\n\n   auto_examples/index\n' >doc/index.rst
printf 'Examples\n========\n' >examples/GALLERY_HEADER.rst
printf 'Function\n========\n\n.. minigallery:: json.dumps\n' >doc/function.rst
printf '   function\n' >>doc/index.rst
cat >doc/conf.py <<'PYTHON'
project = "One"
extensions = ["sphinx_gallery.gen_gallery"]
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "backreferences_dir": "backreferences",
    "doc_module": ("json",),
}
PYTHON
script() {
    printf '"""\nScript %s\n==========\n\nWords.\n"""\n\nimport json\n\nprint(json.dumps([1]))\n' "$1" \
        >"examples/plot_$1.py"
}
listed() { grep -c 'class="sphx-glr-thumbcontainer"' site/function.html; }
script one
venv/bin/python -m sphinx -q -W doc site
sleep 1
script two
venv/bin/python -m sphinx -q -W doc site
next=$(listed)
venv/bin/python -m sphinx -q -W -E doc site
echo "the page lists $next after the next build, and $(listed) after a build from nothing"
[ "$next" = 1 ] && [ "$(listed)" = 2 ]
