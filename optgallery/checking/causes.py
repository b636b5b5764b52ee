"""Hypotheses on what an implementation does differently: variants of the entry."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from optgallery.checking.plain import PLAIN
from optgallery.checking.rewriting import Update
from optgallery.checking.settings import defaults_of
from optgallery.checking.syntax import Rewrite
from optgallery.optim.hyperparameters import format_value
from optgallery.optim.spec import OptimizerSpec

KINDS = (
    "bias correction",
    "eps",
    "weight decay",
    "step count",
    "first step",
    "float32",
    "sign",
    "order",
    "hyper-parameter",
    "moving average",
    "root",
    "clipping",
    "factor",
    "term",
    "other term",
    "line",
)
"""The kinds of causes, those that people make first."""

_CONSTANTS = (1e-16, 1e-15, 1e-12, 1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3)
"""Values of eps that implementations use whatever they are given."""

Settings = Mapping[str, Any]
Place = Literal["gradient", "before", "after"]


@dataclass(frozen=True)
class Decay:
    """A form of weight decay: where it acts, and with which factor.

    Attributes
    ----------
    place : {"gradient", "before", "after"}
        Added to the gradient, or multiplied into the parameters before or after the update.
    factor : callable
        From learning rate and weight decay to the factor of the parameters.
    text : str
        What the implementation does.
    """

    place: Place
    factor: Callable[[float, float], float]
    text: str
    plain: bool = False
    """Whether it is one of the usual forms."""
    of_gradient: bool = False
    """Whether the gradient decays the parameters, where they should decay themselves."""


DECAYS = (
    Decay("gradient", lambda _, wd: wd, "it is added to the gradient (L2)", plain=True),
    Decay(
        "before",
        lambda lr, wd: -lr * wd,
        "it is decoupled: the parameters shrink by lr * weight_decay before the update",
        plain=True,
    ),
    Decay(
        "after",
        lambda lr, wd: -lr * wd,
        "it is decoupled: the parameters shrink by lr * weight_decay after the update",
        plain=True,
    ),
    Decay("before", lambda _, wd: -wd, "it is decoupled, but not multiplied by lr"),
    Decay("after", lambda _, wd: -wd, "it is decoupled, but not multiplied by lr"),
    Decay(
        "before",
        lambda lr, wd: 1 / (1 + lr * wd) - 1,
        "it divides by 1 + lr * weight_decay before the update",
        plain=True,
    ),
    Decay(
        "after",
        lambda lr, wd: 1 / (1 + lr * wd) - 1,
        "it divides by 1 + lr * weight_decay after the update",
        plain=True,
    ),
    Decay("gradient", lambda _lr, _wd: 0.0, "it has no effect"),
    Decay(
        "gradient", lambda _, wd: -wd, "it has the wrong sign: it is subtracted from the gradient"
    ),
    Decay("before", lambda lr, wd: lr * wd, "it has the wrong sign: the parameters grow"),
    Decay("after", lambda lr, wd: lr * wd, "it has the wrong sign: the parameters grow"),
    Decay("gradient", lambda lr, wd: lr * wd, "it is added to the gradient, multiplied by lr"),
    Decay("gradient", lambda _, wd: 2 * wd, "twice the decay is added to the gradient"),
    Decay("gradient", lambda _, wd: wd / 2, "half the decay is added to the gradient"),
    Decay("before", lambda lr, wd: -2 * lr * wd, "it is decoupled and acts twice"),
    Decay("after", lambda lr, wd: -2 * lr * wd, "it is decoupled and acts twice"),
    Decay("before", lambda lr, wd: -lr * wd / 2, "it is decoupled and halved"),
    Decay("after", lambda lr, wd: -lr * wd / 2, "it is decoupled and halved"),
    Decay("before", lambda lr, wd: -lr * lr * wd, "it is multiplied by lr twice"),
    Decay("after", lambda lr, wd: -lr * lr * wd, "it is multiplied by lr twice"),
    Decay(
        "before",
        lambda lr, wd: -lr * wd,
        "it takes the gradient instead of the parameters: the update has weight_decay * gradient",
        of_gradient=True,
    ),
    Decay(
        "gradient",
        lambda _, wd: wd,
        "it takes the gradient instead of the parameters: the gradient grows by 1 + weight_decay",
        of_gradient=True,
    ),
)


@dataclass(frozen=True, eq=False)
class Hypothesis:
    """A variant of an entry that may do what the implementation does.

    Attributes
    ----------
    kind : str
    text : str
    rank : int
        How likely it is; less is likelier.
    rewrites : tuple of Rewrite
        Changes of its source.
    around : tuple of str
        What happens around the step: see `Around`.
    decay : Decay, optional
        Instead of the entry's own.
    settings : callable, optional
        What the entry is given instead.
    extra_decay : bool
        Whether a rewrite adds the decay, instead of the entry's own.
    """

    kind: str
    text: str
    rank: int
    rewrites: tuple[Rewrite, ...] = ()
    around: tuple[str, ...] = ()
    decay: Decay | None = None
    settings: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    extra_decay: bool = False

    def __and__(self, other: "Hypothesis") -> "Hypothesis | None":
        """Return both together; None if they exclude each other."""
        decays = [h for h in (self, other) if h.decay is not None or h.extra_decay]
        if len(decays) > 1 or (self.settings and other.settings):
            return None
        return Hypothesis(
            self.kind,
            f"{self.text}; and {other.text}",
            self.rank + other.rank,
            self.rewrites + other.rewrites,
            self.around + other.around,
            self.decay or other.decay,
            self.settings or other.settings,
            self.extra_decay or other.extra_decay,
        )


class Variants:
    """The variants of one entry."""

    def __init__(self, spec: OptimizerSpec) -> None:
        self.spec = spec
        self._update = _update_of(spec.cls)
        self._classes: dict[Hypothesis, type[Optimizer]] = {}

    def rewrites(self) -> tuple[Rewrite, ...]:
        """Return the changes of the entry's source; none if it has no plain form."""
        return self._update.rewrites if self._update is not None else ()

    def builder(
        self, hypothesis: Hypothesis, settings: Settings
    ) -> Callable[[list[Tensor]], "Around"]:
        """Return what builds the entry as a hypothesis has it, for these settings."""
        wd = float(settings.get("weight_decay", 0.0))
        own = {**settings}
        if hypothesis.settings is not None:
            own = hypothesis.settings(own)
        replaces_decay = hypothesis.decay is not None or hypothesis.extra_decay
        if replaces_decay:
            own["weight_decay"] = 0.0
        cls: Any = self._compiled(hypothesis)
        lr = float(own.get("lr", 1.0))

        def build(params: list[Tensor]) -> Around:
            inner = cls(params, **{**self.spec.defaults, **own})
            inner.extra_decay = wd
            return Around(inner, params, hypothesis, lr, wd)

        return build

    def _compiled(self, hypothesis: Hypothesis) -> Any:
        """Return the class with the changes of a hypothesis."""
        if not hypothesis.rewrites or self._update is None:
            return self.spec.cls
        if hypothesis not in self._classes:
            self._classes[hypothesis] = self._update.variant(hypothesis.rewrites)
        return self._classes[hypothesis]


