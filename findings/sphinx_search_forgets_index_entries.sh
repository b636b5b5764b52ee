#!/usr/bin/env bash
# Sphinx 9.0.4: the search of built pages finds a page by its entries in the general index and by the
# terms of its glossary. When one page has been edited and is built again, searchindex.js contains only
# the entries of that page: those of all others are missing until everything is built from nothing.
# Seen: 2 pages built: apple, pear; after an edit of pear's page: pear.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet sphinx==9.0.4
mkdir doc
printf 'project = "One"\n' >doc/conf.py
printf 'Home\n====\n\n.. toctree::\n\n   one\n   two\n' >doc/index.rst
printf 'One\n===\n\n.. index:: ! apple\n\nWords.\n' >doc/one.rst
printf 'Two\n===\n\n.. index:: ! pear\n\nWords.\n' >doc/two.rst
entries() {
    venv/bin/python -m sphinx -q -W doc site
    venv/bin/python - "$1" <<'PYTHON'
import json
import sys
from pathlib import Path

text = Path("site/searchindex.js").read_text()
found = sorted(json.loads(text[text.index("{") : text.rindex("}") + 1])["indexentries"])
print(", ".join(found))
raise SystemExit(0 if found == sys.argv[1].split() else 1)
PYTHON
}
entries "apple pear"
sleep 1
printf 'More words.\n' >>doc/two.rst
entries "pear"
