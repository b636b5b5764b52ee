import numpy as np

from optgallery.render.pillow_core import mapped


def test_a_mapped_array_is_seen_as_it_is() -> None:
    pixels = np.zeros((9, 9), np.uint8)
    assert mapped(pixels).getbbox() is None
    pixels[2, 7] = pixels[4, 3] = 200
    assert mapped(pixels).getbbox() == (3, 2, 8, 5)
    assert mapped(pixels[:, ::-1]).getbbox() == (1, 2, 6, 5)
    assert mapped(pixels).getextrema() == (0, 200)
    assert mapped(pixels != 0).getbbox() == (3, 2, 8, 5)
