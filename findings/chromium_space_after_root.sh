#!/usr/bin/env bash
# Chromium 156.0.8078.108, STIX Two Math 2.11 (as in ziamath 0.13): blank space follows a square root.
# An msqrt is laid out as wide as its content beside the widest radical sign that the font has, though
# a narrower one is drawn: MathML Core asks for the widest only where min-content and max-content
# sizes are computed. Seen at 20 pixels per em: 8.36 pixels between the end of the root of t and what
# follows, which is 1.212 em (the widest sign) - 0.794 em (the sign drawn). Signs of one width, as in
# the TeX Gyre fonts, hide it. Needs `chromium` on the PATH.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet playwright==1.65.2 ziamath==0.13 ziafont==0.11 fonttools==4.68.0
"$folder/venv/bin/python" - <<'PYTHON'
import base64
import shutil
from importlib.resources import files

from fontTools.ttLib import TTFont
from playwright.sync_api import sync_playwright

path = files("ziamath") / "fonts" / "STIXTwoMath-Regular.ttf"
font = TTFont(path)
variants, root = font["MATH"].table.MathVariants, font.getBestCmap()[0x221A]
sign = variants.VertGlyphConstruction[variants.VertGlyphCoverage.glyphs.index(root)]
glyphs = [record.VariantGlyph for record in sign.MathGlyphVariantRecord]
glyphs += [part.glyph for part in sign.GlyphAssembly.PartRecords]
widths = [font["hmtx"][glyph][0] / font["head"].unitsPerEm for glyph in glyphs]
html = f"""<style>
@font-face {{ font-family: stix; src: url(data:font/ttf;base64,{base64.b64encode(path.read_bytes()).decode()}) }}
math {{ font: 20px stix }}
</style><math><msqrt><mi>t</mi></msqrt><mo>)</mo></math>"""
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path=shutil.which("chromium"), args=["--no-sandbox"]
    )
    page = browser.new_page()
    page.set_content(html)
    page.evaluate("document.fonts.ready")
    ends = page.evaluate(
        "['msqrt', 'msqrt > mi'].map(name =>"
        " document.querySelector(name).getBoundingClientRect().right)"
    )
    print("Chromium", browser.version)
    browser.close()
gap = (ends[0] - ends[1]) / 20
print(f"space after the root {gap:.3f} em; widest sign - first sign {max(widths) - widths[0]:.3f} em")
raise SystemExit(0 if abs(gap - (max(widths) - widths[0])) < 0.01 else 1)
PYTHON
