"""What an incremental build repeats, and what it leaves unchanged."""

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from builds import Build, copy_package
from projects import FUNCTION, INDEX, SWEEPS, Project

import optgallery as og

LOSSES = '''"""
Losses
======

A figure of two runs.
"""

import matplotlib.pyplot as plt

import optgallery as og

run = og.run("sgd", "beale", lr=0.01, steps=9)
og.plot_loss([run], ax=plt.figure(figsize=(3, 2), dpi=50).add_subplot())
plt.title("Losses")
plt.show()
'''

EVERYTHING = '''"""
Everything
==========

Each optimizer, for a few steps.
"""

import optgallery as og

# %%
# One rate.

sweep = og.sweep(functions="sphere", lrs=[0.1], steps=3)
'''

FASTEST = '''"""
Fastest
=======

A sweep that the script reads.
"""

import optgallery as og

sweep = og.sweep(["sgd", "yogi"], "sphere", [0.1, 0.3])

# %%
# Yogi's best rate is

print(sweep.best("yogi", "sphere").lr)
'''

YOGI = '''r"""
Yogi
====

.. optimizer-card:: yogi

The update
----------

.. optimizer-update:: yogi
"""

import optgallery as og

og.animate(og.run("yogi", "sphere", lr=0.1, steps=5), size=100, frames=3).show()

# %%
# Its rates.

sweep = og.sweep("yogi", ["sphere", "beale"], [0.1, 0.3])
print(sweep)
'''

FUNCTION_PAGE = '''"""
{title}
{line}

.. function-card:: {name}
"""

import matplotlib.pyplot as plt

import optgallery as og

og.plot_surface("{name}", ax=plt.figure(figsize=(2, 2), dpi=50).add_subplot())
plt.show()

# %%
# Two optimizers.

sweep = og.sweep(["sgd", "yogi"], "{name}", [0.1, 0.3])
print(sweep)
'''

CARD = ":orphan:\n\nSGD\n===\n\n.. optimizer-card:: sgd\n"

UPDATE = ":orphan:\n\nYogi's update\n=============\n\n.. optimizer-update:: yogi\n"

FILES = {
    "gallery/stories/plot_1_losses.py": LOSSES,
    "gallery/stories/plot_2_everything.py": EVERYTHING,
    "gallery/optimizers/plot_opt_yogi.py": YOGI,
    "gallery/functions/plot_fn_sphere.py": FUNCTION_PAGE.format(
        title="Sphere", line="======", name="sphere"
    ),
    "gallery/functions/plot_fn_beale.py": FUNCTION_PAGE.format(
        title="Beale", line="=====", name="beale"
    ),
    "docs/index.rst": INDEX,
    "docs/card.rst": CARD,
    "docs/update.rst": UPDATE,
}
SCRIPTS = {Path(name).stem for name in FILES if name.startswith("gallery/")}
WITH_YOGI = {"plot_2_everything", "plot_opt_yogi", "plot_fn_sphere", "plot_fn_beale"}
RUNS, PICTURES, SURFACES, FIGURES = "runs", "pictures", "surfaces", "figures"
DRAWINGS = "drawings"  # figures in the form of a page


