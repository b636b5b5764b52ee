"""Constructing optimizers: what a signature takes, and messages if a construction fails."""

import functools

import pytest
import torch
from torch import nn
from torch.optim import SGD

from optgallery.optim.construction import Constructor, Holder, missing_setting_advice


def with_seed(params, lr=0.1, seed=3):  # noqa: ARG001
    return SGD(params, lr=lr)


def params_second(lr, params):
    return SGD(params, lr=lr)


def keyword_only(*, parameters, lr):
    return SGD(parameters, lr=lr)


def of_pairs(named_parameters, lr):
    return SGD([tensor for _, tensor in named_parameters], lr=lr)


def of_a_module(model, lr):
    return SGD(model.parameters(), lr=lr)


def of_others(weights, model=None, lr=0.1):  # noqa: ARG001
    return SGD(weights, lr=lr)


def of_anything(*args, **kwargs):
    return SGD(*args, **kwargs)


def of_groups(params, lr=0.1, **options):
    return SGD(params, lr=lr, **options)


@pytest.mark.parametrize(
    ("constructed", "target", "form", "hparams"),
    [
        (with_seed, None, "tensors", ("lr", "seed")),
        (params_second, "params", "tensors", ("lr",)),
        (keyword_only, "parameters", "tensors", ("lr",)),
        (of_pairs, None, "pairs", ("lr",)),
        (of_a_module, None, "module", ("lr",)),
        (of_others, None, "tensors", ("model", "lr")),
        (of_anything, None, "tensors", None),
        (of_groups, None, "tensors", None),
        (functools.partial(params_second, 0.1), None, "tensors", ()),
        (dict, None, "tensors", None),  # compiled code without a signature
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_the_signature_decides_where_and_in_which_form_parameters_are_passed(
    constructed, target, form, hparams
):
    constructor = Constructor.of(constructed)
    assert (constructor.target, constructor.form, constructor.hparams) == (target, form, hparams)


def test_defaults_and_a_seed_are_read_from_the_signature():
    constructor = Constructor.of(with_seed)
    assert constructor.defaults == {"lr": 0.1, "seed": 3}
    assert constructor.takes_seed
    assert not Constructor.of(params_second).takes_seed
    assert not Constructor.of(of_anything).takes_seed


def test_a_class_without_variable_keywords_takes_only_its_own_names():
    assert Constructor.of(with_seed).takes("lr")
    assert not Constructor.of(with_seed).takes("momentum")
    assert not Constructor.of(with_seed).takes("params")
    assert Constructor.of(of_groups).takes("momentum")


@pytest.mark.parametrize(
    ("constructed", "name", "advice"),
    [
        (with_seed, "l_r", "did you mean 'lr'?"),
        (with_seed, "momentum", "it takes lr, seed"),
        (functools.partial(params_second, 0.1), "lr", "it takes none"),
        (with_seed, "lr_scheduler", "run() takes schedule="),
        (with_seed, "max_grad_norm", "run() takes grad_clip="),
        (with_seed, "hook", "run() takes prepare="),
    ],
)
def test_an_unknown_hyper_parameter_is_named_with_advice(constructed, name, advice):
    with pytest.raises(TypeError) as raised:
        Constructor.of(constructed).check_names("Mine", ["seed", name][name == "lr" :])
    assert str(raised.value) == f"Mine has no hyper-parameter {name!r}; {advice}"


def test_known_hyper_parameters_pass():
    Constructor.of(with_seed).check_names("Mine", ["lr", "seed"])
    Constructor.of(of_anything).check_names("Mine", ["whatever"])


def construct(function, params, settings=None, group=None):
    return Constructor.of(function).call("Mine", params, settings or {}, group or {}, {"lr": 0.1})


@pytest.mark.parametrize(
    "function", [with_seed, params_second, keyword_only, of_pairs, of_a_module, of_anything]
)
def test_every_form_optimizes_the_given_parameters(function):
    p, q = (nn.Parameter(torch.zeros(1)) for _ in range(2))
    for params in ([p], [p, q]):
        optimizer = construct(function, params, {"lr": 0.25})
        held = [tensor for group in optimizer.param_groups for tensor in group["params"]]
        assert all(a is b for a, b in zip(held, params, strict=True))
        assert optimizer.param_groups[0]["lr"] == 0.25


@pytest.mark.parametrize(("n", "names"), [(1, ["point"]), (2, ["x", "y"])])
def test_one_parameter_is_named_point_and_two_are_named_x_and_y(n, names):
    params = [nn.Parameter(torch.zeros(1)) for _ in range(n)]
    pairs = Constructor.of(of_pairs)._as_form(params, {})
    assert [name for name, _ in pairs] == names
    module = Constructor.of(of_a_module)._as_form(params, {})
    assert isinstance(module, Holder)
    assert [name for name, _ in module.named_parameters()] == names


def test_settings_of_the_group_are_copied_into_it():
    weights = torch.ones(2)
    p = nn.Parameter(torch.zeros(1))
    optimizer = construct(of_anything, [p], {"lr": 0.1}, {"weights": weights, "use_muon": True})
    (group,) = optimizer.param_groups
    assert group["use_muon"]
    assert torch.equal(group["weights"], weights)
    assert group["weights"] is not weights


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("too large"), "Mine refuses lr=0.1: too large"),
        (OSError(), "Mine refuses lr=0.1: OSError; if it wants its parameters in another form, "),
        (NotImplementedError("no"), "Mine refuses lr=0.1: NotImplementedError: no"),
        (AttributeError("size"), "Mine refuses lr=0.1: AttributeError: size; if it wants its "),
        (TypeError("params are missing"), "refuses lr=0.1: params are missing; if it wants its "),
        (KeyError("use_muon"), "KeyError: 'use_muon'; if 'use_muon' is a setting of its parameter"),
        (KeyError("lr"), "Mine refuses lr=0.1: KeyError: 'lr'"),
    ],
    ids=repr,
)
def test_any_exception_becomes_a_value_error_with_its_cause(error, text):
    def failing(params):  # noqa: ARG001
        raise error

    with pytest.raises(ValueError) as raised:  # noqa: PT011  (the text is compared below)
        construct(failing, [nn.Parameter(torch.zeros(1))])
    assert text in str(raised.value)
    assert ("; " in str(raised.value)) == ("; " in text)
    assert raised.value.__cause__ is error


