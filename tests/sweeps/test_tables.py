"""Tables of outcomes, as text and as HTML."""

from bs4 import BeautifulSoup

import optgallery as og
from optgallery.sweeps.tables import head_of, html_table, row_titles, text_table

LRS = (0.1, 1.0)
HEADS = [head_of(None, lr) for lr in LRS]
OUTCOMES = {
    name: [og.run("sgd", name, lr=lr, steps=50).outcome for lr in LRS]
    for name in ("booth", "sphere")
}


def test_columns_of_a_text_table_are_aligned():
    marks = {name: [outcome.mark for outcome in row] for name, row in OUTCOMES.items()}
    lines = text_table("A long title", HEADS, marks).split("\n")
    assert len({len(line) for line in lines}) == 1
    assert lines[0].split("  ")[0] == "A long title"
    assert [line.split()[0] for line in lines[1:]] == ["booth", "sphere"]
    for name, line in zip(OUTCOMES, lines[1:], strict=True):
        assert line[len("A long title") :][:12].strip() == marks[name][0]


def test_an_html_table_has_the_outcomes_as_tooltips_and_quotes_titles():
    table = BeautifulSoup(html_table("a < b", HEADS, OUTCOMES), "html.parser")
    heads = [th.get_text() for th in table.find_all("th", scope="col")]
    assert heads == ["a < b", "lr 0.1", "lr 1"]
    told = [td["title"] for td in table.find_all("td")]
    assert told == [str(outcome) for row in OUTCOMES.values() for outcome in row]


def test_long_heads_widen_all_columns():
    lines = text_table("Bowl", ["a head that is long", "b"], {"mine": ["1", "2"]}).split("\n")
    assert lines == [
        "Bowl  a head that is long                    b",
        "mine                    1                    2",
    ]


def test_titles_that_are_not_unique_have_names():
    titles = row_titles([("a", "Bowl"), ("b", "Valley"), ("c", "Bowl")])
    assert titles == {"a": "Bowl (a)", "b": "Valley", "c": "Bowl (c)"}