@cache
def _update_of(cls: Any) -> Update | None:
    if not (isinstance(cls, type) and issubclass(cls, Optimizer)):
        return None
    written_here = cls.__module__.startswith("optgallery.optim")
    return Update(cls) if written_here or cls in PLAIN else None


class Around:
    """An optimizer, and what a hypothesis does before and after each of its steps."""

    def __init__(
        self, inner: Any, params: list[Tensor], hypothesis: Hypothesis, lr: float, wd: float
    ) -> None:
        self.inner, self.params, self.actions = inner, params, hypothesis.around
        self.decay, self.lr, self.wd = hypothesis.decay, lr, wd
        self.param_groups = inner.param_groups
        self.taken = 0
        self._of_gradient = self.decay is not None and self.decay.of_gradient
        for mode in ("train", "eval"):
            if callable(getattr(inner, mode, None)):
                setattr(self, mode, getattr(inner, mode))

    def step(self) -> None:
        """Take a step."""
        self.taken += 1
        if not self.actions and self.decay is None:
            self.inner.step()
            return
        if "first call ignored" in self.actions and self.taken == 1:
            return
        before = [p.detach().clone() for p in self.params]
        factor = self.decay.factor(self.lr, self.wd) if self.decay else 0.0
        place = self.decay.place if self.decay else ""
        for p in self.params:
            p.grad = self._gradient(p, factor if place == "gradient" else 0.0)
        self._limit_gradients()
        if place == "before":
            self._shrink(factor)
        self.inner.step()
        if place == "after":
            self._shrink(factor)
        with torch.no_grad():
            for p, old in zip(self.params, before, strict=True):
                if "update negated" in self.actions:
                    p.copy_(2 * old - p)
                if self.taken == 1 and "first update dropped" in self.actions:
                    p.copy_(old)
                if self.taken == 1 and "first update only decays" in self.actions:
                    p.copy_(old * (1 - self.lr * self.wd))

    def _gradient(self, p: Tensor, decay: float) -> Tensor | None:
        """Return the gradient that the hypothesis gives to the optimizer."""
        gradient = p.grad
        if gradient is None:
            return None
        if decay:
            gradient = gradient + decay * (gradient if self._of_gradient else p.detach())
        factors = {"gradient negated": -1.0, "gradient doubled": 2.0, "gradient halved": 0.5}
        for action, factor in factors.items():
            if action in self.actions:
                gradient = factor * gradient
        return gradient

    @torch.no_grad()
    def _shrink(self, factor: float) -> None:
        for p in self.params:
            if not self._of_gradient:
                p.mul_(1 + factor)
            elif p.grad is not None:
                p.add_(factor * p.grad)

    def _limit_gradients(self) -> None:
        """Clamp the gradients, or shorten them to a largest norm, if the hypothesis does."""
        for limit in _LIMITS:
            for p in self.params:
                if p.grad is None:
                    continue
                if f"gradient clamped to {limit:g}" in self.actions:
                    p.grad = p.grad.clamp(-limit, limit)
                if f"gradients shortened to {limit:g} one by one" in self.actions:
                    p.grad = p.grad * (limit / p.grad.norm().clamp(min=limit))
            if f"gradients shortened to {limit:g} by torch" in self.actions:
                nn.utils.clip_grad_norm_(self.params, limit)
            if f"gradients shortened to {limit:g}" in self.actions:
                gradients = [p.grad for p in self.params if p.grad is not None]
                factor = limit / nn.utils.get_total_norm(gradients).clamp(min=limit)
                for gradient in gradients:
                    gradient.mul_(factor)


