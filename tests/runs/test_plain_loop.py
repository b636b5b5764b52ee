"""run() gives the path of a plain loop bit for bit, for optimizer classes of many kinds."""

import functools

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim import SGD, Optimizer

import optgallery as og
from optgallery import FUNCTIONS, OPTIMIZERS, OptimizerSpec, run
from optgallery.runs.handed import handed_over

STEPS = 30


def parameter(function, shape=(2,), dtype=torch.float64):
    """Return a parameter at the start of a function."""
    return nn.Parameter(torch.tensor(FUNCTIONS[function].start, dtype=dtype).reshape(shape))


def plain_loop(build, function="beale", steps=STEPS, shape=(2,), closure=None, graph=False):
    """Return the points of a plain training loop.

    ``closure`` is None, "backward" (the usual closure) or "value" (which only evaluates).
    """
    f = FUNCTIONS[function].formula
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        p = parameter(function, shape)
        optimizer = build(p)
        averages = hasattr(optimizer, "eval")

        def loss_only():
            return f(*p.flatten())

        def loss_and_gradient():
            optimizer.zero_grad()
            with torch.enable_grad():
                loss = loss_only()
            loss.backward(create_graph=graph)
            return loss

        points = [p.flatten().tolist()]
        for _ in range(steps):
            if averages:
                optimizer.train()
            if closure == "value":
                optimizer.step(loss_only)
            else:
                loss_and_gradient()
                optimizer.step(*([loss_and_gradient] if closure else []))
            if averages:
                optimizer.eval()
            points.append(p.flatten().tolist())
        p.grad = None  # breaks the reference cycle of create_graph
    return np.array(points)


