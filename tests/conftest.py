import pytest
import torch

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def shown(monkeypatch):
    """Keep what is shown instead of opening a browser."""
    animations = []
    monkeypatch.setattr("optgallery.animation.viewer", animations.append)
    return animations
