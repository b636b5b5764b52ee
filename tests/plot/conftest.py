import matplotlib
import pytest

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def figures_closed_and_settings_unchanged():
    from matplotlib import pyplot as plt

    settings = dict(matplotlib.rcParams)
    yield
    plt.close("all")
    assert dict(matplotlib.rcParams) == settings


@pytest.fixture
def figures():
    """Return a function that counts pyplot's open figures."""
    from matplotlib import pyplot as plt

    return lambda: len(plt.get_fignums())
