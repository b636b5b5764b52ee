"""The contract of all entries of OPTIMIZERS; a new entry is covered automatically."""

import copy
import inspect
import io
import pickle
import re
import warnings

import numpy as np
import pytest
import torch
from torch.optim.lr_scheduler import LambdaLR

import optgallery as og
from optgallery import OPTIMIZERS, optim
from optgallery.optim.base import Each
from optgallery.optim.ranges import FINITE

ALL = list(OPTIMIZERS.values())
OWN = [spec for spec in ALL if spec.cls.__module__.startswith("optgallery.")]
each = pytest.mark.parametrize("spec", ALL, ids=lambda spec: spec.name)
each_own = pytest.mark.parametrize("spec", OWN, ids=lambda spec: spec.name)
RATED, OWN_RATED = ([s for s in specs if s.own_axis is None] for specs in (ALL, OWN))
each_rated = pytest.mark.parametrize("spec", RATED, ids=lambda spec: spec.name)
each_own_rated = pytest.mark.parametrize("spec", OWN_RATED, ids=lambda spec: spec.name)
each_with_decay = pytest.mark.parametrize(
    "spec", [s for s in OWN if "weight_decay" in s.cls.ranges], ids=lambda spec: spec.name
)


class Problem:
    """A coupled, smooth function of one or two parameters in the entry's shape."""

    def __init__(self, spec, tensors=2, unused=0, create_graph=None, dtype=torch.float64):
        generator = torch.Generator().manual_seed(1)
        self.params = [
            torch.randn(spec.parameter_shape, generator=generator, dtype=dtype)
            for _ in range(tensors)
        ]
        for p in self.params:
            p.requires_grad_()
        self.used = self.params[: tensors - unused]
        self.create_graph = spec.create_graph if create_graph is None else create_graph
        self.visited = []

    def __call__(self):
        w = torch.cat([p.reshape(-1) for p in self.used])
        self.visited.append(w.tolist())
        loss = torch.sum(torch.cosh(w - 0.5)) + torch.sum(w).square() / 4
        grads = torch.autograd.grad(loss, self.used, create_graph=self.create_graph)
        for p, grad in zip(self.used, grads, strict=True):
            p.grad = grad
        return loss.detach()

    def without_gradients(self):
        """Drop the gradients: one that carries a graph can be neither copied nor pickled."""
        for p in self.params:
            p.grad = None
        return self

    def bits(self):
        return [p.detach().clone() for p in self.params]


def steps(optimizer, problem, n):
    for _ in range(n):
        optimizer.step(problem)
    return problem.bits()


def known(spec):
    """Return what `run` would hand over: bounds of the value and of the curvature of a problem."""
    facts = {"minimum": 4.34, "smallest_curvature": 1.0, "largest_curvature": 16.0}
    return {name: facts[fact] for name, fact in spec.from_function.items()}


COUPLED = {"armijo": {"lr": 10.0, "c1": 0.9}, "newton": {"damping": 1.0}}
"""Settings in which a step depends on all parameters, and is defined without curvature."""


def step_alone(spec, optimizer, closure=lambda: None):
    """Take one step, with the closure only if it is needed."""
    return optimizer.step(closure) if spec.needs_closure else optimizer.step()


def first_move(optimizer, problem):
    """Take one step, or two if the first gradient only initializes."""
    before = problem.bits()
    after = steps(optimizer, problem, 1)
    return steps(optimizer, problem, 1) if same(before, after) else after


def same(a, b):
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


@each
def test_entry_has_the_expected_capabilities(spec):
    assert spec.title
    assert spec.family != "custom"
    assert spec.summary.endswith(".")
    assert spec.summary.count(". ") == 0
    if spec.cls.__module__.startswith("optgallery."):
        assert spec.summary == spec.cls.__doc__.split("\n")[0]
    assert spec.paper is not None
    assert spec.paper.url.startswith("https://")


@each
def test_steps_with_a_closure_return_its_loss_and_descend(spec):
    problem = Problem(spec)
    optimizer = spec.build(problem.params, **known(spec))
    start = problem.bits()
    before = float(problem())
    assert float(optimizer.step(problem)) == before
    moved = first_move(optimizer, problem)
    assert not any(torch.equal(a, b) for a, b in zip(start, moved, strict=True))
    steps(optimizer, problem, 20)
    assert float(problem()) < before


@each
def test_a_default_run_on_the_sphere_descends(spec):
    trajectory = og.run(spec, "sphere")
    assert trajectory.status == "completed"
    assert trajectory.values[-1] < trajectory.values[0]


@each
def test_the_same_seed_gives_the_same_bits(spec):
    first, second = (og.run(spec, "rosenbrock", steps=30, seed=5) for _ in range(2))
    assert np.array_equal(first.points, second.points)


