"""The HTML that the extension writes, as Jinja templates, which escape what they are given."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER = Path(__file__).parent


def render(name: str, **values: Any) -> str:
    r"""Return the HTML that a template makes of some values.

    Parameters
    ----------
    name : str
        File of the template, without its ending ``.html.jinja``.
    **values
        What its variables stand for. A value is escaped, unless it is `markupsafe.Markup`.

    Examples
    --------
    >>> render("missing", words="f < 0")
    '<p class="og-missing">f &lt; 0</p>\n'
    """
    return environment().get_template(f"{name}.html.jinja").render(values)


@cache
def environment() -> Environment:
    """Return what templates are loaded by: an unknown variable is an error, not an empty text."""
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
