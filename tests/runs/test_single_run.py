"""Messages about optimizers that fail, round or never move: the cause and advice."""

import re

import pytest
import torch
from torch.optim import SGD, Optimizer

from optgallery import OptimizerSpec, TestFunction, run, sweep


class Base(Optimizer):
    def __init__(self, params, lr=0.1):
        super().__init__(params, {"lr": lr})
        self.steps = 0

    def params_with_groups(self):
        for group in self.param_groups:
            for p in group["params"]:
                yield group, p


class FailsAtTheFourth(Base):
    @torch.no_grad()
    def step(self, closure=None):
        self.steps += 1
        if self.steps > 3:
            raise KeyError("d0")
        for group, p in self.params_with_groups():
            p -= group["lr"] * p.grad


class RequiresAMatrix(Base):
    @torch.no_grad()
    def step(self, closure=None):
        for group, p in self.params_with_groups():
            assert p.grad.ndim >= 2
            p -= group["lr"] * p.grad / p.grad.norm()


class RequiresAMatrixWhenConstructed(SGD):
    def __init__(self, params, lr=0.1):
        params = list(params)
        if any(p.ndim != 2 for p in params):
            raise IndexError("only 2D parameters")
        super().__init__(params, lr=lr)


class RequiresFloat32(Base):
    @torch.no_grad()
    def step(self, closure=None):
        for group, p in self.params_with_groups():
            m = self.state[p].setdefault("m", torch.zeros(p.shape, dtype=torch.float32))
            m.lerp_(p.grad, 0.5)
            p -= group["lr"] * m


class RequiresAMatrixInFloat32(RequiresFloat32):
    def step(self, closure=None):
        if any(p.ndim != 2 for _, p in self.params_with_groups()):
            raise NotImplementedError
        super().step(closure)


class DifferentiatesTheGradient(Base):
    def step(self, closure=None):
        for group, p in self.params_with_groups():
            (curved,) = torch.autograd.grad(p.grad.sum(), p)
            with torch.no_grad():
                p -= group["lr"] * p.grad / (1 + curved.abs())


def test_an_exception_of_a_step_keeps_its_type_and_has_a_note():
    with pytest.raises(KeyError, match="d0") as raised:
        run(FailsAtTheFourth, "sphere", steps=50, lr=0.1)
    assert raised.value.__notes__ == ["raised by FailsAtTheFourth at step 4 on Sphere, lr 0.1"]


@pytest.mark.parametrize(
    ("cls", "error", "advice", "options"),
    [
        (RequiresAMatrix, AssertionError, "it runs over a matrix, as ", {}),
        (RequiresFloat32, RuntimeError, "it runs in float32, with dtype=torch.float32", {}),
        (
            RequiresAMatrixInFloat32,
            NotImplementedError,
            "it runs over a matrix, as .* and in float32, with dtype=torch.float32",
            {"dtype": torch.float32},
        ),
    ],
)
def test_the_note_suggests_settings_that_work(cls, error, advice, options):
    with pytest.raises(error) as raised:
        run(cls, "sphere", steps=9, lr=0.1)
    (note,) = raised.value.__notes__
    assert note.startswith(f"raised by {cls.__name__} at step 1 on Sphere, lr 0.1; ")
    assert re.search(advice, note)
    spec = OptimizerSpec(
        name="requires",
        title=cls.__name__,
        cls=cls,
        parameter_shape=(1, 2) if "matrix" in note else (2,),
    )
    options = {"dtype": torch.float32} if "float32" in note else options
    assert run(spec, "sphere", steps=9, lr=0.1, **options).status == "completed"


def test_an_exception_of_a_constructor_becomes_a_value_error_with_advice():
    with pytest.raises(
        ValueError, match=r"RequiresAMatrixWhenConstructed refuses lr=0.1"
    ) as raised:
        run(RequiresAMatrixWhenConstructed, "sphere", lr=0.1)
    assert isinstance(raised.value.__cause__, IndexError)
    assert "IndexError: only 2D parameters" in str(raised.value)
    assert "parameter_shape=(1, 2))" in str(raised.value)


@pytest.mark.parametrize(
    "error", [KeyError("k"), IndexError(3), AttributeError("a"), LookupError(), Exception("e")]
)
def test_any_exception_of_a_constructor_becomes_a_value_error_that_names_the_class(error):
    class Refuses(SGD):
        def __init__(self, params):
            raise error

    with pytest.raises(ValueError, match=rf"^Refuses refuses its defaults: {type(error).__name__}"):
        run(Refuses, "sphere")


def test_a_class_that_differentiates_the_gradient_gets_advice():
    text = r"DifferentiatesTheGradient differentiates the gradient once more; run OptimizerSpec\("
    with pytest.raises(ValueError, match=text) as raised:
        run(DifferentiatesTheGradient, "beale")
    assert isinstance(raised.value.__cause__, RuntimeError)
    spec = OptimizerSpec(name="d", title="D", cls=DifferentiatesTheGradient, create_graph=True)
    assert run(spec, "beale", steps=9).status == "completed"


