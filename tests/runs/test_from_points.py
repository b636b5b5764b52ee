"""Trajectory.from_points(): paths from elsewhere are drawn and compared like runs."""

import pickle
from decimal import Decimal
from fractions import Fraction

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import torch
from bs4 import BeautifulSoup
from PIL import Image
from scipy.optimize import minimize

import optgallery as og
from optgallery import FUNCTIONS, Trajectory, run
from optgallery.runs.external import ExternalOptimizer

DOMAIN = {"x0": 2.0, "y0": 1.5, "xmin": -3, "xmax": 3, "ymin": -2, "ymax": 2}
POINTS = [(3.0, -2.0), (1.0, 0.5), (0.25, 0.0)]


def wave(x, y):
    return torch.sin(3 * x) * torch.exp(y / 2) + 0.1 * (x**2 + y**2)


def root(x, y):
    return torch.sqrt(x) + y**2


def strict(x, y):
    if x < 0:
        raise ValueError("x is negative\nat length")
    return x**2 + y**2


def assert_same_path(given, expected):
    for name in ("points", "values", "gradients", "evaluations"):
        np.testing.assert_array_equal(getattr(given, name), getattr(expected, name))
    for name in ("steps", "status", "stopped_at", "reason"):
        assert getattr(given, name) == getattr(expected, name)


def all_points(trajectory):
    """Return the iterates, and the point that is not finite where a run ended."""
    ends = {"infinite": np.inf, "minus infinite": -np.inf, "not a number": np.nan}
    end = ends.get(trajectory.reason.removeprefix("a coordinate became "))
    rows = [] if end is None else [[end, 0.0]]
    rest = trajectory.steps + 1 - len(trajectory) - len(rows)
    return np.concatenate([trajectory.points, *([row] for row in rows), np.ones((rest, 2))])


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(("optimizer", "lr"), [("adam", 0.1), ("sgd", 1.0)])
def test_the_points_of_a_run_give_the_same_trajectory_bit_for_bit(name, optimizer, lr):
    expected = run(optimizer, name, steps=60, lr=lr)
    assert_same_path(Trajectory.from_points(all_points(expected), name), expected)


@pytest.mark.parametrize("formula", [wave, root])
@pytest.mark.parametrize(("optimizer", "lr"), [("adam", 0.1), ("sgd", 1e9), ("momentum", 1.0)])
def test_the_points_of_a_run_on_a_custom_function_give_the_same_trajectory(formula, optimizer, lr):
    expected = run(optimizer, (formula, DOMAIN), steps=40, lr=lr)
    assert_same_path(Trajectory.from_points(all_points(expected), (formula, DOMAIN)), expected)


def test_a_function_that_raises_ends_the_path_as_it_ends_a_run():
    path = Trajectory.from_points([(2, 1), (1, 1), (-1, 1), (1, 0)], (strict, DOMAIN))
    assert (path.status, path.stopped_at, path.steps, len(path)) == ("diverged", 2, 3, 3)
    assert path.reason == "the function raised ValueError: x is negative"
    assert np.isnan(path.values[2])


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ((np.nan, 1.0), "a coordinate became not a number"),
        ((1.0, np.inf), "a coordinate became infinite"),
        ((-np.inf, 0.0), "a coordinate became minus infinite"),
    ],
)
def test_a_point_that_is_not_finite_ends_the_path(row, reason):
    path = Trajectory.from_points([*POINTS, row, (0.0, 0.0)], "sphere")
    assert (path.status, path.stopped_at, path.reason) == ("diverged", 3, reason)
    assert (len(path), path.steps) == (3, 4)
    assert path.outcome.ending == "diverged at step 3"


