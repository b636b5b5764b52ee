"""Tables of outcomes: a column for each learning rate or other setting, as text and as HTML."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from optgallery.optim.axis import Axis
from optgallery.runs.outcome import Outcome


def head_of(axis: Axis | None, value: float | None) -> str:
    """Return the head of a column: ``"lr 0.1"``, or ``"damping 0.1"`` along an axis of its own.

    Examples
    --------
    >>> head_of(None, 0.1), head_of(Axis("damping", [10]), 10), head_of(Axis(), None)
    ('lr 0.1', 'damping 10', 'one run')
    """
    if axis is None:
        return f"lr {value:g}"
    return axis.words(value) or "one run"


def as_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    r"""Return rows as CSV, with the columns of the first one; None is an empty cell.

    Examples
    --------
    >>> as_csv([{"lr": 0.1, "step": None}, {"lr": 1e-05, "step": 3}])
    'lr,step\n0.1,\n1e-05,3\n'
    """
    text = io.StringIO()
    writer: csv.DictWriter[str] | None = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(text, list(row), lineterminator="\n")
            writer.writeheader()
        writer.writerow(row)
    return text.getvalue()


def text_table(title: str, heads: Sequence[str], marks: Mapping[str, Sequence[str]]) -> str:
    """Return a text table of the outcomes' marks, with a row for each name.

    Parameters
    ----------
    title : str
    heads : sequence of str
        The heads of the columns.
    marks : mapping of str to sequence of str
        The cells of each row by its name.
    """
    width = max(map(len, (title, *marks)))
    across = max(12, *(len(head) + 2 for head in heads))
    lines = [f"{title:{width}}" + "".join(f"{head:>{across}}" for head in heads)]
    for name, row in marks.items():
        lines.append(f"{name:{width}}" + "".join(f"{cell:>{across}}" for cell in row))
    return "\n".join(lines)


def html_table(title: str, heads: Sequence[str], rows: Mapping[str, Sequence[Outcome]]) -> str:
    """Return the same table as HTML, with the full outcomes as tooltips."""
    head = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    body = ""
    for name, outcomes in rows.items():
        cells = "".join(
            f'<td title="{escape(str(outcome))}">{escape(outcome.mark)}</td>'
            for outcome in outcomes
        )
        body += f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>'
    corner = f'<th scope="col">{escape(title)}</th>'
    return f"<table><thead><tr>{corner}{head}</tr></thead><tbody>{body}</tbody></table>"


def row_titles(entries: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return titles by name; a title that several entries have is followed by the name.

    Examples
    --------
    >>> row_titles([("beale", "Beale"), ("mine", "Bowl"), ("yours", "Bowl")])
    {'beale': 'Beale', 'mine': 'Bowl (mine)', 'yours': 'Bowl (yours)'}
    """
    entries = list(entries)
    count = Counter(title for _, title in entries)
    return {name: f"{title} ({name})" if count[title] > 1 else title for name, title in entries}
