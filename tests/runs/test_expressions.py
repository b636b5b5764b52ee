"""Expressions: values as Python, under names that are free, and what cannot be imported."""

import builtins
import collections
import dataclasses
import enum
import math
import pickle
import re
from functools import partial

import numpy as np
import pytest
import torch

from optgallery.runs.expressions import Description, Expressions, is_keyword

Pair = collections.namedtuple("Pair", "a b")


@dataclasses.dataclass
class Setting:
    rate: float
    inner: object = None
    derived: int = dataclasses.field(default=3, init=False)

    def halved(self):
        return self.rate / 2

    @classmethod
    def usual(cls):
        return cls(0.1)

    @staticmethod
    def square(x):
        return x * x


class Flags(enum.Flag):
    FAST = 1
    SAFE = 2


class Outer:
    class Inner:
        pass


class Callable:
    def __call__(self):
        return 1

    def method(self):
        return 2


INSTANCE = Callable()
SQUARE = lambda x: x * x  # noqa: E731


def read(expressions, text):
    """Run the imports and evaluate the text."""
    namespace = {}
    exec("\n".join(expressions.imports), namespace)
    return eval(text, namespace)


def written_and_read(value):
    expressions = Expressions()
    text = expressions.value("given", value)
    assert not expressions.missing
    return read(expressions, text)


def without_address(value):
    """Return the repr of a value, the same in every process."""
    return re.sub(r" at 0x[0-9a-f]+| from '[^']*'", "", repr(value))


@pytest.mark.parametrize(
    "value",
    [
        0.1,
        -0.0,
        math.inf,
        -math.inf,
        1e-320,
        10**40,
        1 + 2j,
        complex(math.inf, -0.5),
        "quotes \"and\" 'others' \\ \n é 🎉",
        "\ud800\x7f\u2028",
        b"bytes",
        ...,
        None,
        [1, [2.5, (3,)], ()],
        (math.inf,),
        {"a": {1: math.inf}, (1, 2): None},
        set(),
        {1, 2},
        frozenset(),
        frozenset({1}),
        range(3),
        slice(1, None, 2),
        torch.float32,
        torch.strided,
        torch.channels_last,
        torch.device("cpu"),
        torch.Size([2, 3]),
        np.dtype("float32"),
        np.float64,
        np.float32(0.1),
        np.float64(math.inf),
        np.int64(3),
        np.bool_(True),
        np.str_("x"),
        Pair(1, [2.5]),
        Setting(0.1, Setting(math.inf)),
        Flags.FAST,
        Flags.FAST | Flags.SAFE,
        collections.OrderedDict(a=1),
    ],
    ids=repr,
)
def test_a_value_is_read_back_as_it_was(value):
    found = written_and_read(value)
    assert type(found) is type(value)
    assert found == value
    assert repr(found) == repr(value)


@pytest.mark.parametrize("value", [math.nan, complex(1, math.nan), np.float32(math.nan)], ids=repr)
def test_so_is_what_differs_from_itself(value):
    assert repr(written_and_read(value)) == repr(value)


@pytest.mark.parametrize(
    "value",
    [
        np.arange(6.0).reshape(2, 3),
        np.array([[0.1]], np.float32),
        np.array(0.1),
        np.array([math.nan, math.inf]),
        np.zeros((0, 2), np.int8),
        np.array([True]),
        np.array(["x"]),
        np.array([1j]),
        np.array([1.5], ">f8"),
        np.array(["2020-01-01"], "datetime64[D]"),
    ],
    ids=repr,
)
def test_an_array_is_read_back_in_its_type_and_shape(value):
    found = written_and_read(value)
    assert (found.dtype, found.shape, found.tobytes()) == (
        value.dtype,
        value.shape,
        value.tobytes(),
    )


@pytest.mark.parametrize(
    "value",
    [
        torch.tensor([0.1, math.nan], dtype=torch.float16),
        torch.tensor(math.nan),
        torch.tensor(True),
        torch.tensor([1 + 2j]),
        torch.zeros(0, 3, dtype=torch.int32),
        torch.ones(2, requires_grad=True),
    ],
    ids=repr,
)
def test_so_is_a_tensor(value):
    assert repr(written_and_read(value)) == repr(value)


@pytest.mark.parametrize(
    "value",
    [
        len,
        print,
        dict,
        math.cos,
        math,
        np,
        torch.nn.functional,
        torch.nn.functional.relu,
        torch.sin,
        np.sin,
        torch.optim.SGD,
        Outer.Inner,
        Setting.square,
        INSTANCE,
        SQUARE,
        pickle.dumps,
        collections.OrderedDict,
    ],
    ids=without_address,
)
def test_what_can_be_imported_is(value):
    assert written_and_read(value) is value


