"""Saving and loading trajectories: every bit is kept, and nothing in a file is run."""

import json
import math
import os
import pickle
import warnings
from dataclasses import fields, replace
from functools import partial

import numpy as np
import pytest
import torch
from forking import run_code

import optgallery as og
from optgallery import FUNCTIONS, OPTIMIZERS, Trajectories, Trajectory, run
from optgallery.functions import logged, noisy, rotated, scaled, shifted
from optgallery.runs.expressions import Description
from optgallery.runs.files import LostOnLoadWarning
from optgallery.runs.run import attempt

DOMAIN = {"x0": 2.0, "y0": 1.5, "xmin": -3, "xmax": 3, "ymin": -2, "ymax": 2}
ARRAYS = ("points", "values", "gradients", "evaluations")


def egg_box(x, y):
    return torch.sin(x) ** 2 + torch.sin(y) ** 2 + 0.01 * (x**2 + y**2)


class Mine(torch.optim.SGD):
    def __init__(self, params, lr=0.01, **given):
        super().__init__(params, lr=lr)
        self.given = given


def assert_equal(one, other):
    for field in fields(Trajectory):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, np.ndarray):
            assert (a.dtype, a.tobytes()) == (b.dtype, b.tobytes())
            assert not b.flags.writeable
        else:
            assert a == b, field.name
    assert one.summary == other.summary
    assert one.code() == other.code()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "path.npz"


@pytest.mark.parametrize(
    "trajectory",
    [
        run("adamw", "beale", lr=0.1),
        run("sgd", "beale", lr=1.0),
        run("lbfgs", "rosenbrock", steps=5, lr=1, line_search_fn=None),
        run("adahessian", "flower", steps=5, seed=3, start=(-0.0, 1 / 3)),
        run("adamw", "booth", steps=5, dtype=torch.float32, coordinates="scalars"),
        run("adamw", "booth", steps=5, lr=0.1, betas=(0.9, 0.95), eps=math.inf, amsgrad=True),
        run("lookahead", "booth", steps=5, optimizer=torch.optim.SGD, lr=0.01),
        run("adamw", noisy(rotated("beale", 30), 0.1, df=3, seed=2), steps=5),
        run("adamw", noisy("booth", 0.1), steps=5),
        run("adamw", scaled(shifted("sphere", 0.1, 1 / 3), x=2, value=3), steps=5),
        run("adamw", logged(shifted("sphere", 0.1, 0.2)), steps=5),
        run("adamw", "log_beale", steps=5),
        attempt(OPTIMIZERS["lion"], FUNCTIONS["beale"], steps=3, lr=-1.0),
        Trajectory.from_points([(1, 2), (0.5, 0.1)], "sphere", label="Ünï 🎉", hparams={"k": 3}),
        Trajectory.from_points([(1, 2), (0.5, math.inf)], "sphere"),
        Trajectory.from_points([(1, 2)], "sphere", values=[math.nan]),
    ],
    ids=lambda trajectory: trajectory.title,
)
def test_a_loaded_trajectory_equals_the_saved_one(trajectory, file):
    assert trajectory.save(file) == file
    assert_equal(trajectory, Trajectory.load(file))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_entry_is_loaded_by_its_name(name, file):
    trajectory = run(name, "beale", steps=2)
    trajectory.save(file)
    assert_equal(trajectory, Trajectory.load(file))


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        10**30,
        -0.0,
        math.inf,
        "é\n🎉\ud800",
        [1, (2.5, [None, "x"])],
        (),
        {"a": 1, 2: (3,), (4,): []},
        torch.float16,
        torch.optim.Adam,
        og.optim.Lion,
    ],
    ids=repr,
)
def test_plain_hyper_parameters_are_saved(value, file):
    trajectory = run(Mine, "beale", steps=2, hparams={"given": value, "odd name": 1})
    trajectory.save(file)
    loaded = Trajectory.load(file, optimizer=Mine)
    assert loaded.hparams == trajectory.hparams
    assert repr(loaded.hparams) == repr(trajectory.hparams)
    assert_equal(trajectory, loaded)


@pytest.mark.parametrize(
    "value",
    [
        torch.tensor([0.1, math.nan], dtype=torch.float32),
        torch.tensor(0.1, dtype=torch.bfloat16),
        torch.ones(0, 3, dtype=torch.int64),
        torch.tensor([[1.0]], requires_grad=True),
        np.array([[0.1, math.inf]], np.float32),
        np.zeros((2, 0), np.int8),
        np.array(True),
    ],
    ids=repr,
)
def test_tensors_and_arrays_among_hyper_parameters_are_saved(value, file):
    run(Mine, "beale", steps=2, given=value).save(file)
    found = Trajectory.load(file, optimizer=Mine).hparams["given"]
    assert (type(found), found.dtype, found.shape) == (type(value), value.dtype, value.shape)
    assert repr(found) == repr(value)


