import pytest
import torch

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def shown(monkeypatch):
    """Keep what is shown instead of opening a browser."""
    animations = []
    monkeypatch.setattr("optgallery.animation.viewer", animations.append)
    return animations


@pytest.fixture(scope="session", autouse=True)
def own_store(tmp_path_factory):
    """Keep results of the tests apart from those of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPTGALLERY_STORE", str(tmp_path_factory.mktemp("store")))
        patch.delenv("OPTGALLERY_SCHEDULER", raising=False)
        yield
