"""The colours of code in both themes, in rules that a change of theme does not touch.

The theme's own sheet has every rule twice, below ``html[data-theme="light"]`` and ``"dark"``. Its
script sets that attribute once the page is there, and then a browser styles every word of code
again, even if its value did not change. Where the colours are variables, it styles one element.
"""

import re
from functools import cache

from pydata_sphinx_theme.pygments import get_pygments_stylesheet

_RULE = re.compile(r'html\[data-theme="(light|dark)"\] ([^{]*?)\s*\{([^}]*)\}')


@cache
def stylesheet(light: str, dark: str) -> str:
    """Return the style sheet of two of Pygments' styles.

    Without a script there is no attribute, and the light one holds.
    """
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

    def spelled(values: dict[str, str]) -> str:
        # what a theme does not say is as if there were no rule
        light, dark = (values.get(theme, "initial") for theme in ("light", "dark"))
        if light == dark:
            return light
        return f"var({variables.setdefault((light, dark), f'--og-code-{len(variables)}')})"

    lines = []
    for selector, said in rules.items():
        body = "; ".join(f"{name}: {spelled(values)}" for name, values in said.items())
        lines.append(f"html:root {selector} {{ {body} }}")
    for theme, place in (("", 0), ('[data-theme="dark"]', 1)):
        body = "; ".join(f"{variable}: {pair[place]}" for pair, variable in variables.items())
        lines.append(f":root{theme} {{ {body} }}")
    return "\n".join(lines)