@pytest.mark.parametrize(
    ("value", "words"),
    [(egg_box, "egg_box"), (Mine, "Mine"), (lambda k: k, "a function"), ({1}, "{1}")],
)
def test_other_hyper_parameters_are_loaded_as_descriptions_with_a_warning(value, words, file):
    trajectory = run(Mine, "beale", steps=2, given=[value])
    trajectory.save(file)
    with pytest.warns(LostOnLoadWarning, match=r"only words of the hyper-parameters given.*hpar"):
        loaded = Trajectory.load(file, optimizer=Mine)
    assert loaded.hparams == {"given": [Description(words)]}
    assert loaded.title == trajectory.title
    name = "given"
    assert loaded.code().splitlines()[:2] == [f"# define {name} first", f"# {name}: {words}"]
    assert_equal(trajectory, Trajectory.load(file, optimizer=Mine, hparams={"given": [value]}))


def test_a_custom_optimizer_is_loaded_as_a_title_unless_the_caller_supplies_it(file):
    trajectory = run(Mine, "beale", steps=5, lr=0.01)
    trajectory.save(file)
    with pytest.warns(
        LostOnLoadWarning, match="only the title of the optimizer Mine; load"
    ) as seen:
        loaded = Trajectory.load(file)
    assert seen[0].filename == __file__
    assert loaded.title == trajectory.title == "Mine on Beale, lr 0.01"
    assert og.animate(loaded, size=100).alt == trajectory.summary
    assert "from_points" in loaded.code()
    assert_equal(trajectory, Trajectory.load(file, optimizer=Mine))


def test_a_custom_function_must_be_supplied_and_its_callable_is_enough(file):
    trajectory = run("adamw", (egg_box, DOMAIN), lr=0.1)
    trajectory.save(file)
    with pytest.raises(
        ValueError, match=r"path.npz' is about the function 'egg_box', which is not"
    ):
        Trajectory.load(file)
    assert_equal(trajectory, Trajectory.load(file, test_fn=egg_box))
    assert_equal(trajectory, Trajectory.load(file, test_fn=(egg_box, DOMAIN)))
    assert_equal(trajectory, Trajectory.load(file, test_fn=trajectory.test_fn))
    assert Trajectory.load(file, test_fn="beale").test_fn is FUNCTIONS["beale"]


def test_all_fields_of_a_custom_function_except_the_formula_are_saved(file):
    fn = og.TestFunction(
        name="eggs",
        title="Eggs",
        formula=egg_box,
        domain=(-5, 5, -5, 5),
        start=(4, 3),
        minima=((0, 0),),
        minimum=0.0,
        checks=((1, 1, 2.0),),
        tags=("own",),
        scale="log",
        lower_outside=True,
    )
    trajectory = run("adamw", noisy(rotated(fn, 45), 0.1), steps=20, lr=0.1)
    trajectory.save(file)
    assert_equal(trajectory, Trajectory.load(file, test_fn=egg_box))


def test_a_function_with_custom_noise_must_be_supplied_as_a_test_function(file):
    fn = replace(FUNCTIONS["beale"], name="b", gradient_noise=lambda k: (0.1 / k, 0.0))
    run("adamw", fn, steps=3).save(file)
    with pytest.raises(ValueError, match="give it to load\\(\\) as test_fn=; as a TestFunction"):
        Trajectory.load(file, test_fn=fn.formula)
    assert Trajectory.load(file, test_fn=fn).test_fn == fn


def test_a_changed_entry_is_not_loaded_as_the_original(file):
    run("adamw", replace(FUNCTIONS["beale"], start=(1, 1)), steps=3).save(file)
    with pytest.raises(ValueError, match="the function 'beale'"):
        Trajectory.load(file)
    run(replace(OPTIMIZERS["adamw"], title="Other"), "beale", steps=3).save(file)
    with pytest.warns(LostOnLoadWarning):
        assert Trajectory.load(file).optimizer_title == "Other"


def test_numpy_can_read_the_arrays(file):
    trajectory = run("adamw", "beale", steps=5, lr=0.1)
    trajectory.save(file)
    with np.load(file) as content:
        assert content.files == ["head", *ARRAYS]
        np.testing.assert_array_equal(content["points"], trajectory.points)
        assert json.loads(content["head"].item())["title"] == trajectory.title


def test_saving_is_deterministic(tmp_path):
    first, second = (run("adamw", "beale", steps=5).save(tmp_path / f"{i}.npz") for i in range(2))
    assert first.read_bytes() == second.read_bytes()


