"""check(): who agrees, who departs and why, and what is told."""

from functools import partial

import numpy as np
import optax
import pytest
import torch
from adapters import Optax
from own_mistakes import MISTAKES, AdamOf, AdamWOf, with_mistake
from references import CASES
from seeded_mistakes import MISTAKES as SEEDED

import optgallery as og
from optgallery import OPTIMIZERS
from optgallery.checking.settings import defaults_of

KINDS_OF_SEEDED = {
    "bias correction": "bias correction",
    "place of eps": "eps",
    "decoupled or L2 decay": "weight decay",
    "step counted from 0 or 1": "step count",
    "first step skipped": "first step",
    "float32 inside": "float32",
    "sign": "sign",
    "order of momentum and decay": "order",
}

OTHERWISE = {
    ("adabound", "pytorch_optimizer"): "eps",
    ("adopt", "pytorch_optimizer"): "weight decay",
    ("ano", "ano-optimizer"): "eps",
    ("grams", "grams-pytorch"): "eps",
    ("schedule_free_adamw", "pytorch_optimizer"): "eps",
}
"""Classes that depart from the entries at some settings, with the cause."""

ADAPTED = {
    *("adamc", "adamod", "bcos", "cautious_adamw", "diffgrad", "focus", "lars", "laprop"),
    *("mars", "shampoo"),
}
"""Entries that packages only agree with at some settings, or through an adapter of settings."""


def own_settings(case):
    """Return the settings that only the package's class has."""
    ours = defaults_of(OPTIMIZERS[case.optimizer])
    return {name: value for name, value in case.settings.items() if name not in ours}


def first_cases():
    """Return the first case of each optimizer and package, except those of no class."""
    cases = {}
    for case in CASES:
        cases.setdefault((case.optimizer, case.package), case)
    return {
        key: case
        for key, case in cases.items()
        if case.optimizer not in ADAPTED and case.package != "optax"
    }


RIGHT = {key: case for key, case in first_cases().items() if key not in OTHERWISE}


def test_there_are_thirty_right_implementations():
    assert len(RIGHT) >= 30


@pytest.mark.parametrize("key", RIGHT, ids=" of ".join)
def test_right_implementations_of_other_packages_are_not_accused(key):
    case = RIGHT[key]
    with case.deprecation_ignored():
        result = og.check(case.reference, case.optimizer, steps=25, hparams=own_settings(case))
    assert result, str(result)
    assert result.cause is None
    assert result.first_step is None
    assert result.difference < 1e-9


@pytest.mark.parametrize(
    ("cls", "entry"),
    [
        (partial(torch.optim.Adam, foreach=True), "adam"),
        (partial(torch.optim.Adam, fused=True), "adam"),
        (partial(torch.optim.AdamW, fused=True), "adamw"),
        (partial(torch.optim.SGD, foreach=True), "momentum"),
        (partial(torch.optim.SGD, fused=True), "nesterov"),
        (partial(torch.optim.RMSprop, foreach=True), "rmsprop"),
        (partial(torch.optim.Adagrad, fused=True), "adagrad"),
        (partial(torch.optim.NAdam, foreach=True), "nadam"),
        (partial(torch.optim.Adamax, foreach=True), "adamax"),
        (AdamOf, "adam"),
        (AdamWOf, "adamw"),
    ],
)
def test_the_variants_of_pytorch_are_not_accused(cls, entry):
    assert og.check(cls, entry)


@pytest.mark.parametrize("seeded", SEEDED, ids=lambda seeded: seeded.cls.__name__)
def test_seeded_mistakes_are_named(seeded):
    result = og.check(seeded.cls, seeded.entry, steps=20)
    assert not result
    assert result.cause.kind == KINDS_OF_SEEDED[seeded.kind], str(result)


@pytest.mark.parametrize("right", {s.right: s.entry for s in SEEDED}.items(), ids=str)
def test_the_classes_without_the_mistakes_agree(right):
    assert og.check(*right, steps=20)


