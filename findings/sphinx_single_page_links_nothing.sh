#!/usr/bin/env bash
# Sphinx 9.0.4: the builder singlehtml, which writes the whole documentation as one page and neither
# genindex.html nor search.html, lets its page link both, in the themes alabaster and basic.
# Seen: alabaster and basic: index.html links genindex.html, search.html, which do not exist.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet sphinx==9.0.4
mkdir doc
printf 'One\n===\n\nWords.\n' >doc/index.rst
for theme in alabaster basic; do
    printf 'project = "One"\nhtml_theme = "%s"\n' "$theme" >doc/conf.py
    venv/bin/python -m sphinx -q -W -E -b singlehtml doc "$theme"
done
venv/bin/python - <<'PYTHON'
import re
from pathlib import Path

found = {}
for theme in ("alabaster", "basic"):
    page = Path(theme, "index.html").read_text()
    links = set(re.findall(r'(?:href|action)="([\w/]+\.html)"', page))
    found[theme] = sorted(link for link in links if not Path(theme, link).exists())
    print(f"{theme}: index.html links {', '.join(found[theme])}, which do not exist")
expected = ["genindex.html", "search.html"]
raise SystemExit(0 if all(links == expected for links in found.values()) else 1)
PYTHON
