"""Make the font of the site's formulas from TeX Gyre Pagella Math 1.632.

Run it with the path of ``texgyrepagella-math.otf``, which Debian's package fonts-texgyre-math has,
when a formula shows a character that the font lacks (a test says so)::

    python docs/formulas_font.py texgyrepagella-math.otf
"""

import sys
from pathlib import Path

from fontTools import subset

FONT = Path(__file__).parents[1] / "optgallery/sphinxext/html/static/formulas.woff2"
CHARACTERS = {
    *range(0x20, 0x7F),
    *range(0x391, 0x3CA),  # Greek
    *(*range(0x1D434, 0x1D468), 0x210E, *range(0x1D6E2, 0x1D71C)),  # italics, Latin and Greek
    *range(0x1D538, 0x1D552),  # blackboard bold
    *(0xAF, 0x2C6, 0x2DC, *range(0x302, 0x306), 0x332),  # accents
    *(0xA0, *range(0x2061, 0x2065)),  # spaces, and signs that show nothing
    *map(ord, "ϑϕϵℂℕℚℝℤ𝟙±·×…‖′←→∀∂∃∅∆∇∈∏∑−∓∗∘∙√∞∥∫≈≠≤≥⊕⊖⊗⊘⊙⊤⊥⋅⋯⌈⌉⌊⌋⟨⟩"),  # noqa: RUF001
}


def main(source: str) -> None:
    """Write the font."""
    options = subset.Options(flavor="woff2", hinting=False, obfuscate_names=True)
    options.layout_features = []
    font = subset.load_font(source, options)
    # Chromium does not ask a font for the prime of superscripts, and draws a small and high one
    prime = _in_scripts(font, font.getBestCmap()[0x2032])
    for table in font["cmap"].tables:
        if 0x2032 in table.cmap:
            table.cmap[0x2032] = prime
    # nor does it put the italic correction behind a letter, without which f^* is one blot
    letter = font.getBestCmap()[0x1D453]
    slant = font["MATH"].table.MathGlyphInfo.MathItalicsCorrectionInfo
    correction = slant.ItalicsCorrection[slant.Coverage.glyphs.index(letter)]
    width, bearing = font["hmtx"][letter]
    font["hmtx"][letter] = (width + correction.Value, bearing)
    correction.Value = 0
    # as in TeX, and not as in MathML Core, g and x have their subscripts at one height
    font["MATH"].table.MathConstants.SubscriptBaselineDropMin.Value = -50
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=CHARACTERS)
    subsetter.subset(font)
    subset.save_font(font, FONT, options)


def _in_scripts(font: subset.ttLib.TTFont, glyph: str) -> str:
    """Return the glyph that stands for another in scripts."""
    table = font["GSUB"].table
    feature = next(f for f in table.FeatureList.FeatureRecord if f.FeatureTag == "ssty")
    lookups = [table.LookupList.Lookup[index] for index in feature.Feature.LookupListIndex]
    return next(
        alternates[glyph][0]
        for lookup in lookups
        for subtable in lookup.SubTable
        if glyph in (alternates := subtable.alternates)
    )


if __name__ == "__main__":
    main(sys.argv[1])
