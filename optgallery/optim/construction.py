"""Construct optimizers: find out how a class or function takes parameters and settings."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from inspect import Parameter
from traceback import extract_tb
from typing import Any, Literal

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.optimizer import ParamsT

from optgallery.optim.hyperparameters import own_copy

_NAMED = ("named_parameters", "named_params", "model_named_parameters")
_MODULES = ("model", "module", "net", "network")

# arguments of `run`, by their names in other libraries
_RUN_ARGUMENTS = {
    **dict.fromkeys(("scheduler", "lr_scheduler", "lr_schedule"), "schedule"),
    **dict.fromkeys(("clip", "clip_grad", "max_norm", "max_grad_norm"), "grad_clip"),
    **dict.fromkeys(("gradient_clip_val", "clip_grad_norm"), "grad_clip"),
    **dict.fromkeys(("callback", "hook", "hooks"), "prepare"),
}
_TARGETS = ("params", "parameters", "param_groups", *_NAMED, *_MODULES)
_POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)

Form = Literal["tensors", "pairs", "module"]
"""What a class takes: tensors or groups of tensors, pairs of names and tensors, or a module."""


class Holder(nn.Module):
    """A module that holds the parameters of a run, for classes that take a module."""

    def __init__(self, named: Mapping[str, Tensor]) -> None:
        super().__init__()
        for name, tensor in named.items():
            self.register_parameter(name, tensor)  # type: ignore[arg-type]  # an nn.Parameter


@dataclass(frozen=True)
class Constructor:
    """The signature of a class or function: where it takes parameters, and its hyper-parameters.

    Attributes
    ----------
    cls : callable
    target : str or None
        The name of the argument that takes the parameters; None for the first positional one.
    form : {"tensors", "pairs", "module"}
    hparams : tuple of str or None
        The names of its other arguments; None if it takes any keyword.
    takes_seed : bool
        Whether it has an argument ``seed``.
    defaults : mapping
        The defaults in the signature.
    """

    cls: Callable[..., Any]
    target: str | None
    form: Form
    hparams: tuple[str, ...] | None
    takes_seed: bool
    defaults: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, constructed: Callable[..., Any]) -> "Constructor":
        """Read a signature."""
        try:
            parameters = list(inspect.signature(constructed).parameters.values())
        except (TypeError, ValueError):  # compiled code may have no signature
            return cls(constructed, None, "tensors", None, takes_seed=False)
        named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        by_name = next((p for p in named if p.name in _TARGETS), None)
        first = next((p for p in named if p.kind in _POSITIONAL), None)
        if parameters[:1] != [first]:
            first = None
        # a required first argument takes precedence over an optional "model" or "params"
        by_name = (
            by_name if by_name and (_is_required(by_name) or not _is_required(first)) else None
        )
        target = by_name or first
        others = tuple(p.name for p in named if p is not target)
        variable = any(p.kind is p.VAR_KEYWORD for p in parameters)
        name = target.name if target else ""
        positional = target is first  # pass it as a positional argument, as users do
        return cls(
            constructed,
            None if positional else name or None,
            "pairs" if name in _NAMED else "module" if name in _MODULES else "tensors",
            None if variable else others,
            takes_seed="seed" in others,
            defaults={p.name: p.default for p in named if p.default is not p.empty},
        )

    def takes(self, name: str) -> bool:
        """Whether it takes a hyper-parameter of this name."""
        return self.hparams is None or name in self.hparams

    def check_names(self, title: str, settings: Iterable[str]) -> None:
        """Raise a TypeError that names an unknown hyper-parameter and suggests the nearest."""
        for name in settings:
            if not self.takes(name):
                known = self.hparams or ()
                near = get_close_matches(name, known, n=1)
                advice = f"it takes {', '.join(known)}" if known else "it takes none"
                advice = f"did you mean {near[0]!r}?" if near else advice
                if argument := _RUN_ARGUMENTS.get(name):
                    advice = f"run() takes {argument}="
                raise TypeError(f"{title} has no hyper-parameter {name!r}; {advice}")

    def call(
        self,
        title: str,
        params: ParamsT,
        settings: Mapping[str, Any],
        group: Mapping[str, Any],
        named: Mapping[str, Any],
    ) -> Optimizer:
        """Construct the optimizer; any exception becomes a ValueError that names the optimizer.

        Parameters
        ----------
        title : str
            The optimizer's name in messages.
        params : iterable of tensors or of parameter groups
        settings : mapping
            Hyper-parameters.
        group : mapping
            Settings of the parameter group.
        named : mapping
            The hyper-parameters to name in an error message.
        """
        target = self._as_form(params, group)
        arguments = () if self.target else (target,)
        keywords = {self.target: target, **settings} if self.target else dict(settings)
        try:
            built: Optimizer = self.cls(*arguments, **keywords)
        except Exception as error:
            given = ", ".join(f"{name}={value!r}" for name, value in named.items())
            missing = [n for n in self.hparams or () if not (n in self.defaults or n in settings)]
            if missing and isinstance(error, TypeError):
                advice = f"; give {', '.join(f'{name}=...' for name in missing)}"
            else:
                advice = _advice(error, {**named, **group})
            raise ValueError(
                f"{title} refuses {given or 'its defaults'}: {_describe_error(error)}{advice}"
            ) from error
        return built

    def _as_form(self, params: ParamsT, group: Mapping[str, Any]) -> Any:
        if self.form == "tensors":
            listed = list(params)
            return [{"params": listed, **own_copy(group)}] if group else listed
        tensors: list[Any] = list(params)
        names = ("point",) if len(tensors) == 1 else ("x", "y")
        pairs = dict(zip(names, tensors, strict=True))
        return list(pairs.items()) if self.form == "pairs" else Holder(pairs)


def missing_setting_advice(error: KeyError, given: Mapping[str, Any]) -> str:
    """Return how to add a missing setting to a parameter group; empty if it is not missing.

    If the line that raised the error reads the state, return how to begin the state.
    """
    flag = error.args[0] if error.args else None
    if not isinstance(flag, str) or flag in given:
        return ""
    frames = extract_tb(error.__traceback__)
    line = frames[-1].line or "" if frames else ""
    if "state" in line and "group" not in line:
        return (
            f"its step reads {flag!r} from the state before anything is stored there: begin with "
            f"`if not self.state[p]: self.state[p][{flag!r}] = torch.zeros_like(p)`"
        )
    return (
        f"if {flag!r} is a setting of its parameter groups, give it as "
        f"OptimizerSpec(..., group={{{flag!r}: ...}})"
    )


def _is_required(parameter: Parameter | None) -> bool:
    return parameter is not None and parameter.default is parameter.empty


def _describe_error(error: Exception) -> str:
    """Describe an exception by its text, with its type if the text alone is not clear."""
    text = str(error).strip()
    plain = isinstance(error, (TypeError, ValueError, AssertionError, RuntimeError))
    plain = plain and not isinstance(error, NotImplementedError)
    return text if plain and text else f"{type(error).__name__}: {text}".removesuffix(": ")


def _advice(error: Exception, given: Mapping[str, Any]) -> str:
    """Return advice if a class seems to need its parameters in another form."""
    if isinstance(error, KeyError):
        advice = missing_setting_advice(error, given)
        return f"; {advice}" if advice else ""
    text = str(error)
    unclear = not text.strip() or isinstance(error, (AttributeError, LookupError, TypeError))
    if unclear or "param" in text.lower() or "Tensor" in text:
        return (
            "; if it wants its parameters in another form, pass a function that builds it: "
            "run(lambda params: ...); flags of its parameter groups can also be named in "
            "OptimizerSpec(..., group={...})"
        )
    return ""
