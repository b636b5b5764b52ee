"""The colours of highlighted code, as CSS variables that depend on the light or dark theme.

The theme's own style sheet has every rule twice, under ``html[data-theme="light"]`` and ``"dark"``.
When its script sets that attribute after the page has loaded, the browser restyles every token of
code, even if the value did not change. With variables, it restyles one element.
"""

import re
from functools import cache

from pydata_sphinx_theme.pygments import get_pygments_stylesheet

_RULE = re.compile(r'html\[data-theme="(light|dark)"\] ([^{]*?)\s*\{([^}]*)\}')


@cache
def stylesheet(light: str, dark: str) -> str:
    """Return the style sheet of two Pygments styles; without JavaScript, the light one applies."""
    return _with_variables(get_pygments_stylesheet(light, dark))


def _with_variables(sheet: str) -> str:
    rules: dict[str, dict[str, dict[str, str]]] = {}
    for theme, selector, body in _RULE.findall(sheet):
        for declaration in body.split(";"):
            if declaration.strip():
                name, _, value = declaration.partition(":")
                values = rules.setdefault(selector, {}).setdefault(name.strip(), {})
                values[theme] = value.strip()
    variables: dict[tuple[str, str], str] = {}

    def value_of(values: dict[str, str]) -> str:
        # a theme without this declaration resets the property
        light, dark = (values.get(theme, "initial") for theme in ("light", "dark"))
        if light == dark:
            return light
        return f"var({variables.setdefault((light, dark), f'--og-code-{len(variables)}')})"

    lines = []
    for selector, properties in rules.items():
        body = "; ".join(f"{name}: {value_of(values)}" for name, values in properties.items())
        lines.append(f"html:root {selector} {{ {body} }}")
    for theme, place in (("", 0), ('[data-theme="dark"]', 1)):
        body = "; ".join(f"{variable}: {pair[place]}" for pair, variable in variables.items())
        lines.append(f":root{theme} {{ {body} }}")
    return "\n".join(lines)
