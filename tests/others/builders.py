"""Functions that build an optimizer, where that takes more than a call of its class.

Each takes the class, the parameters and the learning rate. What it returns is driven by the same
loop as all others; where a package has its own words for a loop, ``step`` translates. Its
``special`` is what the table of the classes says of those that it builds.
"""

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.optim import SGD, Adam


def special(*traits: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Note what is special about the classes that a function builds."""

    def note(build: Callable[..., Any]) -> Callable[..., Any]:
        build.special = traits
        return build

    return note


@special("wraps an optimizer")
def over_sgd(cls, params, lr):
    """Wrap an instance of plain gradient descent."""
    return cls(SGD(params, lr=lr))


@special("needs a process group")
def in_group_of_one(cls, params, lr):
    """Build in a process group with this process alone."""
    if not torch.distributed.is_initialized():
        store = torch.distributed.HashStore()
        torch.distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
    return cls(params, lr=lr)


@special("needs settings in the group")
def with_rate_in_groups(cls, params, lr):
    """Build a class that takes all its settings in the parameter groups."""
    return cls([{**group, "lr": lr} for group in params])


@special("needs a process group", "needs settings in the group")
def with_rate_in_groups_in_group_of_one(cls, params, lr):
    """Do both."""
    return in_group_of_one(partial(_without_rate, cls), [{**g, "lr": lr} for g in params], lr)


def _without_rate(cls, groups, lr):  # noqa: ARG001
    return cls(groups)


def one_sort_of_parameters(cls, params, lr):
    """Build a class that takes matrices for one method, and other parameters for another."""
    return cls(params, [], lr)


@special("wraps an optimizer", "needs a module")
def with_module(cls, params, lr, **settings):
    """Build a class that takes a module beside its parameters, to switch its batch norms."""
    return cls(module_of(params), params, SGD, lr=lr, **settings)


def module_of(params):
    """Return a module with this one parameter."""
    module = nn.Module()
    (module.point,) = params
    return module


@special("acts inside backward()", "needs a module")
def acting_inside_backward(cls, params, lr):
    """Build a class whose hooks do all, and whose ``step`` raises: its loop does without."""
    optimizer = cls(module_of(params), lr=lr)
    optimizer.step = lambda: None
    return optimizer


@special("needs a module")
def with_fused_backward(cls, params, lr):
    """Build a class that takes the loss, and differentiates and steps at once."""
    optimizer = cls(module_of(params), lr=lr)
    optimizer.step = lambda closure: optimizer.fused_backward(closure(), lr)
    return optimizer


@special("wraps an optimizer")
def with_backward_of_optimizer(cls, params, lr):
    """Build a wrapper that differentiates the loss by itself before its step."""
    optimizer = over_sgd(cls, params, lr)
    step = optimizer.step

    def differentiate_and_step(closure):
        optimizer.backward(closure())
        step()

    optimizer.step = differentiate_and_step
    return optimizer


@special("needs sparse gradients")
def with_sparse_gradients(cls, params, lr):
    """Build a class for embeddings, whose gradients are sparse in rows."""
    optimizer = cls(params, lr=lr)

    def make_sparse(*_):
        for p in params:
            p.grad = p.grad.to_sparse(1)

    optimizer.register_step_pre_hook(make_sparse)
    return optimizer


@special("step() needs no_grad()")
def stepping_without_gradients(cls, params, lr):
    """Build a class that changes its parameters in ``step`` as if gradients were switched off."""
    optimizer = cls(params, lr=lr)
    optimizer.step = torch.no_grad()(optimizer.step)
    return optimizer


@special("wraps an optimizer")
def with_hooks(cls, params, lr):
    """Build a wrapper that does without ``Optimizer.__init__()`` and lacks what that makes."""
    optimizer = over_sgd(cls, params, lr)
    optimizer._optimizer_step_pre_hooks = OrderedDict()
    optimizer._optimizer_step_post_hooks = OrderedDict()
    return optimizer


@special("wraps an optimizer", "needs an object of its package")
def gsam(cls, params, lr):
    """Build with its schedule, and let its closure return outputs beside the loss."""
    from pytorch_optimizer import ProportionScheduler
    from torch.optim.lr_scheduler import ConstantLR

    base = SGD(params, lr=lr)
    rho = ProportionScheduler(ConstantLR(base, 1.0), max_lr=1.0, max_value=0.05, min_value=0.01)
    optimizer = cls(params, base, nn.Module(), rho)
    step = optimizer.step
    optimizer.step = lambda closure: step(lambda: (None, closure()))
    return optimizer


@special("needs an object of its package")
def galore(cls, params, lr):
    from galore_adamw import GaLoreConfig

    return cls(params, GaLoreConfig(lr=lr))


@special("wraps an optimizer", "needs an object of its package")
def pogo(cls, params, lr):
    from pogo.base import SGD as Base

    return cls(params, Base(), lr)


@special("needs settings in the group")
def split_heavyball(cls, params, lr):
    from heavyball import AdamW

    return cls([{"params": params, "optimizer": AdamW, "lr": lr}])


@special("wraps an optimizer")
def roulette(cls, params, lr):
    return cls({"sgd": SGD(params, lr=lr), "adam": Adam(params, lr=lr)}, seed=0)


@special("needs an object of its package")
def chain_torchzero(cls, params, lr):
    import torchzero

    return cls(params, torchzero.m.Adam(), torchzero.m.LR(lr))


@special("takes no lr", "needs an object of its package")
def moors(cls, params, lr):  # noqa: ARG001  (it has no rate)
    from pymoors import GaussianMutation, Nsga2, RandomSamplingFloat, SinglePointBinaryCrossover

    def algorithm(fitness, variables):
        return Nsga2(
            fitness_fn=fitness,
            num_vars=variables,
            num_iterations=5,
            sampler=RandomSamplingFloat(min=-3, max=3),
            crossover=SinglePointBinaryCrossover(),
            mutation=GaussianMutation(gene_mutation_rate=0.01, sigma=0.1),
            population_size=8,
            num_offsprings=8,
            seed=0,
        )

    return cls(params, algorithm)
