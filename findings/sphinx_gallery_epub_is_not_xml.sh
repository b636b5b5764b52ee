#!/usr/bin/env bash
# sphinx-gallery 0.22.1 (Sphinx 9.0.4): the EPUB of a documentation with one script is built without a
# warning, but its table of running times, which every gallery gets, is not well-formed XML, as a page of
# an EPUB must be: it contains <style scoped>. A reader that parses strictly rejects the page.
# `write_computation_times = False` cures it.
# Seen: no warning; sg_execution_times.xhtml and that of auto_examples: not well-formed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet sphinx==9.0.4 sphinx-gallery==0.22.1 matplotlib==3.11.2
mkdir doc examples
cat >doc/conf.py <<'PYTHON'
project, copyright, version = "One", "2026, somebody", "1"
extensions = ["sphinx_gallery.gen_gallery"]
sphinx_gallery_conf = {"examples_dirs": "../examples", "gallery_dirs": "auto_examples"}
PYTHON
printf 'One\n===\n\n.. toctree::\n\n   auto_examples/index\n' >doc/index.rst
printf 'Examples\n========\n' >examples/GALLERY_HEADER.rst
printf '"""\nOne\n===\n"""\n\nprint(1)\n' >examples/plot_one.py
venv/bin/python -m sphinx -q -W -b epub doc book
echo "no warning"
venv/bin/python - <<'PYTHON'
from pathlib import Path
from xml.etree import ElementTree as ET

wrong = []
for page in sorted(Path("book").rglob("*.xhtml")):
    try:
        ET.parse(page)
    except ET.ParseError as error:
        wrong.append(page.name)
        print(f"{page.relative_to('book')}: {error}")
raise SystemExit(0 if wrong == ["sg_execution_times.xhtml"] * 2 else 1)
PYTHON