@pytest.mark.parametrize(
    "value", [Setting.usual, INSTANCE.method, Setting(0.5).halved], ids=without_address
)
def test_a_method_is_written_by_what_it_is_bound_to(value):
    found = written_and_read(value)
    assert found.__func__ is value.__func__
    assert found() == value()


def test_a_partial_is_written_with_its_arguments():
    given = partial(partial(torch.optim.SGD, momentum=0.9), **{"lr": math.inf, "odd name": Outer})
    found = written_and_read(given)
    assert (found.func, found.args, found.keywords) == (given.func, given.args, given.keywords)


def test_the_shortest_way_to_a_class_is_taken():
    expressions = Expressions()
    assert expressions.value("given", torch.optim.SGD) == "SGD"
    assert expressions.value("given", Outer.Inner) == "Outer.Inner"
    assert expressions.imports == [
        "import optgallery as og",
        "from torch.optim import SGD",
        f"from {__name__} import Outer",
    ]


def test_two_things_of_one_name_get_a_name_each(modules):
    one = modules.write(modules.fresh("one"), "def bowl(): pass\nclass og: pass\nclass np: pass\n")
    two = modules.write(modules.fresh("two"), "def bowl(): pass\nclass float: pass\n")
    expressions = Expressions()
    values = [one.bowl, two.bowl, one.og, one.np, np.ones(1), two.float, math.inf, one.bowl]
    text = expressions.value("given", values)
    assert text == (
        f"[bowl, {two.__name__}_bowl, {one.__name__}_og, {one.__name__}_np, "
        f"np.array([1.0], dtype='float64'), {two.__name__}_float, float(\"inf\"), bowl]"
    )
    found = read(expressions, text)
    assert found[:4] == values[:4]
    assert found[5:] == values[5:]


def test_what_cannot_be_imported_gets_a_free_name_of_its_own():
    first, second = (lambda k: k), (lambda k: 2 * k)

    def made(k):
        return lambda x: k * x

    class SGD:
        pass

    expressions = Expressions()
    text = expressions.value("og", [first, second, torch.optim.SGD, SGD, first, made(3), print])
    assert text == "[og_2, og_3, SGD, SGD_2, og_2, og_4, print]"
    assert list(expressions.missing) == ["og_2", "og_3", "SGD_2", "og_4"]
    line = first.__code__.co_firstlineno
    assert expressions.missing["og_2"] == f"a lambda, line {line} of {__name__}"
    assert expressions.missing["og_4"].startswith("made(k=3), line ")


def test_what_has_a_name_needs_no_description():
    def mine():
        pass

    expressions = Expressions()
    assert expressions.value("given", mine) == "mine"
    assert expressions.value("odd name", torch.Generator()) == "value"
    assert expressions.missing == {"mine": "", "value": "of type Generator"}


def test_of_a_class_that_cannot_be_imported_the_class_is_missing():
    class Color(enum.Enum):
        RED = 1

    expressions = Expressions()
    assert expressions.value("given", Color.RED) == "Color.RED"
    assert expressions.missing == {"Color": ""}


def test_modules_and_what_is_called_like_them_have_a_name_each(modules):
    one = modules.write(modules.fresh("one"), "def math(): pass")
    expressions = Expressions()
    values = [one.math, math, torch.nn.functional, one]
    text = expressions.value("given", values)
    assert text == f"[math, math_2, functional, {one.__name__}]"
    assert read(expressions, text) == values


def test_a_dataclass_with_a_constructor_of_its_own_is_missing():
    @dataclasses.dataclass(init=False)
    class Odd:
        rate: float

        def __init__(self, both):
            self.rate = both / 2

    expressions = Expressions()
    assert expressions.value("given", Odd(2.0)) == "given"
    assert expressions.missing["given"].endswith("Odd")


def test_a_subclass_is_not_written_as_what_it_derives_from():
    class Rate(float):
        pass

    expressions = Expressions()
    assert expressions.value("given", Rate(0.5)) == "given"
    assert "Rate" in expressions.missing["given"]


def test_words_of_a_file_stay_in_one_line():
    assert str(Description("a\nb\r\n c")) == "a b c"
    expressions = Expressions()
    assert expressions.value("given", [Description("x = 1")]) == "[given]"
    assert expressions.missing == {"given": "x = 1"}


@pytest.mark.parametrize("name", ["lambda", "a b", "None", "1a", "", "\ufb01"])
def test_a_keyword_argument_has_a_name_that_python_reads_as_it_is(name):
    assert not is_keyword(name)
    assert is_keyword("match")
    assert hasattr(builtins, "print")
