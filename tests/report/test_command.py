"""The command ``python -m optgallery report``."""

import os

import pytest

from optgallery.__main__ import main
from optgallery.report.page import GENERATOR

SMALL = ["--functions", "saddle", "--lrs", "0.1", "--steps", "10", "--against=none"]
SMALL += ["--jobs=1", "--starts=1"]


@pytest.fixture
def command(store, tmp_path, monkeypatch, capsys):
    """Run the command in an empty folder; return its exit code, and what it printed."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        code = 0
        try:
            main(["report", f"--store={store.folder}", *arguments])
        except SystemExit as ending:
            code = ending.code
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def test_a_folder_is_written(command, user_file, tmp_path):
    code, out, err = command(f"{user_file}:Descent", *SMALL)
    assert code == 0
    said = [line.removeprefix("python -m optgallery report: ") for line in err.splitlines()]
    assert [line.split()[0] for line in said] == ["running", "comparing", "measuring", "drawing"]
    assert said[0] == "running 1 paths"
    assert out.startswith("report/index.html: Descent, ")
    assert GENERATOR in (tmp_path / "report/index.html").read_text()
    assert os.listdir(tmp_path) == ["report"]


def test_several_optimizers_share_a_single_file(command, user_file, tmp_path):
    given = [f"{user_file}:Descent", "sgd", "--title=Two of a kind", "-o", "two.html"]
    code, out, _ = command(*given, *SMALL)
    assert code == 0
    assert out.startswith("two.html: Descent and SGD, ")
    html = (tmp_path / "two.html").read_text()
    assert "<h1>Two of a kind</h1>" in html
    assert "data:image/gif;base64," in html
    assert os.listdir(tmp_path) == ["two.html"]


def test_settings_are_in_the_title(command):
    code, out, _ = command("torch.optim:SGD", "--set", "momentum=0.5", *SMALL)
    assert code == 0
    assert "SGD(momentum=0.5)" in out


def test_what_could_be_run_is_shown_before_it_fails(command, user_file, tmp_path):
    given = [f"{user_file}:Descent", f"{user_file}:Refusing"]
    code, out, err = command(*given, *SMALL)
    assert code == 1
    assert out.startswith("report/index.html: Descent, ")
    last = err.splitlines()[-1]
    assert last.startswith("python -m optgallery report: Refusing cannot run: RuntimeError: not")
    assert last.endswith(", in step 1)")
    assert "Refusing cannot run" in (tmp_path / "report/index.html").read_text()


def test_functions_on_which_it_raises_are_named(command, user_file):
    code, _, err = command(f"{user_file}:Touchy", *SMALL, "--functions", "matyas,rosenbrock")
    assert code == 1
    assert "Touchy raised an exception in 1 of 2 runs, first on Rosenbrock: RuntimeError: a" in err
    assert "(users_file.py, line " in err


def test_nothing_is_written_if_nothing_runs(command, user_file, tmp_path):
    code, out, err = command(f"{user_file}:Refusing", *SMALL)
    assert (code, out) == (1, "")
    assert "Refusing cannot run: RuntimeError: not today" in err
    assert os.listdir(tmp_path) == []


def test_a_class_that_raises_late_has_a_page(command, user_file, tmp_path):
    code, out, err = command(f"{user_file}:Late", *SMALL, "--steps", "20")
    assert code == 1
    assert out.startswith("report/index.html: Late, ")
    assert "Late raised an exception in 1 of 1 runs, first on Saddle: RuntimeError: too late" in err
    assert ", in step 11)" in err
    html = (tmp_path / "report/index.html").read_text()
    assert (
        "1 run raised an exception, first on Saddle: RuntimeError: too late (users_file.py" in html
    )


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("Forgetful", "reads 'velocity' from the state before anything is stored there"),
        ("Flagged", "a setting of its parameter groups, give it as --group use_muon=..."),
    ],
)
def test_a_key_error_is_explained_with_what_the_command_offers(command, user_file, name, advice):
    code, _, err = command(f"{user_file}:{name}", *SMALL)
    assert code == 1
    assert advice in err
    assert "OptimizerSpec" not in err


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["nowhere:X"], "cannot import nowhere"),
        (["{file}:Thing"], "is no optimizer"),
        (["{file}:Tuned"], "Tuned has no default for alpha: --set alpha=..."),
        (["sgd", "sgd"], "SGD is named more than once"),
        (["sgd", "--functions", "beal"], "--functions: unknown test function 'beal'"),
        (["sgd", "--functions", "{file}:BROKEN"], "--functions: {file}:BROKEN: broken"),
        (["sgd", "--against", "adamm"], "--against: unknown optimizer 'adamm'"),
        (["sgd", "--against", "adam,adam"], "--against: adam is named more than once"),
        (["sgd", "--lrs", "fast"], "--lrs takes numbers separated by commas, got 'fast'"),
        (["sgd", "--lrs", "0.1,0.1"], "--lrs: learning rates must be distinct"),
        (["sgd", "--lrs=-1"], "--lrs: learning rates must be positive and finite, got -1.0"),
        (["sgd", "--steps", "0"], "--steps: steps must be a whole number >= 1, got 0"),
        (["sgd", "--starts", "0"], "--starts must be a whole number >= 1, got 0"),
        (["sgd", "--jobs", "0"], "--jobs must be a whole number >= 1, got 0"),
        (["sgd", "--set", "momentum"], "--set takes NAME=VALUE"),
        (["sgd", "--set", "beta=1"], "--set beta: SGD has no such hyper-parameter"),
        (["sgd", "--group", "x"], "--group takes NAME=VALUE"),
        (["sgd", "-o", "nowhere/report"], "--output: nowhere/report: there is no folder"),
    ],
)
def test_a_wrong_argument_is_named_and_nothing_written(
    command, user_file, tmp_path, given, message
):
    code, out, err = command(*(text.replace("{file}", str(user_file)) for text in given))
    assert (code, out) == (2, "")
    assert message.replace("{file}", str(user_file)) in err
    assert os.listdir(tmp_path) == []


def test_a_folder_that_is_no_report_is_kept(command, tmp_path):
    (tmp_path / "report").mkdir()
    (tmp_path / "report/notes.txt").write_text("mine")
    code, _, err = command("sgd", *SMALL)
    assert code == 2
    assert "--output: the folder report exists and contains no report" in err
    assert os.listdir(tmp_path / "report") == ["notes.txt"]


def test_a_store_that_cannot_be_written_is_named(command, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, err = command("sgd", f"--store={tmp_path}/file/store", *SMALL)
    assert code == 2
    assert f"--store: the store in {tmp_path}/file/store cannot be written" in err
    assert os.listdir(tmp_path) == ["file"]


def test_the_page_is_shown_on_request(command, monkeypatch, tmp_path):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert command("sgd", *SMALL, "--open")[0] == 0
    assert opened == [(tmp_path / "report/index.html").as_uri()]
