"""Styles and labels that distinguish trajectories in a figure."""

import pytest
from matplotlib.colors import to_rgb

import optgallery as og
from optgallery.plot.legend import as_trajectories, labels, styles


def run(optimizer="adamw", function="beale", **options):
    return og.run(optimizer, function, steps=3, **options)


def test_seven_colours_come_before_the_second_dash_pattern():
    found = styles(28)
    assert len(set(found)) == 28
    assert [dashes for dashes, _ in found] == [d for d in ("-", "--", ":", "-.") for _ in range(7)]
    assert styles(29)[28] == found[0]


def luminance(colour):
    """Return the relative luminance of a colour, as WCAG defines it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_no_colour_is_too_light_for_a_white_figure():
    for _, colour in styles(7):
        assert 1.05 / (luminance(colour) + 0.05) > 2, colour


def test_labels_name_the_function_only_where_there_are_several():
    beale, booth = run(lr=0.1), run(function="booth", lr=0.1)
    assert labels([beale, run("sgd", lr=0.01)]) == ["AdamW, lr 0.1", "SGD, lr 0.01"]
    assert labels([beale, booth]) == ["AdamW on Beale, lr 0.1", "AdamW on Booth, lr 0.1"]


def test_labels_include_other_settings_and_how_a_run_ended():
    diverged = og.run("sgd", "rosenbrock", lr=1.0)
    (label,) = labels([diverged])
    assert label == f"SGD, lr 1 (diverged at step {diverged.stopped_at})"
    (label,) = labels([run(lr=0.1, weight_decay=0.5)])
    assert label == "AdamW, lr 0.1, weight_decay 0.5"


def test_one_trajectory_or_several_become_a_list():
    one, two = run(lr=0.1), run(lr=0.2)
    assert as_trajectories(one, "plot_loss") == [one]
    assert as_trajectories((t for t in (one, two)), "plot_loss") == [one, two]


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ([], ValueError, "^plot_loss needs at least one trajectory, got none$"),
        (3, TypeError, r"^plot_loss draws trajectories, as run\(\) returns them, got 3$"),
        (["beale"], TypeError, r"^plot_loss draws trajectories, .* got 'beale'$"),
    ],
    ids=["none", "a number", "a name"],
)
def test_anything_else_is_an_error_that_names_the_function(given, error, said):
    with pytest.raises(error, match=said):
        as_trajectories(given, "plot_loss")