@pytest.mark.parametrize(("entry", "wrong"), MISTAKES)
def test_mistakes_in_adam_and_sgd_are_named(entry, wrong):
    cls, kind = MISTAKES[entry, wrong]
    result = og.check(with_mistake(cls, wrong), entry, steps=15)
    assert not result
    assert (result.cause.kind if result.cause else None) == kind, str(result)


@pytest.mark.parametrize("key", OTHERWISE, ids=" of ".join)
def test_what_packages_do_otherwise_is_named(key):
    case = first_cases()[key]
    result = og.check(case.reference, case.optimizer, hparams=own_settings(case), steps=15)
    assert result.cause.kind == OTHERWISE[key], str(result)


def test_optax_adagrad_has_eps_inside_the_root():
    def adagrad(params, lr=1e-2, eps=1e-10):
        return Optax(
            params, optax.adagrad, learning_rate=lr, eps=eps, initial_accumulator_value=0.0
        )

    result = og.check(adagrad, "adagrad", steps=10)
    assert "inside the root" in result.cause.text


def test_two_mistakes_are_named_together():
    both = with_mistake(AdamWOf, "eps inside", "decay after")
    result = og.check(both, "adamw", steps=10)
    assert "eps is inside the root" in result.cause.text
    assert "the decay comes after the update" in result.cause.text


def test_the_first_step_that_differs_is_told():
    class Late(AdamOf):
        @torch.no_grad()
        def step(self):
            super().step()
            if self.calls >= 4:
                for group in self.param_groups:
                    for p in group["params"]:
                        p.add_(0.01)

    result = og.check(Late, "adam", steps=10)
    assert result.first_step == 4
    assert result.cause is None
    assert "departs from Adam at step 4" in str(result)
    assert "The cause is unknown" in str(result)


def test_the_situation_in_which_they_depart_is_told():
    result = og.check(with_mistake(AdamOf, "decay exchanged"), "adam", steps=10)
    departed = [d.situation for d in result.departures if d.first_step is not None]
    assert departed == ["with weight_decay 0.1"]
    assert "They agree at the entry's defaults" in str(result)


def test_an_exception_of_a_step_is_told():
    class Raises(AdamOf):
        def step(self):
            if self.calls == 2:
                raise RuntimeError("no more")
            super().step()

    result = og.check(Raises, "adam", steps=10)
    assert result.first_step == 3
    assert result.cause is None
    assert "raises RuntimeError: no more in step 3" in str(result)
    assert "Correct what raises the exception" in str(result)


def test_dividing_by_zero_in_the_first_step_is_named():
    class CountsFromZero(AdamOf):
        wrong = frozenset({"step from 0"})

    result = og.check(CountsFromZero, "adam", steps=10)
    assert result.first_step == 1
    assert result.cause.kind == "step count"


def test_rounded_state_is_named_although_the_paths_agree():
    class LionInSinglePrecision(torch.optim.Optimizer):
        def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
            super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

        @torch.no_grad()
        def step(self):
            for group in self.param_groups:
                beta1, beta2 = group["betas"]
                for p in group["params"]:
                    m = self.state[p].setdefault("average", torch.zeros_like(p).float())
                    p.mul_(1 - group["lr"] * group["weight_decay"])
                    p.sub_(group["lr"] * torch.sign(beta1 * m + (1 - beta1) * p.grad))
                    m.mul_(beta2).add_((1 - beta2) * p.grad)

    result = og.check(LionInSinglePrecision, "lion", steps=20)
    assert result.first_step is None
    assert not result
    assert result.cause.kind == "float32"
    assert "'average' is float32" in result.cause.text


