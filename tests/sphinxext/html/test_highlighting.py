"""The colours of highlighted code in both themes."""

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
def test_every_token_type_has_the_style_of_pygments(theme: str) -> None:
    sheet = highlighting.stylesheet(*STYLES.values())
    rules = {
        selector: declarations(body)
        for selector, body in re.findall(r"^(\S[^{]*?) \{([^}]*)\}", sheet, re.MULTILINE)
    }
    variables = rules[":root"] | (rules[':root[data-theme="dark"]'] if theme == "dark" else {})

    def computed_style(selector: str) -> dict[str, str]:
        declared = rules.get(f"html:root .highlight{selector}", {})
        resolved = {
            name: variables[value[4:-1]] if value.startswith("var(") else value
            for name, value in declared.items()
        }
        return {name: value for name, value in resolved.items() if value != "initial"}

    formatter = HtmlFormatter(style=STYLES[theme])
    for name, (body, _, _) in formatter.class2style.items():
        found = computed_style(f" .{name}" if name else "")
        assert declarations(body).items() <= found.items(), name
        assert not name or found == declarations(body)
    assert computed_style("")["background"] == get_style_by_name(STYLES[theme]).background_color
    assert set(formatter.class2style) <= set(STANDARD_TYPES.values())


def test_only_the_variables_depend_on_the_theme_attribute() -> None:
    sheet = highlighting.stylesheet(*STYLES.values())
    assert [line for line in sheet.splitlines() if "data-theme" in line] == [sheet.splitlines()[-1]]
    assert "initial" in sheet  # for a declaration that one of the two styles lacks
