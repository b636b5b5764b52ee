import math

import numpy as np
import pytest
from replay import random_gradients, replay

from optgallery.optim import RefinedScheduleFreeAdamW, ScheduleFreeAdamW


def algorithm_2(x1, gradients, *, gamma, beta1, beta2, epsilon, lam, C):
    """The paper's refined method for one coordinate at a constant rate; x of every step."""
    x, z, v = x1, x1, 0.0
    for t, g in enumerate(gradients, start=1):
        y = (1 - beta1) * z + beta1 * x
        v = beta2 * v + (1 - beta2) * g * g
        z = z - gamma * (g / (math.sqrt(v / (1 - beta2**t)) + epsilon) + lam * y)
        c = min((1 - beta1) * C / t, 1)
        x = (1 - c) * x + c * z
        yield x


@pytest.mark.parametrize(
    ("gamma", "betas", "epsilon", "lam", "C"),
    [
        (2.5e-3, (0.9, 0.999), 1e-8, 0.0, 200.0),
        (0.1, (0.5, 0.9), 1e-2, 0.1, 12.0),
        (0.1, (0.0, 0.0), 0.5, 0.0, 0.5),
    ],
)
def test_agrees_with_the_paper_line_by_line(gamma, betas, epsilon, lam, C):
    gradients = random_gradients(50)
    settings = {"betas": betas, "eps": epsilon, "weight_decay": lam, "decoupling_c": C}
    points = replay(lambda p: RefinedScheduleFreeAdamW(p, lr=gamma, **settings), gradients)
    letters = {"gamma": gamma, "beta1": betas[0], "beta2": betas[1], "lam": lam, "C": C}
    for i in range(2):
        coordinate = gradients[:, i].tolist()
        twin = algorithm_2(points[0, i], coordinate, epsilon=epsilon, **letters)
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-11)


def test_first_steps():
    """Signs of 1 at rate 1 with beta1 = 1/2 and C = 4, from 0: z = -1, -2, -3, -4.

    (1 - beta1) C is 2: c = 1, 1, 2/3, 1/2, so x = -1, -2, -2 * 1/3 - 3 * 2/3, and so on.
    """
    points = replay(
        lambda p: RefinedScheduleFreeAdamW(
            p, lr=1.0, betas=(0.5, 0.0), eps=1e-300, decoupling_c=4.0
        ),
        np.ones((4, 1)),
        start=(0.0,),
    )
    np.testing.assert_allclose(points[:, 0], [0, -1, -2, -8 / 3, -10 / 3], rtol=1e-14)


def test_with_the_inverse_of_one_minus_beta_it_is_schedule_free_adamw():
    gradients = random_gradients(60)
    settings = {"lr": 0.1, "betas": (0.75, 0.99), "warmup_steps": 10}
    plain = replay(lambda p: ScheduleFreeAdamW(p, **settings), gradients)
    refined = replay(lambda p: RefinedScheduleFreeAdamW(p, decoupling_c=4.0, **settings), gradients)
    np.testing.assert_array_equal(refined, plain)


def test_beta_does_not_change_what_is_averaged_along_given_gradients():
    """The product (1 - beta1) C alone decides."""
    gradients = random_gradients(40)
    paths = [
        replay(
            lambda p, b=beta, c=C: RefinedScheduleFreeAdamW(
                p, lr=0.1, betas=(b, 0.99), decoupling_c=c
            ),
            gradients,
        )
        for beta, C in ((0.5, 8.0), (0.75, 16.0))
    ]
    np.testing.assert_allclose(paths[0], paths[1], rtol=1e-12)