def test_the_reason_of_a_failed_run_includes_the_advice():
    with pytest.warns(RuntimeWarning, match="1 of 1 runs failed"):
        swept = sweep(RequiresFloat32, "sphere", lrs=[0.1], steps=5)
    (failed,) = swept.values()
    assert failed.reason.endswith("; it runs in float32, with dtype=torch.float32")


class FailsWithAClosure(Base):
    def step(self, closure=None):
        if closure is None:
            raise RuntimeError("this optimizer requires a closure")
        raise OSError("no disk")


def test_the_exception_of_the_call_with_a_closure_is_raised_if_a_closure_is_required():
    with pytest.raises(OSError, match="no disk") as raised:
        run(FailsWithAClosure, "sphere")
    assert "raised by FailsWithAClosure at step 1 on Sphere" in raised.value.__notes__[0]
    assert any("requires a closure" in note for note in raised.value.__notes__)


class Rounds(Base):
    """Compute in float32 whatever the dtype of the parameters is."""

    @torch.no_grad()
    def step(self, closure=None):
        for group, p in self.params_with_groups():
            p.copy_(p.float() - group["lr"] * p.grad.float())


@pytest.mark.parametrize("function", ["rosenbrock", "sphere", "beale"])
def test_the_summary_mentions_rounding_to_float32(function, tmp_path):
    trajectory = run(Rounds, function, steps=20, lr=0.001)
    assert trajectory.rounded
    assert trajectory.summary.endswith("; the optimizer rounds every point to float32")
    assert not run(Rounds, function, steps=20, lr=0.001, dtype=torch.float32).rounded
    for _ in range(2):
        swept = sweep(Rounds, function, lrs=[0.001], steps=20, store=tmp_path)
        assert next(iter(swept.values())).summary == trajectory.summary


class Halves(Base):
    """Take float64 steps that float32 represents exactly."""

    @torch.no_grad()
    def step(self, closure=None):
        for _, p in self.params_with_groups():
            p -= 0.25 * p.grad.sign()


@pytest.mark.parametrize(
    ("optimizer", "lr"), [(SGD, 0.5), (type("Own", (SGD,), {}), 0.5), (Halves, 0.1)]
)
def test_points_that_happen_to_be_float32_do_not_count_as_rounded(optimizer, lr):
    trajectory = run(optimizer, "sphere", steps=9, lr=lr)
    assert (trajectory.points.astype("float32") == trajectory.points).all()
    assert not trajectory.rounded


class NewtonStep(Base):
    """Go to the minimum of a quadratic with curvature 2 in one step, and stay there."""

    @torch.no_grad()
    def step(self, closure=None):
        for _, p in self.params_with_groups():
            p -= p.grad / 2


def test_staying_at_a_float32_does_not_count_as_rounding():
    domain = {"x0": 1, "y0": -1, "xmin": -5, "xmax": 5, "ymin": -5, "ymax": 5}
    bowl = (lambda x, y: (x - 3) ** 2 + y**2, domain)
    trajectory = run(NewtonStep, bowl, steps=9)
    assert trajectory.points[1:].tolist() == [[3, 0]] * 9
    assert not trajectory.rounded


class Idle(Base):
    def step(self, closure=None):
        pass


def test_the_outcome_states_that_an_optimizer_never_moved():
    assert str(run(Idle, "sphere", steps=9).outcome).startswith(
        "never moved from its start in 9 steps"
    )
    at_minimum = run("sgd", "sphere", steps=9, start=(0, 0))
    assert str(at_minimum.outcome) == "solved after 0 gradient evaluations"


def log_of_beta(x, y):
    return -torch.distributions.Beta(2.0 + 0 * x, 3.0 + 0 * y).log_prob(x) + (y - 1) ** 2


@pytest.mark.parametrize("optimizer", ["sgd", "lbfgs"])
def test_a_run_that_leaves_the_support_of_a_distribution_diverges(optimizer):
    fn = TestFunction(
        name="log_of_beta",
        title="Beta",
        formula=log_of_beta,
        domain=(0.01, 0.99, 0, 2),
        start=(0.9, 1.5),
    )
    trajectory = run(optimizer, fn, lr=5.0, steps=20)
    assert trajectory.status == "diverged"
    assert trajectory.stopped_at == 1
    assert trajectory.reason.startswith("the function raised ValueError: Expected value argument")


class RaisesValueError(SGD):
    def step(self, closure=None):
        raise ValueError("not this gradient")


def test_a_value_error_of_the_optimizer_is_not_a_divergence():
    with pytest.raises(ValueError, match="not this gradient"):
        run(RaisesValueError, "sphere")


@pytest.mark.parametrize("other", [dict, int, object(), 3.5, None, [], torch.nn.Linear])
def test_other_objects_are_rejected_as_optimizers(other):
    with pytest.raises(TypeError, match="optimizer must be a name, an OptimizerSpec or a torch"):
        run(other)


def test_a_function_that_does_not_build_an_optimizer_is_rejected():
    with pytest.raises(TypeError, match=r"must build an optimizer, but built float, which has no"):
        run(lambda params: 1.0)


def test_an_instance_is_rejected_with_advice():
    with pytest.raises(TypeError, match=r"a function that builds it .*: lambda params: \.\.\."):
        run(SGD([torch.zeros(2, requires_grad=True)], lr=0.1))