@pytest.mark.filterwarnings("ignore:Using backward.. with create_graph=True")
@pytest.mark.parametrize("function", ["beale", "rosenbrock", "flower"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_entry_takes_the_path_of_a_plain_loop(name, function):
    spec = OPTIMIZERS[name]
    settings = spec.at(spec.values([0.01])[-1])
    if name == "heavy_ball" and function == "flower":  # which has no minimum to take them from
        settings = {"mu": 1.0, "L": 10.0}
    handed = handed_over(spec, FUNCTIONS[function], FUNCTIONS[function].start, settings)
    expected = plain_loop(
        lambda p: spec.cls([p], **{**spec.defaults, **settings, **handed}),
        function,
        shape=spec.parameter_shape,
        closure="backward" if spec.needs_closure else None,
        graph=spec.create_graph,
    )
    trajectory = run(name, function, steps=STEPS, hparams=settings)
    np.testing.assert_array_equal(trajectory.points, expected[: len(trajectory)])


class GradientDescent(Optimizer):
    """Gradient descent; subclasses call for steps in ways that occur in other packages."""

    def __init__(self, params, lr=0.01):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def descend(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.sub_(group["lr"] * p.grad)


class Descends(GradientDescent):
    def step(self):
        self.descend()


@pytest.fixture(scope="module")
def descent():
    """The points of `GradientDescent`, with its rounding."""
    return plain_loop(lambda p: Descends([p], lr=0.01))


class RefusesAClosure(GradientDescent):
    def step(self, closure=None):
        if closure is not None:
            raise ValueError("closure is not supported")
        self.descend()


class AssertsAClosure(GradientDescent):
    def step(self, closure=None):
        assert closure is not None
        with torch.enable_grad():
            closure()
        self.descend()


class TakesTheClosureByKeyword(GradientDescent):
    def step(self, *, closure):
        closure()
        self.descend()


class TakesTheClosureSecond(GradientDescent):
    def step(self, grads=None, closure=None):
        if grads is not None:
            raise RuntimeError("grads must be tensors")
        self.descend()


class HasAFlag(GradientDescent):
    def step(self, zero_grad=False):
        assert not zero_grad
        self.descend()


class PassesEverythingOn(GradientDescent):
    def step(self, *args, **kwargs):
        assert args == ()
        assert kwargs == {}
        self.descend()


class ClipsInPlace(SGD):
    def step(self, closure=None):
        nn.utils.clip_grad_norm_(self.param_groups[0]["params"], 0.5)
        return super().step(closure)


class ReplacesTheGradient(SGD):
    def step(self, closure=None):
        for p in self.param_groups[0]["params"]:
            p.grad = p.grad.sign()
        return super().step(closure)


class ClipsInAHook(SGD):
    def __init__(self, params, lr=0.01):
        super().__init__(params, lr=lr)
        self.register_step_pre_hook(
            lambda optimizer, *_: nn.utils.clip_grad_value_(optimizer.param_groups[0]["params"], 1)
        )


class StepsInBackward(GradientDescent):
    """Update in a hook of backward(), as fused optimizers do."""

    def __init__(self, params, lr=0.01):
        super().__init__(params, lr)
        for p in self.param_groups[0]["params"]:
            p.register_post_accumulate_grad_hook(self._update)

    @torch.no_grad()
    def _update(self, p):
        p.sub_(self.param_groups[0]["lr"] * p.grad)
        p.grad = None

    def step(self, closure=None):
        pass


class ScalesInBackward(GradientDescent):
    def __init__(self, params, lr=0.01):
        super().__init__(params, lr)
        for p in self.param_groups[0]["params"]:
            p.register_hook(lambda grad: 0.5 * grad)

    def step(self, closure=None):
        self.descend()


class SwitchesModesOfNone(GradientDescent):
    """Pass train() and eval() on to an optimizer that has neither."""

    def train(self, mode=True):
        self.inner.train(mode)

    def eval(self):
        self.train(False)

    def __init__(self, params, lr=0.01):
        super().__init__(params, lr)
        self.inner = SGD(self.param_groups[0]["params"], lr=lr)

    def step(self, closure=None):
        return self.inner.step(closure)


WITHOUT_CLOSURE = [
    RefusesAClosure,
    TakesTheClosureSecond,
    HasAFlag,
    PassesEverythingOn,
    ClipsInPlace,
    ReplacesTheGradient,
    ClipsInAHook,
    StepsInBackward,
    ScalesInBackward,
]


@pytest.mark.parametrize("cls", WITHOUT_CLOSURE, ids=lambda cls: cls.__name__)
def test_a_class_takes_the_path_of_a_plain_loop(cls):
    expected = plain_loop(lambda p: cls([p], lr=0.01))
    trajectory = run(cls, "beale", steps=STEPS, lr=0.01)
    np.testing.assert_array_equal(trajectory.points, expected)
    assert trajectory.evaluations.tolist() == list(range(STEPS + 1))
    assert (trajectory.points[0] != trajectory.points[1]).any()


def test_modes_that_cannot_be_switched_are_ignored():
    trajectory = run(SwitchesModesOfNone, "beale", steps=STEPS, lr=0.01)
    np.testing.assert_array_equal(trajectory.points, run("sgd", steps=STEPS, lr=0.01).points)


class ZeroesInPlaceFirst(GradientDescent):
    def step(self, closure):
        self.zero_grad(set_to_none=False)
        with torch.enable_grad():
            closure()
        self.descend()


class ClipsBeforeTheClosure(SGD):
    """Clip a gradient that the closure then overwrites, as in a plain loop."""

    def step(self, closure):
        nn.utils.clip_grad_norm_(self.param_groups[0]["params"], 0.5)
        return super().step(closure)


@pytest.mark.parametrize(
    "cls",
    [AssertsAClosure, ZeroesInPlaceFirst, ClipsBeforeTheClosure],
    ids=lambda cls: cls.__name__,
)
def test_a_class_that_requires_a_closure_gets_one(cls):
    expected = plain_loop(lambda p: cls([p], lr=0.01), closure="backward")
    trajectory = run(cls, "beale", steps=STEPS, lr=0.01)
    np.testing.assert_array_equal(trajectory.points, expected)


def test_a_keyword_only_closure_is_passed_by_keyword(descent):
    trajectory = run(TakesTheClosureByKeyword, "beale", steps=STEPS, lr=0.01)
    np.testing.assert_array_equal(trajectory.points, descent)


class BacktracksOnTheValue(GradientDescent):
    """Differentiate the closure's value, and call the closure again only for values."""

    def step(self, closure):
        (p,) = self.param_groups[0]["params"]
        p.grad = None
        loss = closure()
        loss.backward()
        grad, here, t = p.grad.clone(), p.detach().clone(), self.param_groups[0]["lr"]
        with torch.no_grad():
            for _ in range(20):
                p.copy_(here - t * grad)
                if closure() <= loss - 0.1 * t * grad.dot(grad):
                    break
                t /= 2
        return loss


class DifferentiatesTwice(GradientDescent):
    """Take a damped Newton step from the value that the closure returns."""

    def step(self, closure):
        (p,) = self.param_groups[0]["params"]
        with torch.enable_grad():
            loss = closure()
            (g,) = torch.autograd.grad(loss, p, create_graph=True)
            rows = [torch.autograd.grad(c, p, retain_graph=True)[0] for c in g]
        with torch.no_grad():
            hessian = torch.stack(rows) + 50 * torch.eye(2, dtype=p.dtype)
            p.sub_(torch.linalg.solve(hessian, g))


class ZeroesAfterTheClosure(GradientDescent):
    def step(self, closure=None):
        self.zero_grad()
        with torch.enable_grad():
            loss = closure()
            self.zero_grad()
            loss.backward()
        self.descend()


@pytest.mark.parametrize(
    "cls",
    [BacktracksOnTheValue, DifferentiatesTwice, ZeroesAfterTheClosure],
    ids=lambda cls: cls.__name__,
)
def test_a_class_that_differentiates_the_value_gets_a_closure_that_only_evaluates(cls):
    expected = plain_loop(lambda p: cls([p], lr=0.01), closure="value")
    for optimizer in (cls, entry(cls, differentiates_value=True)):
        trajectory = run(optimizer, "beale", steps=STEPS, lr=0.01)
        np.testing.assert_array_equal(trajectory.points, expected)


def test_each_call_of_a_closure_that_only_evaluates_counts():
    trajectory = run(ZeroesAfterTheClosure, "beale", steps=5)
    assert trajectory.evaluations.tolist() == [0, 1, 2, 3, 4, 5]


def entry(cls, **capabilities):
    return OptimizerSpec(name=cls.__name__.lower(), title=cls.__name__, cls=cls, **capabilities)


@pytest.mark.parametrize("arguments", [(False,), ()])
def test_a_closure_can_be_told_not_to_differentiate(arguments, descent):
    keywords = {} if arguments else {"backward": False}

    class Evaluates(GradientDescent):
        def step(self, closure):
            loss = closure(*arguments, **keywords)
            (p,) = self.param_groups[0]["params"]
            (p.grad,) = torch.autograd.grad(loss, p)
            self.descend()

    trajectory = run(Evaluates, "beale", steps=STEPS, lr=0.01)
    np.testing.assert_array_equal(trajectory.points, descent)
    assert trajectory.evaluations.tolist() == list(range(STEPS + 1))


class TakesTheLoss(GradientDescent):
    def step(self, loss):
        self.loss = loss.item()
        self.descend()


class TakesTheLossByKeyword(TakesTheLoss):
    def step(self, *, loss):
        super().step(loss)


class TakesBoth(TakesTheLoss):
    def step(self, closure, loss):
        closure()
        super().step(loss)


class AsksForTheLoss(TakesTheLoss):
    def step(self, closure=None, loss=None):
        if loss is None:
            raise ValueError("give the loss")
        super().step(loss)


class DifferentiatesTheLoss(GradientDescent):
    def step(self, loss):
        self.zero_grad()
        loss.backward()
        self.descend()


@pytest.mark.parametrize(
    "cls",
    [TakesTheLoss, TakesTheLossByKeyword, TakesBoth, AsksForTheLoss, DifferentiatesTheLoss],
    ids=lambda cls: cls.__name__,
)
def test_a_step_that_takes_the_loss_gets_it(cls, descent):
    trajectory = run(cls, "beale", steps=STEPS, lr=0.01)
    np.testing.assert_array_equal(trajectory.points, descent)
    assert trajectory.evaluations.tolist() == list(range(STEPS + 1))


class EditsTheGraphedGradient(GradientDescent):
    """Scale a gradient with its graph in place, which torch allows unless it is a view."""

    def step(self, closure=None):
        (p,) = self.param_groups[0]["params"]
        p.grad.mul_(0.5)
        (curved,) = torch.autograd.grad(p.grad.sum(), p)
        with torch.no_grad():
            p.sub_(self.param_groups[0]["lr"] * p.grad / (1 + curved.abs()))


@pytest.mark.filterwarnings("ignore:Using backward.. with create_graph=True")
@pytest.mark.parametrize("shape", [(2,), (1, 2), (2, 1)])
def test_a_gradient_with_its_graph_is_not_a_view(shape):
    expected = plain_loop(lambda p: EditsTheGraphedGradient([p]), graph=True)
    spec = entry(EditsTheGraphedGradient, create_graph=True, parameter_shape=shape)
    np.testing.assert_array_equal(run(spec, "beale", steps=STEPS).points, expected)


class Wrapper:
    """Wrap an optimizer without being a subclass of `Optimizer`."""

    def __init__(self, inner, factor=1.0):
        self.inner, self.factor = inner, factor
        self.param_groups = inner.param_groups

    def zero_grad(self):
        self.inner.zero_grad()

    def step(self):
        for p in self.param_groups[0]["params"]:
            p.grad.mul_(self.factor)
        self.inner.step()


def build_wrapper(params, lr=0.01, factor=0.5):
    return Wrapper(SGD(params, lr=lr), factor)


def params_second(lr, params):
    return SGD(params, lr=lr)


def keyword_only(*, params, lr):
    return SGD(params, lr=lr)


def named_pairs(named_parameters, lr):
    names, tensors = zip(*named_parameters, strict=True)
    assert all(isinstance(name, str) for name in names)
    return SGD(tensors, lr=lr)


def module(model, lr):
    assert isinstance(model, nn.Module)
    return SGD(model.parameters(), lr=lr)


def list_of_parameters(params, lr):
    assert isinstance(params, list)
    assert all(isinstance(p, nn.Parameter) for p in params)
    return SGD(params, lr=lr)


@pytest.mark.parametrize(
    "build", [params_second, keyword_only, named_pairs, module, list_of_parameters]
)
def test_parameters_are_passed_in_the_form_that_the_function_takes(build):
    trajectory = run(build, "beale", steps=STEPS, lr=0.01)
    np.testing.assert_array_equal(trajectory.points, run("sgd", steps=STEPS, lr=0.01).points)
    assert trajectory.title == f"{build.__name__} on Beale, lr 0.01"


@pytest.mark.parametrize(
    ("optimizer", "title"),
    [
        (build_wrapper, "build_wrapper on Beale, lr 0.01"),
        (functools.partial(build_wrapper, factor=0.5), "build_wrapper(factor=0.5) on Beale"),
        (lambda params, lr: Wrapper(SGD(params, lr=lr), 0.5), "lambda on Beale, lr 0.01"),
    ],
    ids=["function", "partial", "lambda"],
)
def test_a_function_may_build_the_optimizer(optimizer, title):
    trajectory = run(optimizer, "beale", steps=STEPS, lr=0.01)
    expected = plain_loop(lambda p: Wrapper(SGD([p], lr=0.01), 0.5))
    np.testing.assert_array_equal(trajectory.points, expected)
    assert trajectory.title.startswith(title)


def test_partials_of_a_class_have_different_names():
    slow, fast = (functools.partial(SGD, momentum=m) for m in (0.5, 0.9))
    swept = og.sweep([slow, fast], "booth", lrs=[0.01], steps=10)
    assert [spec.title for spec in swept.optimizers] == ["SGD(momentum=0.5)", "SGD(momentum=0.9)"]
    expected = run("sgd", "booth", steps=10, lr=0.01, momentum=0.9)
    np.testing.assert_array_equal(swept["sgd_momentum_0.9", "booth", 0.01].points, expected.points)


class AssertsAFlag(SGD):
    def __init__(self, param_groups, lr=0.01):
        for group in param_groups:
            assert "use_muon" in group
        super().__init__(param_groups, lr=lr)


class LooksUpAFlag(SGD):
    def __init__(self, params, lr=0.01):
        params = [group if isinstance(group, dict) else {"params": [group]} for group in params]
        self.flags = [group["use_muon"] for group in params]
        super().__init__(params, lr=lr)


@pytest.mark.parametrize("cls", [AssertsAFlag, LooksUpAFlag])
def test_an_entry_can_set_flags_of_the_parameter_group(cls):
    with pytest.raises(ValueError, match=rf"{cls.__name__} refuses .*group=\{{") as raised:
        run(cls, "beale", steps=3)
    assert type(raised.value.__cause__) in (KeyError, RuntimeError)
    spec = entry(cls, group={"use_muon": True})
    np.testing.assert_array_equal(
        run(spec, "beale", steps=STEPS, lr=0.01).points, run("sgd", steps=STEPS, lr=0.01).points
    )


class NoRate(GradientDescent):
    """Have no learning rate."""

    def __init__(self, params):
        super().__init__(params, 0.01)
        del self.param_groups[0]["lr"]
        self.param_groups[0]["scale"] = 0.01

    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                p.data.sub_(group["scale"] * p.grad)


def test_a_class_without_a_learning_rate_runs_and_is_swept():
    trajectory = run(NoRate, "beale", steps=10)
    assert (trajectory.lr, trajectory.title) == (None, "NoRate on Beale")
    with pytest.raises(TypeError, match="NoRate has no hyper-parameter 'lr'; it takes none"):
        run(NoRate, "beale", lr=0.1)
    swept = og.sweep(NoRate, "beale", lrs=[0.1, 1.0], steps=10)
    for found in swept.values():
        np.testing.assert_array_equal(found.points, trajectory.points)
        assert found.title == "NoRate on Beale"


class NamedLikeRun(SGD):
    """Have hyper-parameters with the names of run()'s parameters."""

    def __init__(self, params, lr, steps, start, dtype, test_fn, optimizer):
        super().__init__(params, lr=lr * steps)
        self.given = (start, dtype, test_fn, optimizer)


def test_hyper_parameters_may_have_any_name():
    hparams = {"steps": 2, "start": 1, "dtype": "x", "test_fn": None, "optimizer": "y"}
    trajectory = run(NamedLikeRun, "beale", steps=7, lr=0.01, hparams=hparams)
    np.testing.assert_array_equal(trajectory.points, run("sgd", steps=7, lr=0.02).points)
    assert "steps 2" in trajectory.title
    with pytest.raises(TypeError, match="'lr' is given twice, in hparams and as a keyword"):
        run("sgd", "beale", lr=0.1, hparams={"lr": 0.1})
    with pytest.raises(TypeError, match=r'hparams must be a mapping such as \{"lr": 0.1\}, got 3'):
        run("sgd", "beale", hparams=3)


def test_the_optimizer_may_be_a_keyword_argument():
    expected = run("sgd", "beale", steps=3).points
    np.testing.assert_array_equal(run(optimizer="sgd", test_fn="beale", steps=3).points, expected)
    with pytest.raises(TypeError, match=r"run\(\) needs an optimizer"):
        run(test_fn="beale")
