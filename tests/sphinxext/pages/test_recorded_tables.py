"""Prose of recorded tables, whose counts are filled in."""

import pytest

from optgallery.sphinxext.pages.recorded_tables import filled


def test_counts_are_filled_in():
    assert filled("{classes} of {all} run.", {"classes": 2, "all": 3}) == "2 of 3 run."


def test_lines_that_are_filled_in_are_indented_as_their_line():
    assert filled("   {list}", {"list": "* one\n* two"}) == "   * one\n   * two"


def test_an_unknown_count_is_named():
    with pytest.raises(KeyError, match="'number'"):
        filled("{number}", {"classes": 2})
