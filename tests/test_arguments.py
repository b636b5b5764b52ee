"""Names and titles: no digit is lost, and members of a family are distinguished."""

import functools
import re
from dataclasses import dataclass
from inspect import signature

import numpy as np
import pytest
import torch

from optgallery.arguments import check_whole, describe, format_number, latex_number, renamed
from optgallery.registry import check_name

NUMBERS = [0.0, 45.0, -0.5, 1e-7, 1e20, 1000001.0, 12.3456789, 0.1 + 0.2, 1e6, 2**53 + 0.0, 5e-324]


@pytest.mark.parametrize("number", NUMBERS)
def test_formatted_number_loses_no_digit(number):
    assert float(format_number(number)) == number


@pytest.mark.parametrize(
    ("number", "text"),
    [(45.0, "45"), (0.5, "0.5"), (-22.5, "-22.5"), (1e6, "1e+06"), (1000001.0, "1000001")],
)
def test_formatted_number_has_six_digits_if_exact(number, text):
    assert format_number(number) == text


def test_whole_numbers_keep_all_digits():
    assert format_number(2**70 + 1) == str(2**70 + 1)


@pytest.mark.parametrize("number", [n for n in NUMBERS if n])
def test_latex_has_no_letter_e(number):
    text = latex_number(number)
    assert "e" not in text.replace(r"\times", "")
    mantissa, _, power = text.partition("10^{")
    value = float(mantissa.replace(r" \times ", "") or 1) if power else float(text)
    exponent = int(power.rstrip("}")) if power else 0
    assert float(f"{value!r}e{exponent}") == number


def ravine(k, kind="soft"):
    def f(x, y):
        return x**2 + k * y**2 if kind == "soft" else x + k * y

    return f


def valley_of(k):
    def valley(x, y):
        return x**2 + k * y**2

    return valley


def weighted(weights):
    return lambda x, y: weights[0] * x + y


def bowl(x, y, k=1, *, tilt=0.5):
    return x**2 + k * y**2 + tilt * x


@dataclass
class Pass:
    width: float
    _cache: object = None

    def __call__(self, x, y):
        return self.width * x + y

    def upwards(self, x, y):
        return self(x, -y)


def counting():
    calls = 0

    def counted(x, y):
        nonlocal calls
        calls += 1
        return x + y

    return counted


@pytest.mark.parametrize(
    ("obj", "name", "title"),
    [
        (torch.hypot, "hypot", "hypot"),
        (lambda x, y: x + y, "lambda", "lambda"),
        (ravine(10), "ravine_k_10_kind_soft", "ravine(k=10, kind='soft')"),
        (ravine(np.float64(0.1), "a/b"), "ravine_k_0.1_kind_a_b", "ravine(k=0.1, kind='a/b')"),
        (ravine(torch.tensor(2.5)), "ravine_k_2.5_kind_soft", "ravine(k=2.5, kind='soft')"),
        (ravine(1, "../up"), "ravine_k_1_kind__up", "ravine(k=1, kind='../up')"),
        (ravine(1, "a..b"), "ravine_k_1_kind_a_b", "ravine(k=1, kind='a..b')"),
        (valley_of(3), "valley_k_3", "valley(k=3)"),
        (weighted(torch.ones(2)), "lambda", "lambda"),
        (bowl, "bowl_k_1_tilt_0.5", "bowl(k=1, tilt=0.5)"),
        (functools.partial(bowl, k=7), "bowl_k_7_tilt_0.5", "bowl(k=7, tilt=0.5)"),
        (functools.partial(functools.partial(bowl, k=7), tilt=0), "bowl_k_7_tilt_0", None),
        (Pass(2.0).upwards, "upwards_width_2", "upwards(width=2)"),
        (counting(), "counted", "counted"),
        (torch.nn.Linear(2, 1), "Linear", "Linear"),
        (functools.partial(bowl, k=True), "bowl_k_True_tilt_0.5", "bowl(k=True, tilt=0.5)"),
    ],
)
def test_a_callable_is_named_after_its_parameters(obj, name, title):
    found = describe(obj)
    assert found[0] == name
    assert title in (None, found[1])
    check_name(found[0], "test function")


def test_members_that_differ_in_the_last_digit_have_different_names():
    one, other = (describe(valley_of(k)) for k in (12.3456789, 12.3456781))
    assert one[0] != other[0]
    assert one[1] != other[1]


def test_defaults_can_be_left_out():
    assert describe(bowl, defaults=False) == ("bowl", "bowl")


def test_long_strings_are_left_out_of_a_name():
    assert describe(ravine(1, "x" * 100))[0] == "ravine_k_1"


@renamed(old="new")
def renewed(first, *, new=1):
    """Return both."""
    return first, new


def test_a_deprecated_keyword_warns_at_the_caller():
    with pytest.warns(DeprecationWarning, match=r"old= of renewed\(\) .* use new=") as w:
        assert renewed(0, old=2) == (0, 2)
    assert w[0].filename == __file__
    assert renewed(0, new=2) == (0, 2)


def test_a_keyword_under_both_names_is_rejected():
    with pytest.raises(TypeError, match=r"renewed\(\) got both new and old, its old name"):
        renewed(0, old=2, new=3)


def test_a_function_with_old_names_keeps_its_signature_and_documentation():
    assert list(signature(renewed).parameters) == ["first", "new"]
    assert renewed.__doc__ == "Return both."


@pytest.mark.parametrize("value", [True, 1.0, "3", None, np.float64(3), 0, 11])
def test_values_other_than_whole_numbers_within_the_bounds_are_rejected(value):
    text = f"n must be a whole number from 1 to 10, got {value!r}"
    with pytest.raises(ValueError, match=re.escape(text)):
        check_whole("n", value, 1, 10)


def test_a_whole_number_is_returned_as_an_int():
    assert type(check_whole("n", np.int32(3), 1)) is int
    assert check_whole("n", -(10**30)) == -(10**30)
