"""Tables of outcomes: a column for each learning rate, as text and as HTML."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from optgallery.runs.outcome import Outcome


def text_table(title: str, lrs: Sequence[float], marks: Mapping[str, Sequence[str]]) -> str:
    """Return a text table of the outcomes' marks, with a row for each name."""
    width = max(map(len, (title, *marks)))
    lines = [f"{title:{width}}" + "".join(f"{f'lr {lr:g}':>12}" for lr in lrs)]
    for name, row in marks.items():
        lines.append(f"{name:{width}}" + "".join(f"{cell:>12}" for cell in row))
    return "\n".join(lines)


def html_table(title: str, lrs: Sequence[float], rows: Mapping[str, Sequence[Outcome]]) -> str:
    """Return the same table as HTML, with the full outcomes as tooltips."""
    head = "".join(f'<th scope="col">lr {lr:g}</th>' for lr in lrs)
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
