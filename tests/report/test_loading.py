"""Optimizers and functions that a command line names."""

import re
import sys

import pytest
import torch

from optgallery import FUNCTIONS, OPTIMIZERS
from optgallery.report.loading import (
    LoadingError,
    load_functions,
    load_optimizers,
    read_settings,
    required_settings,
)


def test_a_file_contains_all_its_optimizers_in_order(user_file):
    specs = load_optimizers([str(user_file)])
    assert [s.title for s in specs] == [
        "HandAdam",
        "Descent",
        "Tuned",
        "Refusing",
        "Touchy",
        "Hovering",
        "Late",
        "Forgetful",
        "Flagged",
    ]


def test_one_class_of_a_file_is_named_after_a_colon(user_file):
    (spec,) = load_optimizers([f"{user_file}:HandAdam"])
    assert spec.cls.__module__ == "users_file"
    assert spec.summary == "Adam, written by hand."


def test_a_class_of_the_gallery_is_its_entry():
    assert load_optimizers(["torch.optim:Adam", "lion"]) == (
        OPTIMIZERS["adam"],
        OPTIMIZERS["lion"],
    )


def test_a_class_named_like_an_entry_is_titled_with_its_package():
    (spec,) = load_optimizers(["lion_pytorch:Lion"])
    assert (spec.name, spec.title) == ("lion_of_lion_pytorch", "Lion of lion_pytorch")


def test_two_classes_of_one_name_are_told_apart():
    specs = load_optimizers(["adabelief_pytorch:AdaBelief", "torch_optimizer:AdaBelief"])
    assert len({spec.name for spec in specs}) == 2
    assert len({spec.title for spec in specs}) == 2


def test_settings_go_to_the_optimizers_that_take_them(user_file):
    named = [f"{user_file}:HandAdam", f"{user_file}:Descent"]
    adam, descent = load_optimizers(named, {"betas": (0.5, 0.9)})
    assert (adam.defaults, descent.defaults) == ({"betas": (0.5, 0.9)}, {})
    assert adam.title == "HandAdam(betas=(0.5, 0.9))"


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("no_such_module:X", "cannot import no_such_module: .*; install it, or run"),
        ("{file}:Hand", "users_file has no Hand; did you mean HandAdam?"),
        ("{file}:Zzz", "users_file has no Zzz; its optimizers are HandAdam, Descent, "),
        ("{file}:Thing", "users_file.Thing is no optimizer: it has no method step()"),
        ("{file}:box", "optimizer must be a name, .*got {'x0'"),
        ("nowhere.py", "there is no file nowhere.py"),
        ("torch.optim.Adam", "got 'torch.optim.Adam'; did you mean torch.optim:Adam?"),
        ("adamw2", "got 'adamw2'; did you mean adamw?"),
        (":Adam", "give the module and the name as my_pkg:NAME"),
    ],
)
def test_what_is_no_optimizer_is_rejected(user_file, named, message):
    with pytest.raises(LoadingError, match=re.escape(message).replace(r"\.\*", ".*")):
        load_optimizers([named.replace("{file}", str(user_file))])


def test_a_file_that_raises_is_rejected(tmp_path):
    (tmp_path / "raising_file.py").write_text("raise OSError('no disk')\n")
    with pytest.raises(LoadingError, match="cannot import raising_file: OSError: no disk"):
        load_optimizers([str(tmp_path / "raising_file.py")])


def test_a_file_without_optimizers_is_rejected(tmp_path):
    (tmp_path / "empty_file.py").write_text("import torch\nfrom torch.optim import Adam\n")
    with pytest.raises(LoadingError, match="defines no subclass"):
        load_optimizers([str(tmp_path / "empty_file.py")])


def test_a_file_named_like_a_module_is_rejected(tmp_path):
    (tmp_path / "torch.py").write_text("")
    with pytest.raises(LoadingError, match=r"torch is another module \(.*rename the file"):
        load_optimizers([str(tmp_path / "torch.py")])
    assert str(tmp_path) not in sys.path  # new processes would import this file for torch


def test_a_file_whose_name_is_no_identifier_is_rejected(tmp_path):
    (tmp_path / "2-opt.py").write_text("")
    with pytest.raises(LoadingError, match=r"rename it, as my_2_opt\.py"):
        load_optimizers([str(tmp_path / "2-opt.py")])


def test_an_optimizer_named_twice_is_rejected():
    with pytest.raises(LoadingError, match="Adam is named more than once"):
        load_optimizers(["adam", "torch.optim:Adam"])


def test_a_setting_that_no_optimizer_takes_is_rejected():
    with pytest.raises(LoadingError, match="--set beta: SGD has no such hyper-parameter; there"):
        load_optimizers(["sgd"], {"beta": 0.9})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["betas"], "--set takes NAME=VALUE, such as betas=(0.9,0.99), got 'betas'"),
        (["a=1", "a=2"], "--set a is given more than once"),
        (["lr=1"], "give the learning rates with --lrs"),
    ],
)
def test_settings_of_another_form_are_rejected(given, message):
    with pytest.raises(LoadingError, match=re.escape(message)):
        read_settings(given)


def test_settings_without_a_default_are_found(user_file):
    (spec,) = load_optimizers([f"{user_file}:Tuned"])
    assert required_settings(spec.cls) == ["alpha"]
    assert required_settings(torch.optim.Adam) == []


def test_functions_are_entries_or_pairs(user_file):
    entry, pair = load_functions(["beale", f"{user_file}:BOWL"])
    assert entry is FUNCTIONS["beale"]
    assert (pair.name, pair.start, pair(1, 2)) == ("bowl", (1.0, 1.0), 5.0)


@pytest.mark.parametrize(
    ("named", "message"),
    [
        (["beal"], "unknown test function 'beal'; did you mean 'beale'"),
        (["{file}:BROKEN"], "BROKEN: "),
        (["{file}:bowl"], "test_fn must be a name, a TestFunction or a pair"),
        (["beale", "beale"], "the function beale is named more than once"),
    ],
)
def test_what_is_no_function_is_rejected(user_file, named, message):
    with pytest.raises(LoadingError, match=re.escape(message)):
        load_functions([name.replace("{file}", str(user_file)) for name in named])
