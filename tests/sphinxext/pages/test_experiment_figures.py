"""Figures of the experiment."""

from pathlib import Path

import pytest
from experiments import part

import optgallery as og
from optgallery.sphinxext.pages.experiment_figures import log_ratio, profile, race


@pytest.mark.parametrize("rate", ["best", "0.1"])
def test_a_profile_is_written_once_and_is_the_same_again(tmp_path: Path, rate: str) -> None:
    few = part().select(optimizers=["lion", "sgd"])
    uri = profile(tmp_path / "a", few, rate)
    again = profile(tmp_path / "b", few, rate)
    assert again == uri
    paths = [tmp_path / x / uri.removeprefix("/") for x in "ab"]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    before = paths[0].stat().st_mtime_ns
    profile(tmp_path / "a", few, rate)
    assert paths[0].stat().st_mtime_ns == before


def test_profiles_of_other_optimizers_and_rates_are_other_files(tmp_path: Path) -> None:
    whole = part()
    few = whole.select(optimizers=["lion", "sgd"])
    assert len({profile(tmp_path, c, r) for c in (whole, few) for r in ("best", "0.1")}) == 4


def test_a_rate_that_was_not_tried_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"rate must be one of 0.0001, .*, got 0.2"):
        profile(tmp_path, part(), "0.2")


def test_the_ratios_of_a_pair_are_named_after_it(tmp_path: Path) -> None:
    uri = log_ratio(tmp_path, "lion-sgd", part().log_ratio("lion", "sgd"))
    assert uri == "/compare/images/ratio-lion-sgd.svg"
    assert (tmp_path / uri.removeprefix("/")).read_bytes().startswith(b"<?xml")


def test_a_race_has_a_gif_a_still_and_words(tmp_path: Path) -> None:
    runs = [og.run(name, "booth", lr=0.1, steps=20) for name in ("lion", "adam")]
    gif, poster, alt = race(tmp_path, "lion-adam", runs, size=120, seconds=2.0, hold=0.5)
    assert gif == "/compare/images/race-lion-adam.gif"
    animation = og.animate(runs, size=120, seconds=2.0, hold=0.5)
    assert (tmp_path / gif.removeprefix("/")).read_bytes() == animation.gif()
    assert (tmp_path / poster.removeprefix("/")).read_bytes() == animation.png()
    assert alt == animation.alt
