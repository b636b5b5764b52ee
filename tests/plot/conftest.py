import matplotlib
import pytest

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def settings_unchanged():
    settings = dict(matplotlib.rcParams)
    yield
    assert dict(matplotlib.rcParams) == settings


@pytest.fixture
def figures():
    """Return a function that counts pyplot's open figures."""
    from matplotlib import pyplot as plt

    return lambda: len(plt.get_fignums())
