"""Maps of a function: rates, labels, shares and pictures."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from experiments import part
from PIL import Image

import optgallery as og
from optgallery import FUNCTIONS, OPTIMIZERS
from optgallery.analysis.basins import DIVERGED, NOT_ARRIVED, Basins
from optgallery.analysis.experiment import Experiment
from optgallery.optim import OptimizerSpec
from optgallery.plot.maps import COLORS
from optgallery.sphinxext.pages import function_maps as maps
from optgallery.sphinxext.pages.experiment_record import Findings


@pytest.fixture(scope="module")
def found() -> Findings:
    c = part()
    return Findings(Experiment(c, (), (), {}))


@pytest.fixture(scope="module")
def basins() -> Basins:
    return og.basins("momentum", "himmelblau", lr=0.01, n=16)


def spec(name: str) -> OptimizerSpec:
    return OPTIMIZERS[name]


@pytest.mark.parametrize("function", ["beale", "ackley", "booth"])
@pytest.mark.parametrize("name", ["sgd", "lion"])
def test_the_rate_is_the_one_at_which_most_starts_are_solved(
    found: Findings, name: str, function: str
) -> None:
    rate = maps.rate_of(spec(name), FUNCTIONS[function], found)
    c = found.comparison.select(optimizers=[name], functions=[function])
    solved = (c.solved().values[0]).tolist()
    if max(solved) > 0:
        assert solved[c.lrs.index(rate.lr)] == max(solved) == rate.solves
    else:
        assert rate == (found.rates[name], 0)


def test_without_the_experiment_it_is_the_default_of_the_class() -> None:
    assert maps.rate_of(spec("adamw"), FUNCTIONS["beale"], None) == (0.001, 0)


def test_an_optimizer_that_is_not_recorded_has_its_default(found: Findings) -> None:
    assert maps.rate_of(spec("adagrad"), FUNCTIONS["beale"], found) == (0.01, 0)


def test_the_same_minimum_has_the_same_label_in_all_maps() -> None:
    separate = [
        og.basins(name, "rastrigin", lr=lr, n=16) for name, lr in (("sgd", 0.001), ("lion", 0.03))
    ]
    together = maps.unified(separate)
    np.testing.assert_array_equal(together[0].minima, together[1].minima)
    assert len(together[0].minima) >= max(len(each.minima) for each in separate)
    assert together[0].known == separate[0].known
    for before, after in zip(separate, together, strict=True):
        np.testing.assert_array_equal(before.labels < 0, after.labels < 0)
        arrived = before.labels >= 0
        where = before.minima[before.labels[arrived]], after.minima[after.labels[arrived]]
        xmin, xmax, _, _ = before.test_fn.domain
        np.testing.assert_allclose(*where, atol=0.01 * (xmax - xmin))
    of_both = np.concatenate([each.labels.ravel() for each in together])
    counts = [(of_both == label).sum() for label in range(1, len(together[0].minima))]
    assert counts == sorted(counts, reverse=True)


def test_shares_name_every_way_a_run_ends(basins: Basins) -> None:
    assert {s.name: s.share for s in maps.shares(basins)} == {
        name: share for name, share in basins.shares.items() if share
    }


def test_of_many_basins_the_largest_are_named_and_the_rest_is_added_up() -> None:
    many = og.basins("sgd", "rastrigin", lr=0.001, n=16)
    shares = maps.shares(many)
    assert sum(share.share for share in shares) == pytest.approx(1)
    (rest,) = [share for share in shares if share.label is None]
    named = [share for share in shares if share.label is not None and share.label >= 0]
    assert len(named) == 5
    others = len({label for label in np.unique(many.labels) if label >= 0}) - 5
    assert rest.name == f"{others} other minima"


def test_the_picture_has_the_colours_of_the_minima_and_dots_on_them(basins: Basins) -> None:
    labels = basins.labels.copy()
    labels[0, :2] = NOT_ARRIVED
    labels[0, -2:] = DIVERGED
    image = Image.open(BytesIO(maps.picture(replace(basins, labels=labels)))).convert("RGB")
    pixels = np.asarray(image)
    n = len(pixels)
    assert image.size == (384, 384)
    assert pixels[-1, 0].tolist() == [0x55] * 3  # the first row of starts is at the bottom
    assert pixels[-1, -1].tolist() == [0, 0, 0]
    xmin, xmax, ymin, ymax = basins.test_fn.domain
    for label, (x, y) in enumerate(basins.minima):
        column, row = (x - xmin) / (xmax - xmin) * n, (ymax - y) / (ymax - ymin) * n
        color = [int(COLORS[label][i : i + 2], 16) for i in (1, 3, 5)]
        near = pixels[int(row), int(column)].astype(int)
        assert np.abs(near - color).max() < 12  # of 256 colours


def test_the_alternative_text_has_all_shares(basins: Basins) -> None:
    text = maps.alternative_text(basins)
    assert text.startswith(
        "Where runs end: SGD with momentum on Himmelblau, lr 0.01. Of the starts: "
    )
    assert "minimum (3, 2) " in text


def test_convergence_is_read_from_the_map() -> None:
    found = og.trainability("sgd", "sphere", n=16, xlim=(0.1, 10))
    said = maps.convergence(found)
    assert said.share == found.converged.mean()
    assert said.plain == found.x[found.x < 1].max()  # gradient descent is stable up to 1
    assert (said.lr, said.momentum) == pytest.approx((0.5, 0), abs=0.1)
    nothing = replace(found, measure=np.abs(found.measure))
    assert maps.convergence(nothing) == (0, None, None, None)


def test_functions_that_round_differently_in_long_rows_have_coarser_maps() -> None:
    assert maps.starts(FUNCTIONS["himmelblau"]) == maps.STARTS
    assert maps.starts(FUNCTIONS["cross_in_tray"]) == maps.FEWER
    assert maps.settings(FUNCTIONS["cross_in_tray"]) == maps.FEWER