_LIMITS = (1.0, 0.1, 0.5, 5.0, 10.0)
"""Which people limit gradients to."""

_LIMITED = tuple(
    ("clipping", text.format(f"{limit:g}"), 2, action.format(f"{limit:g}"))
    for limit in _LIMITS
    for text, action in (
        ("the gradient is clamped to the range from -{0} to {0}", "gradient clamped to {0}"),
        (
            "gradients are shortened to a norm of at most {0}, each parameter's by itself",
            "gradients shortened to {0} one by one",
        ),
        (
            "gradients are shortened to a norm of at most {0}, all parameters' together",
            "gradients shortened to {0}",
        ),
        (
            "torch.nn.utils.clip_grad_norm_ shortens the gradients to a norm of at most {0}",
            "gradients shortened to {0} by torch",
        ),
    )
)

_AROUND = (
    ("sign", "the sign of the update is wrong: it goes up the gradient", 0, "update negated"),
    ("sign", "the sign of the gradient is wrong", 0, "gradient negated"),
    ("first step", "the first step is skipped: it changes nothing", 0, "first call ignored"),
    (
        "first step",
        "the first step does not move the parameters, it only begins the averages",
        0,
        "first update dropped",
    ),
    (
        "first step",
        "the first step does not move the parameters, it only begins the averages and decays",
        0,
        "first update only decays",
    ),
    ("factor", "the gradient is doubled", 2, "gradient doubled"),
    ("factor", "the gradient is halved", 2, "gradient halved"),
    *_LIMITED,
)