class Site(Project):
    """A project with its own copy of the package and its own store."""

    package: Path
    store: Path
    before: dict[str, int]

    def start(self) -> None:
        self.package = copy_package(self.root)
        self.store = self.root / "store"
        self.snapshot = self.root.with_name("snapshot")

    def make(self, *arguments: str, store: Path | None = None, forked: bool = True) -> int:
        """Build in a separate process, and return its exit status."""
        self.before = self.everything()
        folder = str(store or self.store)
        build = Build(
            self.root,
            *arguments,
            forked=forked,
            OPTGALLERY_STORE=folder,
        )
        status = build.wait()
        self.status = build.output
        return status

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, (name, old)
        self.write(name, text.replace(old, new))

    def edit_module(self, name: str, old: str, new: str) -> None:
        self.edit(f"package/optgallery/{name}", old, new)

    def append_to_module(self, name: str, text: str = "# another line\n") -> None:
        module = self.package / "optgallery" / name
        module.write_text(module.read_text(encoding="utf-8") + text, encoding="utf-8")

    def everything(self) -> dict[str, int]:
        return {str(path): time for path, time in self.times("**/*").items() if path_is_file(path)}

    def written(self, folder: str, pattern: str = "*") -> set[str]:
        """Return the files that the last build wrote."""
        return {
            str(path.relative_to(self.root / folder))
            for path in (self.root / folder).rglob(pattern)
            if path.is_file() and path.stat().st_mtime_ns != self.before.get(str(path))
        }

    def ran(self) -> set[str]:
        """Return the scripts that the last build ran."""
        return {name.rpartition("/")[2].split(".")[0] for name in self.written("docs", "*.py.md5")}

    def rebuilt(self) -> set[str]:
        """Return the scripts whose matrices the last build rebuilt without running them."""
        records = self.written("docs", "*.record.json")
        return {name.rpartition("/")[2].split(".")[0] for name in records} - self.ran()

    def pages(self) -> set[str]:
        """Return the pages that the last build wrote, except those that it always writes."""
        return {Path(name).stem for name in self.written("site/html", "*.html")} - {
            "genindex",
            "search",
        }

    def stored_kinds(self) -> Counter[str]:
        """Count the results that the last build put into the store, by kind."""
        kinds: Counter[str] = Counter()
        for name in self.written("store"):
            if name == "CACHEDIR.TAG":
                continue
            content = (self.store / name).read_bytes()[32:]
            heads = {
                b'{"rows": [[': DRAWINGS,
                b'{"rows"': RUNS,
                b"\x89PNG": FIGURES,
                b"RIFF": SURFACES,
            }
            found = [kind for head, kind in heads.items() if content.startswith(head)]
            kinds[found[0] if found else PICTURES] += 1
            assert found or content[8:11] == b"GIF"
        return kinds

    def site(self) -> dict[str, bytes]:
        """Return the contents of the site's pictures, data, pages and scripts."""
        return {
            str(path.relative_to(self.html)): path.read_bytes()
            for path in sorted(self.html.rglob("*"))
            if path.suffix in {".gif", ".png", ".webp", ".json", ".html", ".js"}
            and not path.name.startswith(".")
        }

    def picture(self, page: str, number: int) -> Path:
        """Return the store's file of a cell's picture."""
        folder = self.docs / Path(page).parent / "images"
        matrix = json.loads((folder / f"{Path(page).name}_matrix_1.json").read_text())
        return self.stored(matrix["cells"][number]["picture"])

    def stored(self, key: str) -> Path:
        """Return the store's file of a key."""
        (file,) = self.store.glob(f"*/{key[:2]}/{key[2:]}")
        return file