@each
def test_the_seed_changes_the_steps_exactly_if_the_entry_is_stochastic(spec):
    first, second = (og.run(spec, "rosenbrock", steps=30, seed=seed) for seed in (1, 2))
    assert np.array_equal(first.points, second.points) != spec.stochastic
    assert ("seed" in inspect.signature(spec.cls).parameters) == spec.stochastic


def resume_from_state_dict(spec, dtype):
    """Continue with this optimizer, and with a new one that has loaded its state."""
    problem = Problem(spec, dtype=dtype)
    optimizer = spec.build(problem.params, **known(spec))
    steps(optimizer, problem, 7)
    file = io.BytesIO()
    torch.save(optimizer.state_dict(), file)
    file.seek(0)

    resumed = copy.deepcopy(problem.without_gradients())
    restored = spec.build(resumed.params, seed=99)
    restored.load_state_dict(torch.load(file, weights_only=True))
    return steps(optimizer, problem, 7), steps(restored, resumed, 7)


@each
def test_a_loaded_state_dict_continues_bit_for_bit(spec):
    # torch's NAdam keeps a float32 scalar beside float64 parameters, and loading casts it
    assert same(*resume_from_state_dict(spec, torch.float32))


@each_own
def test_a_loaded_state_dict_continues_bit_for_bit_in_float64(spec):
    assert same(*resume_from_state_dict(spec, torch.float64))


@each_own
def test_a_pickled_optimizer_continues_bit_for_bit(spec):
    problem = Problem(spec)
    optimizer = spec.build(problem.params, **known(spec))
    steps(optimizer, problem, 7)
    restored, resumed = pickle.loads(pickle.dumps((optimizer, problem.without_gradients())))
    assert same(steps(optimizer, problem, 7), steps(restored, resumed, 7))


@each_rated
def test_a_group_steps_at_its_own_learning_rate(spec):
    def second_moves(lr):
        problem = Problem(spec)
        groups = [{"params": [problem.params[0]]}, {"params": [problem.params[1]], "lr": lr}]
        before = problem.bits()
        after = first_move(spec.build(groups, lr=0.01), problem)
        return [(a - b).abs().max().item() for a, b in zip(after, before, strict=True)]

    if spec.needs_closure:  # one line search for all parameters does not support groups
        with pytest.raises(ValueError, match="groups"):
            second_moves(0.02)
        return
    slow, fast = second_moves(0.01), second_moves(0.02)
    assert fast[0] == slow[0]
    assert fast[1] > 1.5 * slow[1]


@each
def test_a_parameter_without_gradient_does_not_move(spec):
    problem = Problem(spec, tensors=2, unused=1)
    before = problem.bits()
    optimizer = spec.build(problem.params)
    after = steps(optimizer, problem, 3)
    assert not torch.equal(before[0], after[0])
    assert torch.equal(before[1], after[1])
    alone = Problem(spec, tensors=1)
    assert torch.equal(steps(spec.build(alone.params), alone, 3)[0], after[0])


@each_own
def test_a_step_without_any_gradient_does_nothing(spec):
    p = torch.ones(2, requires_grad=True)
    optimizer = spec.build([p])
    assert step_alone(spec, optimizer) is None
    assert p.tolist() == [1, 1]
    assert not optimizer.state[p]


@each_rated
def test_a_schedule_changes_the_step(spec):
    def path(factor):
        problem = Problem(spec)
        optimizer = spec.build(problem.params)
        LambdaLR(optimizer, lambda _: factor)
        steps(optimizer, problem, 3)
        return problem.visited

    assert path(0.1) != path(1.0)


@each_own_rated
def test_a_schedule_changes_later_steps_too(spec):
    def third_step(factor):
        problem = Problem(spec)
        optimizer = spec.build(problem.params)
        before = steps(optimizer, problem, 2)
        for group in optimizer.param_groups:
            group["lr"] *= factor
        after = steps(optimizer, problem, 1)
        return max((a - b).abs().max().item() for a, b in zip(after, before, strict=True))

    assert third_step(0.1) < 0.8 * third_step(1.0)  # dual averaging still depends on its sums


@each_rated
def test_a_negative_learning_rate_is_rejected(spec):
    with pytest.raises(ValueError, match=rf"^{spec.title} refuses .*lr=-1.0"):
        og.run(spec, "sphere", lr=-1.0)


