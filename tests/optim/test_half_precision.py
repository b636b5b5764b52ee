"""Half precision: sums of squares do not overflow, and tiny steps accumulate."""

from itertools import pairwise

import pytest
import torch
from training import OWN, differentiate

from optgallery.optim import DoG, Prodigy

HALF = [torch.float16, torch.bfloat16]
# Lookahead's inner optimizer is torch's Adam, whose eps is 0 in float16
each_except_lookahead = pytest.mark.parametrize(
    "spec", [spec for spec in OWN if spec.name != "lookahead"], ids=lambda spec: spec.name
)


def steep(p):
    """Have gradients of 300, whose squares and sums of squares overflow in float16."""
    return 300 * (p.float().square() + 1).sqrt().sum()


@each_except_lookahead
@pytest.mark.parametrize("dtype", HALF)
def test_squares_of_large_gradients_do_not_overflow(spec, dtype):
    generator = torch.Generator().manual_seed(0)
    start = 1 + torch.rand(8, 16, generator=generator)

    def path(dtype):
        p = start.to(dtype).requires_grad_()
        optimizer = spec.build([p], lr=0.01, **with_larger_initial_steps(spec))
        for _ in range(6):
            differentiate(spec, steep(p), [p])
            optimizer.step()
        return p.detach().float()

    end = path(dtype)
    assert end.isfinite().all()
    if spec.family == "matrix":  # these amplify rounding errors of the gradients
        assert steep(end) < steep(start)
    else:
        torch.testing.assert_close(end, path(torch.float32), rtol=0.03, atol=0.02)


def with_larger_initial_steps(spec):
    """Return initial estimates that are large enough for half precision."""
    return {name: 0.01 for name in ("d0", "reps_rel") if name in spec.cls.ranges}


def averaged_squares(spec, sizes):
    """Return the sum of the averaged squared gradients after each step, if the class has them."""
    p = torch.ones(4, 4, dtype=torch.bfloat16, requires_grad=True)
    optimizer = spec.build([p], lr=1e-4)
    for size in sizes:
        differentiate(spec, (size * p.float().cosh()).sum(), [p])
        optimizer.step()
        if "exp_avg_sq" in optimizer.state[p]:
            yield optimizer.state[p]["exp_avg_sq"].sum().item()


AVERAGING = [spec for spec in OWN if list(averaged_squares(spec, [1.0]))]


def test_many_classes_average_squares():
    assert len(AVERAGING) >= 15


@pytest.mark.parametrize("spec", AVERAGING, ids=lambda spec: spec.name)
def test_slow_average_accumulates_small_changes(spec):
    """In bfloat16, with a spacing of 2^-8, 0.999 times an average is rounded to the average."""
    squares = list(averaged_squares(spec, [1.0, 0.5] + [1e-3] * 40))[2:]
    assert all(later < before for before, later in pairwise(squares))


@pytest.mark.parametrize("dtype", HALF)
@pytest.mark.parametrize("cls", [DoG, Prodigy])
def test_tiny_steps_accumulate_in_half_precision(cls, dtype):
    p = torch.tensor([2.0, -3.0], dtype=dtype, requires_grad=True)
    optimizer = cls([p])
    for _ in range(300):
        p.grad = 2 * p.detach()
        optimizer.step()
    assert p.abs().max() < 0.5
    assert optimizer.state[p]["parameter"].dtype == torch.float32


@pytest.mark.parametrize("cls", [DoG, Prodigy])
def test_values_written_to_a_half_precision_parameter_are_kept(cls):
    p = torch.tensor([2.0, -3.0], dtype=torch.bfloat16, requires_grad=True)
    optimizer = cls([p])
    for _ in range(3):
        p.grad = 2 * p.detach()
        optimizer.step()
    with torch.no_grad():
        p[0] = 7.0
    kept = optimizer.state[p]["parameter"][1].item()
    p.grad = torch.zeros_like(p)
    optimizer.param_groups[0]["lr"] = 0.0
    optimizer.step()
    assert p.tolist() == [7.0, -3.0]
    assert optimizer.state[p]["parameter"].tolist() == [7.0, kept]
    assert kept != -3.0
