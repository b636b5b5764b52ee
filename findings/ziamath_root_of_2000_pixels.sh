#!/usr/bin/env bash
# ziamath 0.13, ziafont 0.11, latex2mathml 3.81.1: a root, or a pair of brackets, around a sum of
# norms is 2000 pixels high. Within a row that has a sum, the bars of \lVert ... \rVert are stretched
# to the tallest sign the font can build, and the root around the row to the bars. Seen at 18 pixels
# per em: \sqrt{\sum_i \lVert x \rVert} is 1990.1 pixels high, \sqrt{\sum_i \|x\|} 44.7. No warning.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet ziamath==0.13 ziafont==0.11 latex2mathml==3.81.1
"$folder/venv/bin/python" - <<'PYTHON'
from ziamath import Latex


def height(latex):
    found = float(Latex(latex, size=18, inline=False).svgxml().get("height"))
    print(f"{found:8.1f} pixels: {latex}")
    return found


named, plain = height(r"\sqrt{\sum_i \lVert x \rVert}"), height(r"\sqrt{\sum_i \|x\|}")
alone = height(r"\sqrt{\lVert x \rVert}")
height(r"\left(\sum_i \lVert x \rVert\right)")
raise SystemExit(0 if named > 1000 and plain < 100 and alone < 100 else 1)
PYTHON