@each_own
@pytest.mark.parametrize(
    ("hparam", "value", "text"),
    [
        ("lr", -1.0, "lr must be >= 0, got -1.0"),
        ("lr", torch.tensor(-1.0), "lr must be >= 0, got tensor(-1.)"),
        ("lr", float("nan"), "lr must be a finite number >= 0, got nan"),
        ("lr", torch.tensor(float("nan")), "lr must be a finite number >= 0, got tensor(nan)"),
        ("lr", float("inf"), "lr must be a finite number >= 0, got inf"),
        ("lr", "fast", "lr must be a finite number >= 0, got 'fast'"),
        ("lr", True, "lr must be a finite number >= 0, got True"),
        ("lr", torch.tensor(True), "lr must be a finite number >= 0, got tensor(True)"),
        (
            "lr",
            torch.ones(2),
            "lr must be one number >= 0, or a tensor of one element, got a tensor of shape (2,)",
        ),
        ("weight_decay", -0.1, "weight_decay must be >= 0, got -0.1"),
    ],
)
def test_invalid_values_are_rejected_with_a_message(spec, hparam, value, text):
    assert_rejected(spec, hparam, value, text)


@each_own
def test_invalid_betas_are_rejected_with_a_message(spec):
    allowed = spec.cls.ranges.get("betas", "--")
    n, number = (1, "one or more") if isinstance(allowed, Each) else (len(allowed), len(allowed))
    good = (0.9,) * n
    for value, text in [
        ((*good[:-1], 1.0), f"betas[{n - 1}] must be in [0, 1), got 1.0"),
        ((-0.1, *good[1:]), "betas[0] must be in [0, 1), got -0.1"),
        (0.9, f"betas must be {number} numbers, got 0.9"),
        (good[:-1], f"betas must be {number} numbers, got {good[:-1]}"),
    ]:
        assert_rejected(spec, "betas", value, text)


def assert_rejected(spec, hparam, value, text):
    if hparam not in spec.cls.ranges:
        assert hparam not in inspect.signature(spec.cls).parameters
        return
    params = [torch.ones(2, requires_grad=True)]
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        spec.cls(params, **{hparam: value})
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        spec.cls([{"params": params, hparam: value}])


@each_own
def test_every_numeric_hyper_parameter_has_a_range_that_excludes_minus_one_or_infinity(spec):
    parameters = inspect.signature(spec.cls).parameters.values()
    numeric = {p.name: p.default for p in parameters if isinstance(p.default, (float, tuple))}
    assert set(numeric) == set(spec.cls.ranges)
    for name, default in numeric.items():
        bad = np.inf if spec.cls.ranges[name] is FINITE else -1.0
        bad = (bad,) * len(default) if isinstance(default, tuple) else bad
        with pytest.raises(ValueError, match=rf"^{name}(\[0\])? must be .*, got (-1.0|inf)$"):
            spec.cls([torch.ones(2, requires_grad=True)], **{name: bad})


@each_own
def test_sparse_gradients_and_complex_parameters_are_rejected_before_any_change(spec):
    embedding = torch.nn.Embedding(4, 2, sparse=True)
    dense = torch.ones(2, requires_grad=True)
    optimizer = spec.build([dense, embedding.weight])
    (embedding(torch.tensor([1])).sum() + dense.sum()).backward()
    with pytest.raises(TypeError, match=r"takes dense gradients, got torch.sparse_coo"):
        step_alone(spec, optimizer)
    assert dense.tolist() == [1, 1]

    complex_parameter = torch.ones(2, dtype=torch.complex64, requires_grad=True)
    complex_parameter.grad = torch.ones(2, dtype=torch.complex64)
    with pytest.raises(TypeError, match=r"takes real parameters, got torch.complex64"):
        step_alone(spec, spec.build([complex_parameter]))


@each_own
def test_a_step_changes_neither_gradients_nor_the_global_generator(spec):
    problem = Problem(spec)
    problem()
    before = [p.grad.detach().clone() for p in problem.params]
    state = torch.get_rng_state()
    optimizer = spec.build(problem.params, **_decay(spec))
    if spec.needs_closure:  # which sets the gradients at each point where it is called
        optimizer.step(problem)
    else:
        optimizer.step()
        assert same(before, [p.grad for p in problem.params])
    assert torch.equal(torch.get_rng_state(), state)


def _decay(spec):
    return {"weight_decay": 0.1} if "weight_decay" in spec.cls.ranges else {}


@each_with_decay
def test_weight_decay_pulls_towards_the_origin(spec):
    def slope(x, y):
        """A gradient along the circle through the start, orthogonal to the radius."""
        return torch.sinh(x - y) / 100

    domain = {"x0": 2.0, "y0": 2.0, "xmin": -3, "xmax": 3, "ymin": -3, "ymax": 3}

    def norm(decay):
        trajectory = og.run(spec, (slope, domain), steps=20, weight_decay=decay, **known(spec))
        return np.linalg.norm(trajectory.points[-1])

    assert norm(1.0) < norm(0.0)


