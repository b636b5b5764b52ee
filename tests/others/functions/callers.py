"""How the functions of a package are called.

Each takes the package's module and the name of a function, and returns what evaluates points of
shape (n, 2) to values of shape (n,). Settings are the package's own unless it demands some.
"""

import inspect
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Evaluate: TypeAlias = Callable[[Array], Array]


def one_by_one(value: Callable[[Array], Any]) -> Evaluate:
    """Evaluate points one by one, each given as an array of shape (2,)."""
    return lambda points: np.array([float(value(point)) for point in points])


def of_array(module: Any, name: str) -> Evaluate:
    """Call a function of one array."""
    return one_by_one(getattr(module, name))


def of_list(module: Any, name: str) -> Evaluate:
    """Call a function of a list of numbers."""
    function = getattr(module, name)
    return one_by_one(lambda point: function(point.tolist()))


def of_two_numbers(module: Any, name: str) -> Evaluate:
    """Call a function of x and y."""
    function = getattr(module, name)
    return one_by_one(lambda point: function(*point))


def of_dimensions(module: Any, name: str) -> Evaluate:
    """Call an instance, made for two dimensions where it takes their number."""
    cls = getattr(module, name)
    takes = inspect.signature(cls).parameters
    return one_by_one(cls(dim=2) if "dim" in takes else cls())


def bayeso(module: Any, name: str) -> Evaluate:
    """Call ``output``; some classes take the number of dimensions."""
    cls = getattr(module, name)
    try:
        problem = cls()
    except TypeError:
        problem = cls(2)
    return lambda points: problem.output(points)[:, 0]


def benchmark_functions(module: Any, name: str) -> Evaluate:
    """Call an instance: in two dimensions where there is a choice."""
    cls = getattr(module, name)
    try:
        function = cls(n_dimensions=2)
    except TypeError:
        function = cls()
    return one_by_one(function)


def botorch(module: Any, name: str) -> Evaluate:
    """Call ``evaluate_true``, which, other than a call, also takes points outside the bounds."""
    import torch

    cls = getattr(module, name)
    try:
        problem = cls(dim=2, dtype=torch.float64)
    except TypeError:
        problem = cls(dtype=torch.float64)
    return lambda points: problem._evaluate_true(torch.from_numpy(points)).numpy()


def deap(module: Any, name: str) -> Evaluate:
    """Take the only entry of the tuple that a fitness is."""
    function = getattr(module, name)
    return one_by_one(lambda point: function(point.tolist())[0])


def jaxvlse(module: Any, name: str) -> Evaluate:
    """Call an instance in float64."""
    import jax

    jax.config.update("jax_enable_x64", True)
    cls = getattr(module, name)
    try:
        function = cls(d=2)
    except TypeError:
        function = cls()
    return lambda points: np.asarray(function(jax.numpy.asarray(points)))


def niapy(module: Any, name: str) -> Evaluate:
    """Call ``evaluate``, in two dimensions."""
    function = getattr(module, name)(dimension=2)
    return one_by_one(function.evaluate)


def opfunu(module: Any, name: str) -> Evaluate:
    """Call ``evaluate``."""
    function = getattr(module, name)(ndim=2)
    return one_by_one(function.evaluate)


def opytimark(module: Any, name: str) -> Evaluate:
    """Call an instance; those of any number of dimensions take it from the point."""
    return one_by_one(getattr(module, name)())


def py_benchmark_functions(module: Any, name: str) -> Evaluate:
    """Call the NumPy form of a function, in two dimensions."""
    return module.get_np_function(name, 2)


def pybenchfcn(module: Any, name: str) -> Evaluate:
    """Call ``F``, which takes many points."""
    cls = getattr(module, name)
    try:
        return cls(2).F
    except TypeError:
        return cls().F


def pygoblet(module: Any, name: str) -> Evaluate:
    """Call ``evaluate``, which takes the number of dimensions from the point."""
    return one_by_one(getattr(module, name).evaluate)


def pymoo(module: Any, name: str) -> Evaluate:
    """Call ``evaluate``, in two dimensions where there is a choice."""
    cls = getattr(module, name)
    try:
        problem = cls(n_var=2)
    except TypeError:
        problem = cls()
    return lambda points: problem.evaluate(points)[:, 0]


def pyoptigtest(module: Any, name: str) -> Evaluate:
    """Call an instance, which takes many points."""
    function = module.TestFunction.from_name(name)
    return lambda points: np.asarray(function(points)).reshape(-1)


def pysot(module: Any, name: str) -> Evaluate:
    """Call ``eval``, in two dimensions where there is a choice."""
    cls = getattr(module, name)
    try:
        problem = cls(dim=2)
    except TypeError:
        problem = cls()
    return one_by_one(problem.eval)


def smt(module: Any, name: str) -> Evaluate:
    """Call an instance, in two dimensions."""
    problem = getattr(module, name)(ndim=2)
    return lambda points: problem(points)[:, 0]


CALLERS: dict[str, Callable[[Any, str], Evaluate]] = {
    "argmin-testfunctions-py": of_list,
    "banana-bench": of_array,
    "bayeso-benchmarks": bayeso,
    "benchmark-functions": benchmark_functions,
    "botorch": botorch,
    "deap": deap,
    "grad-descent-visualizer": of_two_numbers,
    "jaxvlse": jaxvlse,
    "landscapes": of_array,
    "nevergrad": of_array,
    "niapy": niapy,
    "opfunu": opfunu,
    "optimization-benchmarks": of_array,
    "optimizationtestfunctions": of_dimensions,
    "opytimark": opytimark,
    "py-benchmark-functions": py_benchmark_functions,
    "pybenchfcn": pybenchfcn,
    "pygoblet": pygoblet,
    "pymoo": pymoo,
    "pyoptigtest": pyoptigtest,
    "pysot": pysot,
    "smt": smt,
}