@dataclass
class Hypotheses:
    """All hypotheses on one entry and one implementation.

    Attributes
    ----------
    variants : Variants
    takes_decay : bool
        Whether both take a weight decay.
    own_decays : list of Decay
        The forms that the entry's own decay has.
    defaults : mapping
        The implementation's defaults under the entry's names.
    shared : collection of str
        The hyper-parameters that both take.
    """

    variants: Variants
    takes_decay: bool
    own_decays: list[Decay]
    defaults: Settings
    shared: frozenset[str]

    def __iter__(self) -> Iterator[Hypothesis]:
        """Yield single hypotheses, the likeliest first."""
        each = [*self._of_steps(), *self._of_decay(), *self._of_settings(), *self._of_source()]
        yield from sorted(each, key=lambda h: (h.rank, KINDS.index(h.kind)))

    def _of_steps(self) -> Iterator[Hypothesis]:
        for kind, text, rank, action in _AROUND:
            yield Hypothesis(kind, text, rank, around=(action,))

    def _of_decay(self) -> Iterator[Hypothesis]:
        if not self.takes_decay:
            return
        own = {decay.place for decay in self.own_decays}
        for decay in DECAYS:
            if decay in self.own_decays:
                continue
            shrinks = decay.place != "gradient" and decay.plain
            reordered = shrinks and own and "gradient" not in own
            same_form = any(o.factor(0.1, 0.3) == decay.factor(0.1, 0.3) for o in self.own_decays)
            if reordered and same_form:
                text = f"the decay comes {decay.place} the update instead of {_other(decay.place)}"
                yield Hypothesis("order", text, 0, decay=decay)
            else:
                sign = "wrong sign" in decay.text
                yield Hypothesis(
                    "sign" if sign else "weight decay",
                    f"the decay{decay.text.removeprefix('it')}{self._own_text()}",
                    0,
                    decay=decay,
                )

    def _own_text(self) -> str:
        usual = next((d for d in self.own_decays if d.plain), None)
        return f"; in the entry {usual.text}" if usual else ""

    def _of_settings(self) -> Iterator[Hypothesis]:
        ours = defaults_of(self.variants.spec)
        for name in sorted(self.shared & set(ours)):
            for value, whose in ((ours[name], "the entry's"), (self.defaults.get(name), "your")):
                if value is None or name == "weight_decay":
                    continue
                yield Hypothesis(
                    "eps" if name.startswith("eps") else "hyper-parameter",
                    f"{name} has no effect: it is always {format_value(value)}, {whose} default",
                    1,
                    settings=_with(name, value),
                )
            value = ours[name]
            if name in ("momentum", "beta") and value:
                yield Hypothesis(
                    "hyper-parameter",
                    f"{name} has no effect: it is always 0",
                    1,
                    settings=_with(name, 0.0),
                )
            if isinstance(value, bool):
                yield Hypothesis(
                    "hyper-parameter",
                    f"{name} is the other way round",
                    1,
                    settings=_with(name, not value),
                )
            if isinstance(value, tuple) and len(value) > 1 and name == "betas":
                yield Hypothesis(
                    "hyper-parameter",
                    "the betas are in another order: the first two are exchanged",
                    1,
                    settings=lambda s: {
                        **s,
                        "betas": (s["betas"][1], s["betas"][0], *s["betas"][2:]),
                    },
                )
                yield Hypothesis(
                    "hyper-parameter",
                    "the betas mean the weight of the new value: 1 - beta",
                    1,
                    settings=lambda s: {**s, "betas": tuple(1 - b for b in s["betas"])},
                )
            if name.startswith("eps") and isinstance(value, float):
                for constant in _CONSTANTS:
                    if constant not in (value, self.defaults.get(name)):
                        yield Hypothesis(
                            "eps",
                            f"{name} has no effect: it is always {format_value(constant)}",
                            2,
                            settings=_with(name, constant),
                        )
                for text, change in (
                    ("eps is squared", lambda e: e * e),
                    ("the root of eps is taken", lambda e: e**0.5),
                    ("eps has no effect", lambda _: 1e-300),
                ):
                    yield Hypothesis(
                        "eps",
                        text,
                        1,
                        settings=_changed(name, change),
                    )

    def _of_source(self) -> Iterator[Hypothesis]:
        in_gradient = any(d.place == "gradient" for d in self.own_decays)
        for rewrite in self.variants.rewrites():
            if rewrite.kind != "decay in the update":
                yield Hypothesis(rewrite.kind, rewrite.text, rewrite.rank, rewrites=(rewrite,))
            elif self.takes_decay:
                where = "instead of to the gradient" if in_gradient else "instead of decoupled"
                yield Hypothesis(
                    "order" if in_gradient else "weight decay",
                    f"{rewrite.text} {where}",
                    0,
                    rewrites=(rewrite,),
                    extra_decay=True,
                )


def _with(name: str, value: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return what sets a hyper-parameter."""
    return lambda settings: {**settings, name: value}


def _changed(
    name: str, change: Callable[[float], float]
) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return what changes a hyper-parameter."""
    return lambda settings: {**settings, name: change(settings[name])}


def _other(place: str) -> str:
    return "before it" if place == "after" else "after it"