def path_is_file(path: str) -> bool:
    return Path(path).is_file()


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Build a site once, and copy it; `built` restores the copy for every test."""
    site = Site(tmp_path_factory.mktemp("freshness") / "project", FILES)
    site.start()
    assert site.make("-W") == 0, site.status
    assert site.ran() == SCRIPTS
    shutil.copytree(site.root, site.snapshot)
    return site


@pytest.fixture
def built(first: Site) -> Iterator[Site]:
    shutil.rmtree(first.root)
    shutil.copytree(first.snapshot, first.root)
    return first


@pytest.fixture
def alone(tmp_path: Path) -> Callable[..., Site]:
    """Return a function that creates a site of other scripts."""

    def make(files: dict[str, str]) -> Site:
        site = Site(tmp_path / "project", files)
        site.start()
        return site

    return make


def test_a_build_without_changes_runs_reads_and_writes_nothing(built: Site) -> None:
    assert built.make("-W") == 0
    assert "0 of 5 scripts are to be run" in built.status
    assert "updating environment: 0 added, 0 changed, 0 removed" in built.status
    assert "0 cells published, 0 deleted" in built.status
    assert built.ran() == built.pages() == built.written("store") == set()
    assert built.written("site/html/cells") == {".published.json"}
    assert built.written("site/html/_images") == set()


def test_the_manifest_of_cells_is_sorted(built: Site) -> None:
    manifest = built.root / "site/html/cells/.published.json"
    listed = list(json.loads(manifest.read_bytes()))
    assert listed == sorted(listed)


def test_a_changed_optimizer_repeats_only_its_own_runs(built: Site) -> None:
    before = built.site()
    built.edit_module("optim/yogi.py", "x.sub_(eta * m_hat", "x.sub_(1.25 * eta * m_hat")
    assert built.make("-W") == 0
    expected = "1 of 5 scripts are to be run, the matrices of 3 others are rebuilt"
    assert expected in built.status
    assert built.ran() == {"plot_opt_yogi"}
    assert built.rebuilt() == WITH_YOGI - built.ran()
    # two functions at two rates, and one in the sweep of everything; no figure
    assert built.stored_kinds() == {RUNS: 5, PICTURES: 5 + 2}
    assert built.pages() == WITH_YOGI | {"index", "update"} - {"card"}
    read = re.findall(r"reading sources\.\.\. \[ *\d+%\] (\S+)", built.status)
    assert set(read) == {"index", "optimizers/index", "optimizers/plot_opt_yogi", "update"}
    changed = {name for name, content in built.site().items() if before.get(name) != content}
    cells = {name for name in changed if name.startswith("cells/")}
    assert {name for name in cells if "yogi" not in name} == set()
    assert {"cells/yogi/beale/0.1.gif", "cells/yogi/sphere/0.3.gif"} <= cells
    assert {name for name in changed if name.endswith(".html")} == {
        "optimizers/plot_opt_yogi.html",
        "functions/plot_fn_sphere.html",
        "functions/plot_fn_beale.html",
        "stories/plot_2_everything.html",
    }


def test_a_changed_docstring_updates_the_pages_that_print_it(built: Site) -> None:
    before = built.site()
    built.edit_module("optim/yogi.py", "only by a fraction of", "only by a share of")
    assert built.make("-W") == 0
    assert "1 of 5 scripts are to be run, the matrices of 3 others are rebuilt" in built.status
    assert built.ran() == {"plot_opt_yogi"}
    read = re.findall(r"reading sources\.\.\. \[ *\d+%\] (\S+)", built.status)
    assert {"optimizers/plot_opt_yogi", "update"} <= set(read)
    assert not {"card", "functions/plot_fn_sphere", "stories/plot_1_losses"} & set(read)
    for page in ("optimizers/plot_opt_yogi", "update"):
        assert "only by a share of" in built.text(page)
    folder = built.docs / "optimizers" / "downloads"
    for kind in ("py", "ipynb"):
        offered = (folder / f"plot_opt_yogi.{kind}").read_text(encoding="utf-8")
        assert "only by a share of" in " ".join(offered.replace("\\n", "").split())
        assert "optimizer-update" not in offered
    changed = {name for name, content in built.site().items() if before.get(name) != content}
    assert not {name for name in changed if name.startswith(("cells/", "_images/"))}


def test_rebuilt_matrices_are_those_that_the_scripts_make(built: Site) -> None:
    def sources() -> dict[str, bytes]:
        return {
            str(path.relative_to(built.docs)): path.read_bytes()
            for pattern in ("*.rst", "*.record.json", "*_matrix_*.json")
            for path in built.docs.rglob(pattern)
        }

    built.edit_module("optim/yogi.py", "x.sub_(eta * m_hat", "x.sub_(1.25 * eta * m_hat")
    built.edit_module("functions/valleys.py", "(2.625 - x + x * y**3)", "(2.5 - x + x * y**3)")
    built.edit_module("optim/torch_optim.py", 'title="SGD",', 'title="Steepest descent",')
    assert built.make("-W") == 0
    assert len(built.rebuilt()) >= 2
    site, expected = built.site(), sources()
    for path in built.docs.rglob("*.record.json"):
        path.unlink()
    assert built.make("-W") == 0
    assert built.ran() == SCRIPTS
    assert sources() == expected
    assert built.site() == site


def test_a_script_that_reads_its_sweep_is_run_again(alone: Callable[..., Site]) -> None:
    site = alone({"gallery/stories/plot_4_fastest.py": FASTEST})
    assert site.make("-W") == 0
    site.append_to_module("optim/yogi.py")
    assert site.make("-W") == 0
    assert site.ran() == {"plot_4_fastest"}


def test_progress_bars_are_not_in_a_scripts_output(
    alone: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPTGALLERY_PROGRESS", "1")
    site = alone({"gallery/stories/plot_4_fastest.py": FASTEST})
    assert site.make("-W") == 0
    (printed,) = site.page("stories/plot_4_fastest").find_all(class_="sphx-glr-script-out")
    assert re.fullmatch(r"0\.[13]", printed.get_text().strip())


def test_a_script_is_run_if_its_matrix_cannot_be_rebuilt(built: Site) -> None:
    (built.docs / "functions" / "images" / "plot_fn_beale_matrix_1.json").write_text("lost")
    built.append_to_module("optim/yogi.py")
    assert built.make("-W") == 0
    expected = "plot_fn_beale.py is run after all: plot_fn_beale_matrix_1.json cannot be read"
    assert expected in built.status
    assert "plot_fn_beale" in built.ran()
    assert built.rebuilt() == {"plot_fn_sphere", "plot_2_everything"}


def test_a_change_without_effect_on_runs_draws_nothing(built: Site) -> None:
    before = built.site()
    built.append_to_module("optim/yogi.py")
    assert built.make("-W") == 0
    assert built.ran() | built.rebuilt() == WITH_YOGI
    assert built.stored_kinds() == {RUNS: 5}
    assert "updating environment: 0 added" in built.status
    assert built.site() == before


def test_a_changed_function_repeats_only_its_own_runs_and_figures(built: Site) -> None:
    before = built.site()
    built.edit_module("functions/valleys.py", "(2.625 - x + x * y**3)", "(2.5 - x + x * y**3)")
    assert built.make("-W") == 0
    assert built.ran() == {"plot_1_losses", "plot_fn_beale"}
    assert built.rebuilt() == {"plot_opt_yogi"}
    # sgd and yogi at two rates; the figures of the surface and of the losses
    assert built.stored_kinds() == {RUNS: 4, PICTURES: 4, SURFACES: 1, FIGURES: 2, DRAWINGS: 2}
    changed = {name for name, content in built.site().items() if before.get(name) != content}
    assert not any("sphere" in name for name in changed)
    assert "_images/sphx_glr_plot_fn_beale_001.png" in changed
    assert "_images/sphx_glr_plot_1_losses_001.png" in changed


def test_changed_drawing_code_redraws_everything_but_runs_no_optimizer(built: Site) -> None:
    before = built.site()
    built.append_to_module("render/gif.py")
    assert built.make("-W") == 0
    assert built.ran() == SCRIPTS
    stored_kinds = built.stored_kinds()
    assert stored_kinds[RUNS] == 0
    assert stored_kinds[FIGURES] == stored_kinds[DRAWINGS] == 3
    assert stored_kinds[PICTURES] == 8 + len(og.OPTIMIZERS) + 2
    assert built.site() == before


def test_changed_code_of_the_extension_rereads_all_pages_but_runs_nothing(built: Site) -> None:
    before = built.site()
    built.edit_module("sphinxext/pages/cards.py", ":Family: ", ":Kind: ")
    assert built.make("-W") == 0
    assert built.ran() == built.written("store") == set()
    assert "[config changed ('optgallery_code')]" in built.status
    assert "Kind" in built.text("card")
    changed = {name for name, content in built.site().items() if before.get(name) != content}
    assert {name for name in changed if name.endswith(".html")} == {
        "card.html",
        "optimizers/plot_opt_yogi.html",
    }


def test_an_added_entry_is_included_in_sweeps_of_all_entries(built: Site) -> None:
    built.append_to_module(
        "optim/torch_optim.py",
        'OPTIMIZERS.add(OptimizerSpec(name="newcomer", title="Newcomer", cls=optim.SGD, '
        'family="momentum", summary="As SGD."))\n',
    )
    assert built.make("-W") == 0
    assert built.ran() == set()
    assert built.rebuilt() == {"plot_2_everything"}
    assert built.stored_kinds() == {PICTURES: 1}  # its run is SGD's
    assert built.pages() == {"plot_2_everything", "index"}
    assert (built.html / "cells" / "newcomer" / "sphere").is_dir()


def test_an_added_page_is_linked_from_the_matrices(built: Site) -> None:
    def row() -> str:
        table = built.page("functions/plot_fn_beale").find("table", attrs={"aria-label": True})
        return str(table.find_all("th", scope="row")[0])

    assert "<a" not in row()
    page = YOGI.replace("\n.. optimizer-update:: yogi", "")  # PyTorch's classes have none
    page = page.replace("yogi", "sgd").replace("Yogi\n====", "SGD\n===")
    built.write("gallery/optimizers/plot_opt_sgd.py", page)
    assert built.make("-W") == 0
    assert built.ran() == {"plot_opt_sgd"}
    assert 'href="../optimizers/plot_opt_sgd.html"' in row()


def test_a_changed_text_of_an_entry_updates_its_cards(built: Site) -> None:
    built.edit_module("optim/torch_optim.py", '"A stochastic approximation method"', '"Words"')
    assert built.make("-W") == 0
    assert "Words" in built.text("card")
    assert "card" in built.pages()
    assert "plot_opt_yogi" not in built.pages() | built.ran()
    assert built.stored_kinds() == {
        FIGURES: 1,
        DRAWINGS: 1,
    }  # a legend might show the entry's words


def test_cells_removed_from_a_script_are_deleted_from_the_site(built: Site) -> None:
    removed = {"cells/yogi/sphere/0.3.gif"}
    assert removed <= built.site().keys()
    built.edit("gallery/optimizers/plot_opt_yogi.py", '["sphere", "beale"], [0.1, 0.3]', '"beale"')
    assert built.make("-W") == 0
    assert built.ran() == {"plot_opt_yogi"}
    assert removed <= built.site().keys()  # the function's page still shows it
    built.edit("gallery/functions/plot_fn_sphere.py", '["sgd", "yogi"]', '"sgd"')
    assert built.make("-W") == 0
    assert not removed & built.site().keys()
    assert not (built.html / "cells" / "yogi" / "sphere" / "0.1.gif").exists()
    assert (built.html / "cells" / "sgd" / "sphere" / "0.3.gif").exists()


def test_missing_cells_are_restored_and_unknown_files_are_deleted(built: Site) -> None:
    before = built.site()
    (built.html / "cells" / "yogi" / "beale" / "0.1.gif").unlink()
    built.write("site/html/cells/yogi/beale/.0.1.gif.0123abcd", "half")
    built.write("site/html/cells/thumbnails/plot_0_gone_poster.png", "old")
    assert built.make("-W") == 0
    assert "1 cells published" in built.status
    assert built.site() == before
    assert not list(built.html.rglob(".0.1.gif*"))


def test_a_deleted_store_is_filled_again_and_the_site_is_unchanged(built: Site) -> None:
    before = built.site()
    shutil.rmtree(built.store)
    assert built.make("-W") == 0
    # the pictures of all matrices were deleted
    assert f"0 of 5 scripts are to be run, the matrices of {len(WITH_YOGI)} " in built.status
    assert built.stored_kinds()[RUNS] == 8 + len(og.OPTIMIZERS)
    assert built.site() == before


def test_a_damaged_picture_is_reported_and_redrawn(built: Site) -> None:
    before = built.site()
    picture = built.picture("functions/plot_fn_beale", 0)
    whole = picture.read_bytes()
    picture.write_bytes(whole[:-1] + b"?")
    shutil.rmtree(built.html)
    assert built.make() == 0
    assert f"{picture} is damaged: its content is computed again" in built.status
    assert picture.read_bytes() == whole
    assert built.site() == before


def test_a_lost_picture_of_a_scripts_own_function_is_redrawn_by_the_next_build(
    alone: Callable[..., Site],
) -> None:
    own = alone({"gallery/stories/plot_3_sweeps.py": SWEEPS})
    assert own.make("-W") == 0
    before = own.site()
    folder = own.docs / "stories" / "images"
    matrix = json.loads((folder / "plot_3_sweeps_matrix_5.json").read_text())
    key = matrix["cells"][0]["picture"]
    own.stored(key).write_bytes(b"damaged")
    shutil.rmtree(own.html)
    assert own.make("-W") == 1
    assert "the picture of SGD on lambda, lr 0.1" in own.status
    assert "was lost from the store: build again" in own.status
    assert own.make("-W") == 0
    assert own.site() == before


def test_a_store_that_cannot_be_written_ends_the_build_at_the_beginning(built: Site) -> None:
    nowhere = built.write("file", "")
    assert built.make("-W", store=nowhere / "store") == 2
    assert f"the store in {nowhere / 'store'} cannot be written: Not a directory" in built.status
    assert "set OPTGALLERY_STORE to a folder that can be written to" in built.status
    assert built.ran() == set()


BROKEN = """
import torch
from optgallery import OPTIMIZERS, OptimizerSpec