@pytest.mark.parametrize(
    "points",
    [
        POINTS,
        tuple(map(list, POINTS)),
        iter(POINTS),
        np.array(POINTS),
        np.array(POINTS, np.float32),
        np.array(POINTS, ">f8"),
        np.array(POINTS)[::-1][::-1],
        np.array(POINTS, np.longdouble),
        torch.tensor(POINTS, dtype=torch.float64),
        torch.tensor(POINTS, dtype=torch.bfloat16),
        torch.tensor(POINTS, requires_grad=True),
        [torch.nn.Parameter(torch.tensor(point)) for point in POINTS],
        [(torch.tensor(x), torch.tensor(y)) for x, y in POINTS],
        [np.array(point) for point in POINTS],
        pd.DataFrame(POINTS, columns=["x", "y"]),
        [(Fraction(x), Decimal(y)) for x, y in POINTS],
    ],
    ids=lambda points: f"{type(points).__module__}.{type(points).__name__}",
)
def test_any_array_like_of_pairs_is_accepted(points):
    path = Trajectory.from_points(points, "sphere")
    assert path.points.tolist() == [list(point) for point in POINTS]
    assert path.points.dtype == path.values.dtype == path.gradients.dtype == np.float64
    assert not any(a.flags.writeable for a in (path.points, path.values, path.gradients))


def test_integers_and_points_outside_the_domain_are_accepted():
    assert Trajectory.from_points([(30, -20), (0, 0)], "sphere").values.tolist() == [1300, 0]


@pytest.mark.parametrize(
    ("points", "dtype"),
    [
        (np.array(POINTS, np.float32), "float32"),
        (torch.tensor(POINTS, dtype=torch.bfloat16), "bfloat16"),
        (POINTS, "float64"),
        (np.array(POINTS).astype(int), "float64"),
    ],
)
def test_the_dtype_is_that_of_the_points(points, dtype):
    assert Trajectory.from_points(points, "sphere").dtype == dtype


def test_the_callers_array_is_copied():
    points = np.array(POINTS)
    path = Trajectory.from_points(points, "sphere")
    points[:] = 0
    assert path.points.tolist() == [list(point) for point in POINTS]
    assert points.flags.writeable


@pytest.mark.parametrize(
    ("points", "error", "text"),
    [
        ([], ValueError, "at least one, got shape (0,)"),
        ([1.0, 2.0], ValueError, "points must have shape (n, 2), a row (x, y) for each iterate"),
        (np.zeros((2, 5)), ValueError, "got shape (2, 5); transpose it"),
        (np.zeros((3, 3)), ValueError, "got shape (3, 3)"),
        (np.zeros((3, 2, 1)), ValueError, "got shape (3, 2, 1)"),
        ([[1, 2], [3]], ValueError, "points must be an array of numbers, got [[1, 2], [3]]"),
        ([["a", "b"]], TypeError, "points must hold real numbers, got 'a'"),
        ([[1j, 2]], TypeError, "points must hold real numbers, got 1j"),
        ([[True, False]], TypeError, "points must hold real numbers, got True"),
        ([[None, 1]], TypeError, "points must hold real numbers, got None"),
        (None, ValueError, "got shape ()"),
        ([[np.nan, 1]], ValueError, "points must begin with a finite point, got (nan, 1.0)"),
        (np.ma.array([[1, 2]], mask=[[0, 1]]), ValueError, "points has masked entries"),
        ([[10**400, 1]], ValueError, "too large"),
    ],
)
def test_invalid_points_are_rejected_with_a_message(points, error, text):
    with pytest.raises(error) as raised:
        Trajectory.from_points(points, "sphere")
    assert text in str(raised.value)


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"values": [1, 2]}, ValueError, "values must have shape (3,), one for each of the points"),
        ({"values": [1, 2, "x"]}, TypeError, "values must hold real numbers, got"),
        ({"gradients": [1, 2, 3]}, ValueError, "gradients must have shape (3, 2)"),
        ({"evaluations": [0, 1]}, ValueError, "evaluations must have shape (3,)"),
        ({"evaluations": [0, 2, 1]}, ValueError, "that never decrease"),
        ({"evaluations": [0, 1.5, 2]}, ValueError, "must be whole numbers >= 0"),
        ({"evaluations": [-1, 0, 1]}, ValueError, "must be whole numbers >= 0"),
        ({"evaluations": [0, np.nan, 1]}, ValueError, "must be whole numbers >= 0"),
        ({"label": 3}, TypeError, "label must be a string such as 'BFGS', got 3"),
        ({"label": " "}, ValueError, "label must not be empty, got ' '"),
        ({"hparams": 0.1}, TypeError, 'hparams must be a mapping such as {"lr": 0.1}, got 0.1'),
        ({"hparams": {3: 0.1}}, TypeError, "hyper-parameters have names, got 3"),
        ({"test_fn": "beal"}, ValueError, "did you mean 'beale'"),
    ],
)
def test_other_invalid_arguments_are_rejected_with_a_message(options, error, text):
    with pytest.raises(error) as raised:
        Trajectory.from_points(POINTS, **options)
    assert text in str(raised.value)


