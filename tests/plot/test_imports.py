"""Plotting on given axes does not import pyplot."""

import subprocess
import sys


def run(code):
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_plotting_loads_pyplot_only_when_it_makes_a_figure():
    run("""
import sys
import optgallery
from matplotlib.figure import Figure
assert "matplotlib.pyplot" not in sys.modules
axes = Figure().add_subplot()
optgallery.test_optim("adamw", steps=3, ax=axes)
optgallery.plot_loss(optgallery.run("sgd", "booth", steps=3, lr=0.01), ax=Figure().add_subplot())
optgallery.plot_lrs(optgallery.run("sgd", "booth", steps=3, lr=0.01), ax=Figure().add_subplot())
assert "matplotlib.pyplot" not in sys.modules
""")
