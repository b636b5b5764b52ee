import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import nbformat
import pytest
from forking import run_code
from nbclient import NotebookClient

import optgallery as og
from optgallery.render.animation import Animation, animate
from optgallery.render.showing import file_name


@pytest.fixture(scope="module")
def trajectory() -> og.Trajectory:
    return og.run("adamw", "beale", steps=20, lr=0.1)


def test_show_passes_the_animation_to_the_viewer(
    trajectory: og.Trajectory, shown: list[Animation]
) -> None:
    animation = animate(trajectory, size=120)
    animation.show()
    assert shown == [animation]


SCRIPT = """import optgallery as og

run = og.run("adamw", "goldstein_price", steps=9, lr=0.1)
og.animate(run, size=120, frames=3).show()
"""


def run_script(tmp_path: Path, browser: str, path: str) -> subprocess.CompletedProcess[str]:
    """Run a script in an environment with only this browser and these programs."""
    (tmp_path / "temporary").mkdir()
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    environment = {
        "BROWSER": browser,
        "PATH": path,
        "TMPDIR": str(tmp_path / "temporary"),
        "HOME": str(tmp_path),
        "OMP_NUM_THREADS": "1",
    }
    done = run_code(script, folder=tmp_path, environment=environment)
    assert done.returncode == 0, done.stderr
    return done


def make_browser(folder: Path, status: int = 0) -> Path:
    """Write a program that records the address it is given."""
    program = folder / "browser"
    notes = f"open({str(folder / 'opened')!r}, 'a').write(' '.join(sys.argv[1:]) + '\\n')"
    program.write_text(f"#!{sys.executable}\nimport sys\n{notes}\nsys.exit({status})\n")
    program.chmod(0o755)
    return program


def test_a_script_opens_its_gif_in_the_browser(tmp_path: Path) -> None:
    done = run_script(tmp_path, str(make_browser(tmp_path)), "")
    (address,) = (tmp_path / "opened").read_text().split()
    path = Path(url2pathname(urlsplit(address).path))
    assert address.startswith("file:///")
    assert path.is_relative_to(tmp_path / "temporary")
    assert path.name == "adamw-on-goldstein-price-lr-0.1.gif"
    run = og.run("adamw", "goldstein_price", steps=9, lr=0.1)
    assert path.read_bytes() == animate(run, size=120, frames=3).gif()
    assert done.stdout == done.stderr == ""


@pytest.mark.parametrize("status", [None, 1])
def test_without_a_browser_a_warning_names_the_gif(tmp_path: Path, status: int | None) -> None:
    browser = "" if status is None else str(make_browser(tmp_path, status))
    done = run_script(tmp_path, browser, str(tmp_path))
    (gif,) = (tmp_path / "temporary").rglob("*.gif")
    assert gif.read_bytes().startswith(b"GIF89a")
    assert "script.py:4: UserWarning: no browser could be opened; " in done.stderr
    assert f"the animation is in {gif}, and save() puts it elsewhere" in done.stderr


def test_a_notebook_shows_the_gif_in_its_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROWSER", str(make_browser(tmp_path)))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SCRIPT)])
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": tmp_path}}).execute()
    (output,) = notebook.cells[0].outputs
    assert output.output_type == "display_data"
    run = og.run("adamw", "goldstein_price", steps=9, lr=0.1)
    animation = animate(run, size=120, frames=3)
    assert output.data["text/html"] == animation._repr_html_()
    assert output.data["text/plain"] == repr(animation)
    assert not (tmp_path / "opened").exists()


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("\u529b\u5b66", "animation"),
        ("", "animation"),
        ("x" * 300, "x" * 80),
        ("../A b/..", "a-b"),
        ("lr 1e-3\n", "lr-1e-3"),
    ],
)
def test_any_title_gives_a_valid_file_name(title: str, name: str) -> None:
    assert file_name(title) == name