class AdamWithout(AdamOf):
    """Adam without weight decay, whose update is to be written."""

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.begin(p)
                state["t"] += 1
                self.update(p, p.grad, state, group)

    def update(self, p, g, state, group):
        (beta1, beta2), t = group["betas"], state["t"]
        state["m"] = self.first_moment(state["m"], g, beta1, t)
        state["v"] = self.second_moment(state["v"], g, beta2)
        m_hat = state["m"] / self.first_correction(beta1, t)
        v_hat = state["v"] / self.second_correction(beta2, t)
        p.sub_(group["lr"] * m_hat / (v_hat.sqrt() + group["eps"]))

    def first_moment(self, m, g, beta, t):
        return beta * m + (1 - beta) * g

    def second_moment(self, v, g, beta):
        return beta * v + (1 - beta) * g * g

    def first_correction(self, beta, t):
        return 1 - beta**t

    def second_correction(self, beta, t):
        return 1 - beta**t


class Clamps(AdamWithout):
    def update(self, p, g, state, group):
        super().update(p, g.clamp(-1, 1), state, group)


class ShortensTo5(AdamOf):
    def step(self):
        torch.nn.utils.clip_grad_norm_(self.param_groups[0]["params"], 5.0)
        super().step()


class ShortensEach(AdamWithout):
    def update(self, p, g, state, group):
        super().update(p, g / max(1.0, g.norm().item()), state, group)


class Sums(AdamWithout):
    def second_moment(self, v, g, beta):
        return v + g * g

    def second_correction(self, beta, t):
        return 1.0


class DoesNotDecay(AdamWithout):
    def second_moment(self, v, g, beta):
        return v + (1 - beta) * g * g


class BeginsWithTheGradient(AdamWithout):
    def first_moment(self, m, g, beta, t):
        return g.clone() if t == 1 else super().first_moment(m, g, beta, t)

    def first_correction(self, beta, t):
        return 1.0


class MeanOverCoordinates(AdamWithout):
    def second_moment(self, v, g, beta):
        return beta * v + (1 - beta) * g.square().mean()


class MaximumOverCoordinates(AdamWithout):
    def second_moment(self, v, g, beta):
        return beta * v + (1 - beta) * g.square().max()


@pytest.mark.parametrize(
    ("cls", "kind", "text"),
    [
        (Clamps, "clipping", "clamped to the range from -1 to 1"),
        (ShortensTo5, "clipping", "clip_grad_norm_ shortens the gradients to a norm of at most 5"),
        (ShortensEach, "clipping", "a norm of at most 1, each parameter's by itself"),
        (Sums, "moving average", "`v` is a sum instead of an average by `beta2`, and is not"),
        (DoesNotDecay, "moving average", "`v` does not decay"),
        (BeginsWithTheGradient, "first step", "begins with the first gradient instead of zeros"),
        (MeanOverCoordinates, "moving average", "the mean of `g ** 2` over all coordinates"),
        (MaximumOverCoordinates, "moving average", "the maximum of `g ** 2` over all"),
    ],
)
def test_other_mistakes_in_adam_are_named(cls, kind, text):
    result = og.check(cls, "adam", steps=10)
    assert result.cause is not None, str(result)
    assert result.cause.kind == kind
    assert text in result.cause.text


@pytest.mark.parametrize("entry", ["adamw", "adam"])
def test_a_decay_of_the_gradient_is_named(entry):
    class Decays(AdamOf):
        def step(self):
            for group in self.param_groups:
                lr, wd = group["lr"], group["weight_decay"]
                before = [p.grad.clone() for p in group["params"]]
                for p in group["params"]:
                    p.grad.mul_(1 + wd if entry == "adam" else 1)
                with_decay, group["weight_decay"] = wd, 0.0
                super().step()
                group["weight_decay"] = with_decay
                for p, g in zip(group["params"], before, strict=True):
                    p.data.sub_(lr * wd * g if entry == "adamw" else 0.0)

    result = og.check(Decays, entry, steps=10)
    assert result.cause.kind == "weight decay"
    assert "the decay takes the gradient instead of the parameters" in result.cause.text


