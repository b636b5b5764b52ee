#!/usr/bin/env bash
# Sphinx 9.0.4: the search index contains the keywords of a page's meta directive, so that the page is
# found by them. A keyword of two words, such as "weight decay", is kept as one term with a space. The
# search page splits what is typed at spaces: neither the keyword nor one of its words finds the page.
# Seen: terms of the keywords: 'momentum', 'weight decay'; searched for: 'weight', 'decay'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet sphinx==9.0.4
mkdir doc
printf 'project = "One"\n' >doc/conf.py
printf '.. meta::\n   :keywords: momentum, weight decay\n\nOne\n===\n\nNothing else.\n' >doc/index.rst
venv/bin/python -m sphinx -q -W doc site
venv/bin/python - <<'PYTHON'
import json
import re
from pathlib import Path

text = Path("site/searchindex.js").read_text()
terms = json.loads(text[text.index("{") : text.rindex("}") + 1])["terms"]
kept = sorted(term for term in terms if re.search("weight|decay|momentum", term))
print("terms of the keywords:", *map(repr, kept))
tools = Path("site/_static/searchtools.js").read_text()
splits = r".split(/[^\p{Letter}\p{Number}_\p{Emoji_Presentation}]+/gu)" in tools
print("the search page splits at spaces:", splits)
raise SystemExit(0 if kept == ["momentum", "weight decay"] and splits else 1)
PYTHON