class Broken(torch.optim.SGD):
    def step(self, closure=None):
        raise RuntimeError("nothing works")


OPTIMIZERS.add(
    OptimizerSpec(
        name="broken", title="Broken", cls=Broken, family="momentum", summary="Never works."
    )
)
"""


def test_a_raising_optimizer_fails_a_strict_build_at_its_end(
    alone: Callable[..., Site],
) -> None:
    imports = "import broken\nimport optgallery as og"
    script = FUNCTION.replace("adam", "broken").replace("import optgallery as og", imports)
    site = alone({"gallery/functions/plot_fn_sphere.py": script})
    site.write("package/broken.py", BROKEN)
    assert site.make() == 0
    cell = site.page("functions/plot_fn_sphere").find(id="broken-sphere-lr-0.1")
    assert "og-failed" in cell["class"]
    summary = "Broken on Sphere, lr 0.1: failed at step 1: RuntimeError: nothing works"
    assert cell.find("a")["aria-label"] == summary
    assert site.cell("broken/sphere/0.1")["summary"] == summary
    assert site.page("functions/plot_fn_sphere").find(id="sgd-sphere-lr-0.1") is not None
    warning = f"WARNING: 1 cell failed:\n{summary}"
    assert warning in site.status

    for _ in range(2):  # also without changes in between
        assert site.make("-W") == 1
        end = rf"{warning} \[optgallery\.cell\]\nbuild finished with problems"
        assert re.search(end, site.status)

    site.edit("package/broken.py", 'raise RuntimeError("nothing works")', "super().step()")
    assert site.make("-W") == 0
    cell = site.page("functions/plot_fn_sphere").find(id="broken-sphere-lr-0.1")
    assert "og-failed" not in cell["class"]


def test_a_script_that_adds_an_entry_is_run_in_every_build(
    alone: Callable[..., Site],
) -> None:
    added = BROKEN.replace("raise RuntimeError", "return super().step() # ").strip()
    sweep = '\n\nimport optgallery as og\n\nsweep = og.sweep("broken", "sphere", [0.1], steps=3)\n'
    text = f'"""\nOwn\n===\n\nAn entry.\n"""\n{added}{sweep}'
    site = alone({"gallery/stories/plot_own.py": text})
    for _ in range(2):
        assert site.make("-W") == 0, site.status
        assert site.ran() == {"plot_own"}


def test_new_pictures_are_copied_to_pages_with_unchanged_text(built: Site) -> None:
    # colours are not in the text of a page
    gif, figure = "plot_opt_yogi_001.gif", "plot_fn_sphere_001.png"
    before = {
        name: (built.html / "_images" / f"sphx_glr_{name}").read_bytes() for name in (gif, figure)
    }
    built.edit("gallery/optimizers/plot_opt_yogi.py", "frames=3", "frames=4")
    built.edit("gallery/functions/plot_fn_sphere.py", '"sphere", ax', '"sphere", cmap="magma", ax')
    assert built.make("-W") == 0
    for name, old in before.items():
        new = (built.html / "_images" / f"sphx_glr_{name}").read_bytes()
        source = next(built.docs.glob(f"*/images/sphx_glr_{name}"))
        assert old != new == source.read_bytes()


def test_changes_during_builds_without_scripts_are_detected_later(built: Site) -> None:
    built.append_to_module("optim/yogi.py")
    assert built.make("-D", "plot_gallery=0") == 0
    assert built.ran() | built.rebuilt() == set()
    assert built.make("-W") == 0
    assert built.ran() | built.rebuilt() == WITH_YOGI


def test_parallel_builds_write_the_same_site(built: Site) -> None:
    before = built.site()
    for folder in ("site", "store"):
        shutil.rmtree(built.root / folder)
    for path in built.docs.iterdir():
        if path.name in {"stories", "optimizers", "functions"}:
            shutil.rmtree(path)
    with (built.docs / "conf.py").open("a", encoding="utf-8") as conf:
        conf.write('sphinx_gallery_conf["parallel"] = 2\n')
    assert built.make("-W", "-j", "2", forked=False) == 0
    assert "(with parallel=2)" in built.status
    for work in ("reading sources", "writing output"):
        assert re.search(rf"{work}\.\.\. .*\S \.\. \S", built.status), work
    after = built.site()
    assert after.keys() == before.keys()
    assert [name for name in after if after[name] != before[name]] == []