def test_a_step_that_does_nothing_is_named_first():
    class Idle(AdamOf):
        def step(self):
            pass

    result = og.check(Idle, "adam", steps=5)
    assert [cause.text for cause in result.causes] == ["your class does not move the parameters"]
    assert "They are as before after 5 steps, in every situation." in str(result)


def test_what_differs_is_told_if_the_cause_is_unknown():
    class Partly(AdamOf):
        @torch.no_grad()
        def step(self):
            super().step()
            for group in self.param_groups:
                for p in group["params"]:
                    p[p > 1] += 0.1

    result = og.check(Partly, "adam", steps=4)
    assert result.cause is None
    assert result.departure.coordinates == ("tiny", "alternating")
    assert (
        "In step 1, at the entry's defaults, the coordinates whose gradients are tiny and "
        "alternating differ; those whose gradients are random, constant, almost zero after three "
        "steps and large agree.\nThey agree in no situation."
    ) in str(result)


# settings


class RMSpropOf(torch.optim.Optimizer):
    """RMSprop, whose decay has a name that is to be given."""

    called = "alpha"
    addition = 0.0

    def __init__(self, params, **settings):
        super().__init__(params, settings)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            decay = group[self.called]
            for p in group["params"]:
                v = self.state[p].setdefault("v", torch.zeros_like(p))
                v.mul_(decay).add_((1 - decay) * p.grad**2)
                p.sub_(group["lr"] * p.grad / (v.sqrt() + group["eps"])).add_(self.addition)


class WithRho(RMSpropOf):
    called = "rho"

    def __init__(self, params, lr=0.001, rho=0.9, eps=1e-7):
        super().__init__(params, lr=lr, rho=rho, eps=eps)


class WithBeta(RMSpropOf):
    called = "beta"

    def __init__(self, params, lr=0.001, beta=0.9, eps=1e-7):
        super().__init__(params, lr=lr, beta=beta, eps=eps)


class WithForget(RMSpropOf):
    called = "forget"

    def __init__(self, params, lr=0.001, forget=0.9, eps=1e-7):
        super().__init__(params, lr=lr, forget=forget, eps=eps)


class WithoutDefault(RMSpropOf):
    called = "decay"

    def __init__(self, params, lr, decay):
        super().__init__(params, lr=lr, decay=decay, eps=1e-8)


@pytest.mark.parametrize("cls", [WithRho, WithBeta, WithForget, WithoutDefault])
def test_an_implementation_is_not_accused_for_the_name_of_a_setting(cls):
    result = og.check(cls, "rmsprop")
    assert result, str(result)
    assert "with alpha 0.97, lr 0.03" in [d.situation for d in result.departures]
    told = "the entry's alpha is taken to be your "
    assert any(told in note for note in result.notes) == (cls is not WithRho)


def test_two_numbers_of_other_names_are_paired_with_the_betas():
    def mine(params, lr=1e-3, first=0.8, second=0.9, eps=1e-8):
        return torch.optim.Adam(params, lr=lr, betas=(first, second), eps=eps)

    result = og.check(mine, "adam", steps=20)
    assert result
    assert any("names={'betas': ('first', 'second')} says so" in note for note in result.notes)