@each_own
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
def test_parameters_keep_their_precision_and_state_has_single_precision_at_least(spec, dtype):
    # near 0, where bfloat16 is finer than the first steps of a warm-up
    p = torch.full(spec.parameter_shape, 0.01, dtype=dtype, requires_grad=True)
    start = p.detach().clone()
    # an initial estimate of a millionth changes nothing in bfloat16
    rate = 1e5 if spec.learning_rate_free else 0.1
    optimizer = spec.build([p], hparams=spec.at_rate(rate))

    def closure():
        loss = torch.cosh(p.double()).sum()  # near 0, in half precision it is 1 all around
        (p.grad,) = torch.autograd.grad(loss, [p], create_graph=True)
        return loss.detach()

    moved = False
    for _ in range(2):  # the first gradient may only initialize, and the second step lead back
        closure()
        step_alone(spec, optimizer, closure)
        moved |= not torch.equal(p, start)
    assert p.dtype == dtype
    assert moved
    inner = spec.cls is optim.Lookahead  # over torch's Adam, whose state is in half precision
    kept = torch.float32 if dtype.itemsize == 2 else dtype
    for name, value in optimizer.state[p].items():
        if name.startswith("optimizer.") and inner:
            continue
        assert not isinstance(value, torch.Tensor) or value.dtype == kept


@each_own
def test_the_class_is_public_and_documented(spec):
    assert getattr(optim, spec.cls.__name__) is spec.cls
    assert spec.cls.__name__ in optim.__all__
    doc = inspect.getdoc(spec.cls)
    headings = ["Parameters\n---", "Examples\n---", "References\n---"]
    assert sorted(map(doc.index, headings)) == [doc.index(h) for h in headings]
    assert ".. math::" in doc
    assert spec.paper.url in doc
    for name, parameter in inspect.signature(spec.cls).parameters.items():
        entry = f"**{name}\n" if parameter.kind is parameter.VAR_KEYWORD else f"{name} : "
        assert f"\n{entry}" in doc


@pytest.mark.parametrize("spec", [s for s in ALL if s.elementwise], ids=lambda spec: spec.name)
def test_elementwise_entries_treat_two_scalars_as_one_vector(spec):
    for function in ("rosenbrock", "ackley", "beale"):
        vector, scalars = (
            og.run(
                spec,
                function,
                steps=20,
                start=(2.0, 1.7),
                coordinates=params,
                hparams=known(spec),
            )
            for params in ("vector", "scalars")
        )
        assert np.array_equal(vector.points, scalars.points)


def bowl(p, _):
    return torch.cosh(p).log().sum() + p.sum().square() / 8


def slope(p, steepness):
    """Set constant gradients, to which some entries react specially."""
    return steepness * p.sum()


@each
@pytest.mark.filterwarnings("ignore:no gradient depends on the parameters")
def test_layerwise_entries_treat_two_parameters_as_if_each_were_alone(spec):
    def evaluate(formula, params, used):
        loss = torch.tensor(0.0)
        for steepness, p in enumerate(reversed(params), start=1):
            value = formula(p, steepness)
            (grad,) = torch.autograd.grad(value, p, create_graph=spec.create_graph)
            p.grad, loss = (grad, loss + value.detach()) if p in used else (None, loss)
        return loss

    def path(formula, *params):
        """Return the path of the last parameter; another, first one has no gradient later."""
        optimizer = spec.build(params, **COUPLED.get(spec.name, {}))
        for n in range(25):
            used = set(params if n < 15 else params[-1:])
            evaluate(formula, params, used)
            optimizer.step(lambda used=used: evaluate(formula, params, used))
        return params[-1].detach()

    if spec.name == "newton":  # whose system falls apart where parameters are not coupled
        return
    alike = all(
        torch.equal(path(formula, *Problem(spec).params), path(formula, Problem(spec).params[-1]))
        for formula in (bowl, slope)
    )
    assert alike == (spec.layerwise or spec.elementwise)
    assert not (spec.layerwise and spec.elementwise)


@each
def test_step_requires_a_closure_exactly_if_the_entry_needs_one(spec):
    problem = Problem(spec)
    problem()
    optimizer = spec.build(problem.params)
    if spec.needs_closure:
        with pytest.raises(TypeError, match="closure"):
            optimizer.step()
        return
    optimizer.step()
    with_closure = Problem(spec)
    assert same(problem.bits(), steps(spec.build(with_closure.params), with_closure, 1))


@each
def test_the_graph_changes_the_steps_exactly_if_the_entry_has_create_graph(spec):
    def path(create_graph):
        problem = Problem(spec, create_graph=create_graph)
        return steps(spec.build(problem.params, **COUPLED.get(spec.name, {})), problem, 3)

    with warnings.catch_warnings():
        if spec.create_graph:
            warnings.filterwarnings("ignore", "no gradient depends on the parameters", UserWarning)
        assert same(path(create_graph=True), path(create_graph=False)) != spec.create_graph
