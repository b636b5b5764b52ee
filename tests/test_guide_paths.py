"""The guide to paths from elsewhere: its examples that are not doctests run, too."""

import re
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
import torch
from scipy.optimize import minimize, rosen, rosen_der

import optgallery as og

GUIDE = Path(__file__).parents[1] / "docs" / "guide" / "paths_from_elsewhere.rst"


def example(word):
    """Return the one block of Python in the guide that contains a word."""
    text = GUIDE.read_text(encoding="utf-8")
    blocks = re.findall(r"\.\. code-block:: python\n\n((?:   .*\n|\n)+)", text)
    (found,) = [dedent(block) for block in blocks if word in block]
    return found


def test_the_example_with_jax_runs():
    import jax  # imported here, since it starts threads

    namespace = {"og": og}
    with jax.enable_x64(False):  # another test may have enabled it
        exec(example("import jax"), namespace)
    trajectory = namespace["trajectory"]
    assert trajectory.title == "Adam (optax) on Beale, lr 0.1"
    assert trajectory.dtype == "float32"
    ours = og.run("adam", "beale", lr=0.1)
    np.testing.assert_allclose(trajectory.points[:20], ours.points[:20], atol=1e-4)


def test_the_example_with_a_file_of_r_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # as write.csv(matrix(c(0.5, 3, -1.75, 0.5), 2), dimnames x and y) writes it
    Path("path.csv").write_text('"x","y"\n0.5,-1.75\n3,0.5\n', encoding="utf-8")
    namespace = {"og": og, "np": np}
    exec(example("path.csv"), namespace)
    assert namespace["trajectory"].summary == (
        "optim (R) on Beale: solved after 1 gradient evaluation"
    )


def test_custom_objects_are_supplied_to_load(tmp_path, monkeypatch):
    class MyOptimizer(torch.optim.SGD):
        pass

    def my_function(x, y):
        return x**2 + y**2

    monkeypatch.chdir(tmp_path)
    domain = {"x0": 1, "y0": 1, "xmin": -2, "xmax": 2, "ymin": -2, "ymax": 2}
    saved = og.run(MyOptimizer, (my_function, domain), steps=5, lr=0.1)
    saved.save("mine.npz")
    namespace = {"og": og, "MyOptimizer": MyOptimizer, "my_function": my_function}
    exec(example("mine.npz"), namespace)
    assert namespace["trajectory"].code() == saved.code()
    with pytest.raises(ValueError, match="my_function"):
        og.Trajectory.load("mine.npz")


def iterates(method, *, new):
    """Return the points that a callback of SciPy stores without a copy, with either signature."""
    kept = []

    def old_callback(xk, *_):
        kept.append(xk)

    def new_callback(intermediate_result):
        kept.append(intermediate_result.x)

    callback = new_callback if new else old_callback
    minimize(rosen, [-1.2, 1.0], jac=rosen_der, method=method, callback=callback)
    return [tuple(x) for x in kept]


def test_scipys_callbacks_behave_as_the_guide_states():
    assert len(set(iterates("L-BFGS-B", new=False))) > 10
    assert len(set(iterates("L-BFGS-B", new=True))) == 1
    assert iterates("BFGS", new=False)[0] != (-1.2, 1.0)
    assert iterates("L-BFGS-B", new=False)[0] != (-1.2, 1.0)
    assert iterates("trust-constr", new=False)[0] == (-1.2, 1.0)