def test_betas_that_are_exchanged_are_no_other_names():
    def mine(params, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        return torch.optim.Adam(params, lr=lr, betas=(beta2, beta1), eps=eps)

    assert "the first two are exchanged" in og.check(mine, "adam", steps=10).cause.text


def test_a_pair_of_names_is_proposed_if_the_cause_is_unknown():
    cls = type("Adds", (WithForget,), {"addition": 1.0})
    result = og.check(cls, "rmsprop", steps=4)
    assert result.cause is None
    assert "perhaps names={'alpha': 'forget'}" in str(result)


class Renamed(torch.optim.Optimizer):
    """SGD whose hyper-parameters have other names and defaults."""

    def __init__(self, params, step_size=0.5, heaviness=0.0, wd=0.0):
        super().__init__(params, {"step_size": step_size, "heaviness": heaviness, "wd": wd})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                g = p.grad + group["wd"] * p
                b = self.state[p].get("b")
                self.state[p]["b"] = g.clone() if b is None else group["heaviness"] * b + g
                p.sub_(group["step_size"] * self.state[p]["b"])


def test_other_names_are_matched():
    result = og.check(Renamed, "momentum", names={"momentum": "heaviness"})
    assert result, str(result)
    situations = [d.situation for d in result.departures]
    assert "with weight_decay 0.1" in situations
    assert any("momentum" in situation for situation in situations)


def test_defaults_that_differ_are_told():
    result = og.check(Renamed, "momentum", names={"momentum": "heaviness"})
    assert "your default of step_size is 0.5, the entry's lr is 0.001" in result.notes
    assert "your default of heaviness is 0, the entry's momentum is 0.9" in result.notes


def test_members_of_a_tuple_are_matched():
    def build(params, lr=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8):
        return torch.optim.Adam(params, lr=lr, betas=(beta1, beta2), eps=epsilon)

    result = og.check(build, "adam")
    assert result
    assert "with eps 0.05" in [d.situation for d in result.departures]
    assert any(d.situation.startswith("with betas") for d in result.departures)


def test_given_settings_hold_for_both():
    result = og.check(torch.optim.Adam, "adam", eps=0.3, betas=(0.5, 0.5))
    assert result
    situations = [d.situation for d in result.departures]
    assert situations[0] == "at the given settings"
    assert not any("eps" in situation or "betas" in situation for situation in situations)


def test_a_setting_of_the_implementation_alone_is_passed_to_it():
    assert not og.check(torch.optim.Adam, "adamw", steps=5)
    assert og.check(torch.optim.Adam, "adamw", decoupled_weight_decay=True)


@pytest.mark.parametrize(
    ("arguments", "keywords", "error", "message"),
    [
        ((AdamOf, "adm"), {}, ValueError, "did you mean"),
        ((AdamOf, 3), {}, TypeError, "entry must be a name in OPTIMIZERS, got 3"),
        (("no", "adam"), {}, ValueError, "'no'"),
        ((AdamOf([torch.zeros(1)]), "adam"), {}, TypeError, "instance of AdamOf"),
        ((AdamOf, "adam"), {"steps": 1}, ValueError, "steps must be a whole number >= 3, got 1"),
        ((AdamOf, "adam"), {"gamma": 1}, TypeError, "Adam has no hyper-parameter 'gamma'"),
        ((AdamOf, "adam"), {"lr": -1}, ValueError, "lr=-1"),
        ((AdamOf, "adam"), {"names": {"epz": "eps"}}, TypeError, "no hyper-parameter 'epz'"),
        ((AdamOf, "adam"), {"names": {"eps": "epz"}}, TypeError, "AdamOf has no hyper-parameter"),
    ],
)
def test_bad_input_is_refused(arguments, keywords, error, message):
    with pytest.raises(error, match=message):
        og.check(*arguments, **keywords)


def test_a_closure_optimizer_is_compared_on_functions():
    lbfgs = partial(torch.optim.LBFGS, line_search_fn="strong_wolfe")
    assert og.check(lbfgs, "lbfgs")
    result = og.check(torch.optim.LBFGS, "lbfgs", line_search_fn=None, history_size=5)
    assert result
    assert [d.situation for d in result.departures] == ["on Rosenbrock", "on Beale"]


def test_global_settings_are_left_alone():
    torch.manual_seed(5)
    expected = torch.rand(2)
    torch.manual_seed(5)
    og.check(AdamOf, "adam", steps=5)
    assert torch.equal(torch.rand(2), expected)
    assert torch.get_default_dtype() is torch.float32


def test_the_same_call_gives_the_same_result():
    results = [og.check(with_mistake(AdamOf, "eps inside"), "adam", steps=8) for _ in range(2)]
    assert results[0] == results[1]
    assert np.isfinite(results[0].difference)
