"""plot_rate_transfer(): the data of the artists."""

import numpy as np
import pytest
from matplotlib.colors import same_color
from matplotlib.figure import Figure

import optgallery as og
from optgallery import plot_rate_transfer


@pytest.fixture(scope="module")
def transfers():
    return [og.rate_transfer(name, lr=0.003, jobs=1) for name in ("adamw", "lars", "sgd")]


def test_rows_are_ordered_by_exponents(transfers):
    ax = plot_rate_transfer(transfers)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["SGD", "AdamW", "LARS"]
    values, coordinates = (np.asarray(c.get_offsets())[:, 0].tolist() for c in ax.collections)
    assert (values, coordinates) == ([-1, 0, 0], [2, 1, 0])


def test_a_mark_is_open_if_no_rate_gives_the_same_path(transfers):
    ax = plot_rate_transfer(transfers)
    faces = ax.collections[1].get_facecolors()
    edges = ax.collections[1].get_edgecolors()
    assert [same_color(face, edges[0]) for face in faces] == [True, False, True]


def test_the_effect_of_a_rotation_is_written_beside_the_row(transfers):
    words = [text.get_text() for text in plot_rate_transfer(transfers).texts]
    assert words[0] == words[2] == "same"
    assert float(words[1]) == pytest.approx(transfers[0].rotation, rel=0.05)


def test_a_single_result_and_given_axes_will_do(transfers):
    ax = Figure().subplots()
    assert plot_rate_transfer(transfers[0], ax=ax) is ax


def test_other_objects_are_rejected():
    with pytest.raises(TypeError, match=r"plot_rate_transfer draws what .*\(\) returns, got 3"):
        plot_rate_transfer([3])
    with pytest.raises(ValueError, match="at least one result, got none"):
        plot_rate_transfer([])