def test_given_values_and_gradients_are_not_computed():
    undefined = [(1.0, 1.0), (-1.0, 1.0), (-2.0, 0.0)]
    values, gradients = [5.0, 4.0, np.inf], [(1, 2), (3, 4), (5, 6)]
    path = Trajectory.from_points(undefined, (strict, DOMAIN), values=values, gradients=gradients)
    assert path.values.tolist() == values
    assert path.gradients.tolist() == [list(gradient) for gradient in gradients]
    assert (path.stopped_at, path.reason) == (2, "the value became infinite")


def test_values_or_gradients_may_be_given_alone():
    computed = Trajectory.from_points(POINTS, (wave, DOMAIN))
    path = Trajectory.from_points(POINTS, (wave, DOMAIN), values=[5, 4, 3])
    np.testing.assert_array_equal(path.gradients, computed.gradients)
    assert path.values.tolist() == [5, 4, 3]
    path = Trajectory.from_points(POINTS, (wave, DOMAIN), gradients=np.ones((3, 2)))
    np.testing.assert_array_equal(path.values, computed.values)
    assert path.gradients.all()


def test_evaluations_are_one_for_each_step_unless_they_are_given():
    assert Trajectory.from_points(POINTS, "sphere").evaluations.tolist() == [0, 1, 2]
    path = Trajectory.from_points(POINTS, "sphere", evaluations=[0.0, 7.0, 7.0])
    assert path.evaluations.tolist() == [0, 7, 7]
    assert path.evaluations.dtype == np.int64


def test_a_function_of_float32_data_is_evaluated_in_float32():
    data = torch.tensor([0.1, 0.7])

    def loss(w):
        return (torch.nn.functional.linear(w, data) - 1) ** 2

    path = Trajectory.from_points([(0.5, 0.5), (1, 1)], (loss, DOMAIN))
    assert path.values.tolist() == np.float32(path.values).tolist()
    assert path.points.tolist() == [[0.5, 0.5], [1.0, 1.0]]


@pytest.fixture(scope="module")
def bfgs():
    """Return the path of SciPy's BFGS on Beale's function."""
    fn = FUNCTIONS["beale"]
    path, spent, calls = [fn.start], [0], []

    def value_and_gradient(p):
        calls.append(p)
        p = torch.tensor(p, requires_grad=True)
        value = fn(*p)
        value.backward()
        return value.item(), p.grad.numpy()

    def callback(xk):
        path.append(xk.copy())
        spent.append(len(calls))

    found = minimize(value_and_gradient, fn.start, jac=True, method="BFGS", callback=callback)
    trajectory = Trajectory.from_points(
        path,
        fn,
        label="BFGS\n(SciPy)",
        evaluations=spent,
        hparams={"lr": np.float64(1), "c": (1e-4, 0.9)},
    )
    assert found.x.tolist() == trajectory.points[-1].tolist()
    return trajectory


