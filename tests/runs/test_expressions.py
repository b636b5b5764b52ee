"""Expressions: values as Python code, unused names, and what cannot be imported."""

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
    """Execute the imports and evaluate the text."""
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
def test_values_are_read_back_unchanged(value):
    read_back = written_and_read(value)
    assert type(read_back) is type(value)
    assert read_back == value
    assert repr(read_back) == repr(value)


@pytest.mark.parametrize("value", [math.nan, complex(1, math.nan), np.float32(math.nan)], ids=repr)
def test_nan_is_read_back(value):
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
def test_arrays_are_read_back_with_dtype_and_shape(value):
    read_back = written_and_read(value)
    assert (read_back.dtype, read_back.shape, read_back.tobytes()) == (
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
def test_tensors_are_read_back(value):
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
def test_importable_objects_are_imported(value):
    assert written_and_read(value) is value


@pytest.mark.parametrize(
    "value", [Setting.usual, INSTANCE.method, Setting(0.5).halved], ids=without_address
)
def test_a_method_is_written_as_an_attribute_of_its_object(value):
    read_back = written_and_read(value)
    assert read_back.__func__ is value.__func__
    assert read_back() == value()


def test_a_partial_is_written_with_its_arguments():
    given = partial(partial(torch.optim.SGD, momentum=0.9), **{"lr": math.inf, "odd name": Outer})
    read_back = written_and_read(given)
    assert (read_back.func, read_back.args, read_back.keywords) == (
        given.func,
        given.args,
        given.keywords,
    )


def test_a_class_is_imported_from_its_shortest_module_path():
    expressions = Expressions()
    assert expressions.value("given", torch.optim.SGD) == "SGD"
    assert expressions.value("given", Outer.Inner) == "Outer.Inner"
    assert expressions.imports == [
        "import optgallery as og",
        "from torch.optim import SGD",
        f"from {__name__} import Outer",
    ]


def test_objects_with_the_same_name_get_different_names(modules):
    one = modules.write(modules.fresh("one"), "def bowl(): pass\nclass og: pass\nclass np: pass\n")
    two = modules.write(modules.fresh("two"), "def bowl(): pass\nclass float: pass\n")
    expressions = Expressions()
    values = [one.bowl, two.bowl, one.og, one.np, np.ones(1), two.float, math.inf, one.bowl]
    text = expressions.value("given", values)
    assert text == (
        f"[bowl, {two.__name__}_bowl, {one.__name__}_og, {one.__name__}_np, "
        f"np.array([1.0], dtype='float64'), {two.__name__}_float, float(\"inf\"), bowl]"
    )
    read_back = read(expressions, text)
    assert read_back[:4] == values[:4]
    assert read_back[5:] == values[5:]


def test_objects_that_cannot_be_imported_get_unused_names():
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


def test_objects_with_a_name_need_no_description():
    def mine():
        pass

    expressions = Expressions()
    assert expressions.value("given", mine) == "mine"
    assert expressions.value("odd name", torch.Generator()) == "value"
    assert expressions.missing == {"mine": "", "value": "of type Generator"}


def test_the_class_is_missing_if_it_cannot_be_imported():
    class Color(enum.Enum):
        RED = 1

    expressions = Expressions()
    assert expressions.value("given", Color.RED) == "Color.RED"
    assert expressions.missing == {"Color": ""}


def test_modules_and_objects_with_the_same_name_get_different_names(modules):
    one = modules.write(modules.fresh("one"), "def math(): pass")
    expressions = Expressions()
    values = [one.math, math, torch.nn.functional, one]
    text = expressions.value("given", values)
    assert text == f"[math, math_2, functional, {one.__name__}]"
    assert read(expressions, text) == values


def test_a_dataclass_with_a_custom_constructor_is_missing():
    @dataclasses.dataclass(init=False)
    class Odd:
        rate: float

        def __init__(self, both):
            self.rate = both / 2

    expressions = Expressions()
    assert expressions.value("given", Odd(2.0)) == "given"
    assert expressions.missing["given"].endswith("Odd")


def test_a_subclass_is_not_written_as_its_base_class():
    class Rate(float):
        pass

    expressions = Expressions()
    assert expressions.value("given", Rate(0.5)) == "given"
    assert "Rate" in expressions.missing["given"]


def test_descriptions_have_one_line():
    assert str(Description("a\nb\r\n c")) == "a b c"
    expressions = Expressions()
    assert expressions.value("given", [Description("x = 1")]) == "[given]"
    assert expressions.missing == {"given": "x = 1"}


@pytest.mark.parametrize("name", ["lambda", "a b", "None", "1a", "", "\ufb01"])
def test_only_normalized_identifiers_can_be_keyword_arguments(name):
    assert not is_keyword(name)
    assert is_keyword("match")
    assert hasattr(builtins, "print")