def test_another_process_can_load_the_file(file):
    trajectory = run("lookahead", noisy("beale", 0.1), steps=9, optimizer=torch.optim.SGD, lr=0.01)
    trajectory.save(file)
    code = f"import optgallery as og; print(og.Trajectory.load({str(file)!r}).summary)"
    assert run_code(code).stdout.strip() == trajectory.summary


@pytest.fixture(scope="module")
def many():
    starts = np.random.default_rng(0).uniform(-4, 4, (20, 2))
    runs = run("sgd", "beale", start=starts, lr=0.01, steps=50)
    assert 0 < runs.diverged.sum() < 20
    return runs


@pytest.mark.parametrize("index", [slice(None), slice(3, 4), np.array([], int)])
def test_trajectories_are_saved_in_one_file(many, index, file):
    selected = many[index]
    selected.save(file)
    loaded = Trajectories.load(file)
    for name in ARRAYS:
        a, b = getattr(selected, name), getattr(loaded, name)
        assert (a.dtype, a.tobytes()) == (b.dtype, b.tobytes())
        assert not b.flags.writeable
    assert loaded.summary == selected.summary
    assert len(loaded) == len(selected)
    for one, other in zip(selected, loaded, strict=True):
        assert_equal(one, other)


def test_one_trajectory_and_several_are_not_confused(many, file):
    many.save(file)
    with pytest.raises(ValueError, match=r"does not hold one trajectory, .*Trajectories.load\(\)"):
        Trajectory.load(file)
    many[0].save(file)
    with pytest.raises(ValueError, match=r"but one trajectory: Trajectory.load\(\) reads it"):
        Trajectories.load(file)


@pytest.mark.parametrize("name", ["path.gif", "path", "path.npz.txt"])
def test_a_path_must_end_in_npz(name, tmp_path):
    with pytest.raises(ValueError, match=r"the path must end in .npz, got"):
        run("adamw", "beale", steps=1).save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_an_error_names_a_file_that_cannot_be_written_and_leaves_none(tmp_path):
    trajectory = run("adamw", "beale", steps=1)
    with pytest.raises(FileNotFoundError, match=r"cannot write .*nowhere.*: No such file"):
        trajectory.save(tmp_path / "nowhere" / "path.npz")
    (tmp_path / "taken.npz").mkdir()
    with pytest.raises(OSError, match="cannot write"):
        trajectory.save(tmp_path / "taken.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["taken.npz"]


def test_a_missing_file_raises_file_not_found_error(file):
    with pytest.raises(FileNotFoundError, match=r"path.npz"):
        Trajectory.load(file)


def resaved(file, change=None, **changes):
    """Rewrite a file with other metadata or arrays."""
    with np.load(file) as content:
        parts = {name: content[name] for name in content.files}
    head = json.loads(parts.pop("head").item())
    if change is not None:
        change(head)
    parts = {"head": np.array(json.dumps(head)), **parts, **changes}
    with file.open("wb") as opened:
        np.savez(opened, **{k: v for k, v in parts.items() if v is not None})


@pytest.fixture
def saved(file):
    run("sgd", noisy("beale", 0.1), steps=9, lr=0.01, momentum=0.5).save(file)
    return file


@pytest.mark.parametrize("size", [0, 1, 100, 0.5, 0.9, -1])
def test_a_truncated_file_is_rejected(saved, size):
    content = saved.read_bytes()
    saved.write_bytes(content[: int(size * len(content)) if isinstance(size, float) else size])
    with pytest.raises(ValueError, match=r"path.npz' is not an .npz file, or only a part of one"):
        Trajectory.load(saved)


def test_a_changed_byte_is_detected(saved):
    content = bytearray(saved.read_bytes())
    at = content.index(b"points.npy") + 300
    content[at] ^= 1
    saved.write_bytes(content)
    with pytest.raises(ValueError, match=r"path.npz' is damaged: BadZipFile"):
        Trajectory.load(saved)


@pytest.mark.parametrize("head", [None, np.array(json.dumps({"format": "other", "version": 1}))])
def test_another_npz_file_is_rejected(saved, head):
    resaved(saved, head=head)
    with pytest.raises(ValueError, match="holds no trajectory that optgallery has saved"):
        Trajectory.load(saved)


def test_a_file_of_a_newer_version_is_rejected(saved):
    resaved(saved, lambda head: head.update(version=2))
    with pytest.raises(
        ValueError, match=r"newer optgallery, in version 2 .* reads version 1: upda"
    ):
        Trajectory.load(saved)


def test_additional_parts_of_a_later_version_are_ignored(saved):
    before = Trajectory.load(saved)
    resaved(saved, lambda head: head.update(added=[1]), more=np.zeros(10))
    assert_equal(before, Trajectory.load(saved))


@pytest.mark.parametrize(
    "changes",
    [
        {"points": np.zeros((10, 3))},
        {"points": np.full((10, 2), np.nan)},
        {"points": np.zeros((0, 2)), "values": np.zeros(0)},
        {"values": np.zeros(9)},
        {"values": np.array(["x"] * 10)},
        {"gradients": None},
        {"points": np.array([[object()] * 2] * 10)},
    ],
    ids=", ".join,
)
@pytest.mark.filterwarnings("ignore:.*allow_pickle")
def test_arrays_of_wrong_shapes_or_types_are_rejected(saved, changes):
    resaved(saved, **changes)
    with pytest.raises(ValueError, match=r"path.npz' is damaged: "):
        Trajectory.load(saved)


INVALID = (
    None,
    -1,
    "x",
    [],
    {},
    {"tuple": 1},
    {"dtype": "load"},
    [[[]]],
    {"words": "a\nboom()"},
    1e999,
)


@pytest.mark.parametrize(
    "key",
    [
        *("optimizer", "test_fn", "hparams", "lr", "steps", "seed", "dtype", "coordinates"),
        *("status", "stopped_at", "reason", "rounded", "kind", "version"),
    ],
)
@pytest.mark.parametrize("invalid", INVALID, ids=repr)
def test_invalid_metadata_is_rejected_or_harmless(saved, key, invalid):
    resaved(saved, lambda head: head.update({key: invalid}))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LostOnLoadWarning)
        try:
            trajectory = Trajectory.load(saved)
        except ValueError as error:
            text = str(error)
        else:
            compile(trajectory.code(), "code", "exec")
            text = f"{saved!s} is {trajectory.summary}"
    assert os.fspath(saved) in text