def test_a_path_has_a_title_and_settings_like_a_run(bfgs):
    assert bfgs.optimizer == ExternalOptimizer("BFGS (SciPy)")
    assert bfgs.optimizer.name == "bfgs_scipy"
    assert bfgs.title == "BFGS (SciPy) on Beale, lr 1, c (0.0001, 0.9)"
    assert bfgs.settings == ["lr 1", "c (0.0001, 0.9)"]
    assert repr(bfgs) == f"<Trajectory: {bfgs.title}: solved after 15 gradient evaluations>"
    assert type(bfgs.lr) is type(bfgs.hparams["lr"]) is float
    assert bfgs.solved
    assert bfgs.evaluations_to_solve(0.5) < 15


def test_a_notebook_shows_title_and_code(bfgs):
    page = BeautifulSoup(bfgs._repr_html_(), "html.parser")
    assert page.caption.text == bfgs.title
    assert page.pre.text == bfgs.code()


def test_a_path_and_a_run_can_be_animated_together(bfgs, tmp_path):
    animation = og.animate([bfgs, run("lbfgs", "beale", steps=15)], size=120)
    assert "BFGS (SciPy) on Beale" in repr(animation)
    assert animation.alt.startswith(bfgs.summary)
    with Image.open(animation.save(tmp_path / "two.gif")) as gif:
        assert gif.n_frames > 15
    assert animation._repr_html_()


def test_a_path_and_a_run_can_be_plotted_together(bfgs):
    runs = [bfgs, run("adamw", "beale", steps=15)]
    with mpl.rc_context():
        for plot in (og.plot_path, og.plot_loss):
            words = [text.get_text() for text in plot(runs).get_legend().get_texts()]
            assert words[0] == "BFGS (SciPy), lr 1, c (0.0001, 0.9)"
        alone = og.plot_path(bfgs, label="mine")
        assert "mine" in [line.get_label() for line in alone.lines]


def test_a_path_can_be_pickled_and_gathered(bfgs):
    unpickled = pickle.loads(pickle.dumps(bfgs))
    assert_same_path(unpickled, bfgs)
    assert unpickled.title == bfgs.title
    several = og.Trajectories.gather([bfgs, unpickled])
    assert several.solved.tolist() == [True, True]
    assert several[1].title == bfgs.title


def test_a_path_may_have_one_point(tmp_path):
    path = Trajectory.from_points([(1.0, 2.0)], "sphere", label="Still")
    assert str(path.outcome) == "not solved in 0 steps, f from 5 to 5"
    assert len(og.animate(path, size=100)) == 1
    assert og.animate(path, size=100).save(tmp_path / "one.gif").stat().st_size
    with mpl.rc_context():
        og.plot_path(path)
        og.plot_loss(path)


def test_the_outcome_states_that_a_path_never_moved():
    path = Trajectory.from_points(np.ones((4, 2)), "sphere")
    assert str(path.outcome) == "never moved from its start in 3 steps, f = 2"


def test_the_callers_settings_and_generators_are_restored():
    state = torch.get_rng_state()
    with torch.no_grad():
        path = Trajectory.from_points(POINTS, (wave, DOMAIN))
        assert not torch.is_grad_enabled()
    assert path.gradients.any()
    assert torch.equal(state, torch.get_rng_state())


def test_arrays_of_jax_keep_their_precision():
    import jax  # imported here, since it starts threads
    from jax import numpy as jnp

    with jax.enable_x64(False):  # another test may have enabled it
        given = [
            (jnp.array(POINTS), "float32"),
            (jnp.array(POINTS, jnp.bfloat16), "bfloat16"),
            ([jnp.array(point) for point in POINTS], "float32"),
            ([(jnp.float32(x), y) for x, y in POINTS], "float64"),
        ]
    for points, dtype in given:
        path = Trajectory.from_points(points, "sphere")
        assert path.points.tolist() == [list(point) for point in POINTS]
        assert path.dtype == dtype