def test_a_missing_hyper_parameter_is_asked_for():
    def needs(params, lr, horizon, size): ...

    with pytest.raises(ValueError, match=r"size'; give lr=\.\.\., horizon=\.\.\., size=\.\.\.$"):
        construct(needs, [nn.Parameter(torch.zeros(1))])


def test_a_state_that_was_not_begun_is_told_from_a_missing_setting():
    state, group = {}, {}
    with pytest.raises(KeyError) as of_state:
        state["velocity"]
    with pytest.raises(KeyError) as of_group:
        group["velocity"]
    assert missing_setting_advice(of_state.value, {}).startswith(
        "its step reads 'velocity' from the state before anything is stored there"
    )
    assert missing_setting_advice(of_group.value, {}).endswith(
        "OptimizerSpec(..., group={'velocity': ...})"
    )


@pytest.mark.parametrize(
    ("error", "given", "advice"),
    [
        (KeyError("use_muon"), {}, "OptimizerSpec(..., group={'use_muon': ...})"),
        (KeyError("use_muon"), {"use_muon": True}, ""),
        (KeyError(3), {}, ""),
        (KeyError(), {}, ""),
    ],
)
def test_a_missing_setting_of_the_group_is_suggested_if_its_name_is_known(error, given, advice):
    assert missing_setting_advice(error, given).endswith(advice)
    assert bool(missing_setting_advice(error, given)) == bool(advice)
