#!/usr/bin/env bash
# Sphinx 9.0.4: `sphinx-build -W -b epub` fails for a project of one page. Without -d the doctrees are
# kept in the folder of the output, and the EPUB builder takes them for files of the book of a type
# that it does not know. With -d, or with -M, it succeeds.
# Seen: status 1, "unknown mimetype for .doctrees/index.doctree, ignoring"; with -d: status 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet sphinx==9.0.4
mkdir "$folder/docs"
printf 'project = "Book"\nversion = "1"\ncopyright = "2026, somebody"\n' > "$folder/docs/conf.py"
printf 'Book\n====\n\nText.\n' > "$folder/docs/index.rst"
cd "$folder"
build() { venv/bin/python -m sphinx -W -q -b epub "$@" 2>> "$folder/said"; }
build docs book && alone=0 || alone=$?
grep -m1 "index.doctree" said || true
build -d doctrees docs other && apart=0 || apart=$?
echo "status $alone; with -d: status $apart"
grep -q "unknown mimetype for .doctrees/index.doctree" said
[[ $alone == 1 && $apart == 0 ]]