class RunsCode:
    def __reduce__(self):
        return exec, ("raise SystemExit('the file was run')",)


def test_a_pickle_in_a_file_is_not_loaded(saved):
    resaved(saved, values=None)
    with saved.open("rb") as opened, np.load(opened) as content:
        parts = {name: content[name] for name in content.files}
    with saved.open("wb") as opened:
        np.savez(opened, **parts, values=np.array([RunsCode()], object))
    with pytest.raises(ValueError, match="is damaged: ValueError: Object arrays cannot be loaded"):
        Trajectory.load(saved)
    saved.write_bytes(pickle.dumps(RunsCode()))
    with pytest.raises(ValueError, match=r"is not an .npz file"):
        Trajectory.load(saved)


def test_a_description_from_a_file_stays_inside_its_comment_in_the_code(saved):
    words = "harmless\nraise SystemExit('the words were run')"

    def change(head):
        head["hparams"]["dict"].append(["bad\nname", {"words": words}])
        head["optimizer"]["title"] = words

    resaved(saved, change)
    with pytest.warns(LostOnLoadWarning, match="only words of"):
        code = Trajectory.load(saved).code()
    compiled = compile(code, "code", "exec")
    assert "SystemExit" not in compiled.co_names


def test_names_in_a_file_are_not_imported(saved):
    resaved(saved, lambda head: head.update(optimizer={"entry": "os.system", "title": "os.system"}))
    with pytest.warns(LostOnLoadWarning, match=r"only the title of the optimizer os.system"):
        assert Trajectory.load(saved).optimizer_title == "os.system"
    resaved(saved, lambda head: head["test_fn"].update(wrapper="as_test_function"))
    with pytest.raises(ValueError, match="is damaged"):
        Trajectory.load(saved)


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"optimizer": 3}, TypeError, "optimizer must be a name"),
        ({"optimizer": "sdg"}, ValueError, "did you mean"),
        ({"test_fn": 3}, TypeError, "test_fn must be a name"),
        ({"hparams": 3}, TypeError, "hparams must be a mapping"),
        ({"test_fn": egg_box}, ValueError, "the file names its function"),
    ],
)
def test_arguments_of_load_are_checked(tmp_path, options, error, text):
    path = run("sgd", "beale", steps=1).save(tmp_path / "path.npz")
    with pytest.raises(error, match=text):
        Trajectory.load(path, **options)


@pytest.mark.parametrize("start", [None, [(1.0, 1.0), (2.0, 0.5)]])
def test_learning_rates_clipping_and_titles_of_scheduled_runs_are_saved(tmp_path, start):
    schedule = partial(torch.optim.lr_scheduler.CosineAnnealingLR, T_max=20)
    scheduled = og.run(
        "adamw", "beale", lr=0.1, steps=20, start=start, schedule=schedule, grad_clip=("value", 2)
    )
    path = scheduled.save(tmp_path / "scheduled.npz")
    with pytest.warns(LostOnLoadWarning, match="holds only words of schedule$"):
        loaded = type(scheduled).load(path)
    assert loaded.lrs.tobytes() == scheduled.lrs.tobytes()
    assert loaded.title == scheduled.title
    assert "CosineAnnealingLR(T_max=20), clip value 2" in loaded.title
