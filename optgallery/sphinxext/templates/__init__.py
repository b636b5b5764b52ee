"""Jinja templates of the HTML that the extension writes, with autoescaping."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER = Path(__file__).parent


def render(name: str, **values: Any) -> str:
    r"""Render a template.

    Parameters
    ----------
    name : str
        The template's file name without ``.html.jinja``.
    **values
        The values of its variables, escaped unless they are `markupsafe.Markup`.

    Examples
    --------
    >>> render("missing", words="f < 0")
    '<p class="og-missing">f &lt; 0</p>\n'
    """
    return environment().get_template(f"{name}.html.jinja").render(values)


@cache
def environment() -> Environment:
    """Return the Jinja environment, in which an undefined variable is an error."""
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
