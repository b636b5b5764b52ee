"""The colours of code in both themes."""

import re

import pytest
from pygments.formatters import HtmlFormatter
from pygments.styles import get_style_by_name
from pygments.token import STANDARD_TYPES

from optgallery.sphinxext.html import highlighting

STYLES = {"light": "a11y-high-contrast-light", "dark": "monokai"}


def declarations(body: str) -> dict[str, str]:
    pairs = (part.split(":", 1) for part in body.split(";") if part.strip())
    return {name.strip(): value.strip() for name, value in pairs}


@pytest.mark.parametrize("theme", STYLES)
def test_every_kind_of_word_looks_as_pygments_has_it(theme: str) -> None:
    sheet = highlighting.stylesheet(*STYLES.values())
    rules = {
        selector: declarations(body)
        for selector, body in re.findall(r"^(\S[^{]*?) \{([^}]*)\}", sheet, re.MULTILINE)
    }
    variables = rules[":root"] | (rules[':root[data-theme="dark"]'] if theme == "dark" else {})

    def look(selector: str) -> dict[str, str]:
        said = rules.get(f"html:root .highlight{selector}", {})
        known = {
            name: variables[value[4:-1]] if value.startswith("var(") else value
            for name, value in said.items()
        }
        return {name: value for name, value in known.items() if value != "initial"}

    formatter = HtmlFormatter(style=STYLES[theme])
    for name, (body, _, _) in formatter.class2style.items():
        found = look(f" .{name}" if name else "")
        assert declarations(body).items() <= found.items(), name
        assert not name or found == declarations(body)
    assert look("")["background"] == get_style_by_name(STYLES[theme]).background_color
    assert set(formatter.class2style) <= set(STANDARD_TYPES.values())


def test_no_word_depends_on_the_attribute_that_the_script_sets() -> None:
    sheet = highlighting.stylesheet(*STYLES.values())
    assert [line for line in sheet.splitlines() if "data-theme" in line] == [sheet.splitlines()[-1]]
    assert "initial" in sheet  # what one of the two styles does not say
