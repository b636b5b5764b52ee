"""Taking the steps of many runs at once, with the bits that each would have alone."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from optgallery.functions import FUNCTIONS, TestFunction
from optgallery.functions.isolation import isolated
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec
from optgallery.runs.batch import Crew, ManyObjects, OneObject
from optgallery.runs.batched_objective import Landscape
from optgallery.runs.record import Record


def run_together(
    specs: Sequence[OptimizerSpec],
    fns: Sequence[TestFunction],
    starts: Tensor,
    steps: int,
    *,
    lrs: Sequence[float] | None = None,
    seed: int = 0,
    hparams: Mapping[str, Any] | None = None,
) -> list[Record | None]:
    """Take many runs at once, as far as that gives the bits of single runs.

    Parameters
    ----------
    specs : sequence of OptimizerSpec
        Who runs.
    fns : sequence of TestFunction
        A function for each row, equal ones beside each other.
    starts : tensor of shape (rows, 2)
        Where each row starts.
    steps : int
        Steps of every run.
    lrs : sequence of float, optional
        Learning rates, each for all rows; that of ``hparams`` if not given.
    seed : int
        Seeds the private generator of every run.
    hparams : mapping, optional
        Hyper-parameters of all runs.

    Returns
    -------
    list of Record or None
        For each optimizer its runs, rate after rate, and in each the rows. None where they have to
        be taken one by one: if a function is no entry, so that no test has seen it take many
        points; if an optimizer draws from torch's global generator, or raises an exception.
    """
    if not all(is_known(fn) for fn in {id(fn): fn for fn in fns}.values()):
        return [None] * len(specs)
    given = dict(hparams or {})
    rates: list[dict[str, Any]] = [{}] if lrs is None else [{"lr": lr} for lr in lrs]

    def one(spec: OptimizerSpec) -> Crew:
        def build(params: list[list[Tensor]]) -> Optimizer:
            groups = [{"params": ps, **rate} for ps, rate in zip(params, rates, strict=True)]
            return spec.build(groups, seed=seed, hparams=given)

        return OneObject(
            build,
            Landscape(fns, len(rates)),
            starts,
            steps,
            parameter_shape=spec.parameter_shape if spec.layerwise else None,
        )

    def many(spec: OptimizerSpec) -> Crew:
        def build(param: Tensor, rate: int) -> Optimizer:
            return spec.build([param], seed=seed, hparams={**given, **rates[rate]})

        return ManyObjects(
            build,
            Landscape(fns, len(rates)),
            starts,
            steps,
            parameter_shape=spec.parameter_shape,
            create_graph=spec.create_graph,
        )

    with isolated(seed):
        crews: dict[int, Crew] = {}
        for i, spec in enumerate(specs):
            as_one = (spec.elementwise or spec.layerwise) and _only_numbers(given)
            as_one = as_one and not (spec.stochastic or spec.create_graph)
            with suppress(Exception):  # which a single run raises again
                crews[i] = one(spec) if as_one else many(spec)
        sound = descend(list(crews.values()), fns, steps)
        # what one row of a single object raised has ended the others, too
        again = {
            i: many(specs[i])
            for i, crew in crews.items()
            if isinstance(crew, OneObject) and crew not in sound
        }
        sound += descend(list(again.values()), fns, steps)
        crews |= again
        return [
            crews[i].finish() if i in crews and crews[i] in sound else None
            for i in range(len(specs))
        ]


def descend(crews: Sequence[Crew], fns: Sequence[TestFunction], steps: int) -> list[Crew]:
    """Let crews take all their steps, on functions that are evaluated for all of them at once.

    Parameters
    ----------
    crews : sequence of Crew
    fns : sequence of TestFunction
        A function for each row of every crew.
    steps : int
        Steps of every run.

    Returns
    -------
    list of Crew
        Those that came to the end. The others raised an exception, or drew from torch's global
        generator.
    """
    generator = torch.get_rng_state()
    going = list(crews)
    landscape = Landscape(fns)
    for step in range(steps + 1):
        lanes = [crew.landscape.lanes for crew in going]
        if landscape.lanes != sum(lanes):
            landscape = Landscape(fns, sum(lanes))
        if not going:
            break
        places = [crew.stand(step) for crew in going]
        found = landscape.at(places[0] if len(places) == 1 else torch.cat(places))
        shares = (torch.split(each, lanes) for each in found)
        seen = zip(going, *shares, strict=True)
        going = []
        for crew, value, gradient in seen:
            with suppress(Exception):  # which a single run raises again
                crew.see(value, gradient)
                if torch.equal(torch.get_rng_state(), generator):
                    going.append(crew)
                    continue
            torch.set_rng_state(generator)
    return going


def is_known(fn: TestFunction) -> bool:
    """Whether the tests have seen that a function gives the same bits in a row as alone."""
    return FUNCTIONS.get(fn.name) == fn and fn.gradient_noise is None


def gains(spec: OptimizerSpec) -> bool:
    """Whether runs of an optimizer may share evaluations, and gain by that.

    Tests have compared the classes of the entries with single runs, and `elementwise` and
    `layerwise` are somebody's word for others; any other class may look at more than its gradient.
    A line search has evaluations of its own.
    """
    return not (spec.needs_closure or spec.differentiates_value or spec.group) and (
        spec.elementwise or spec.layerwise or spec.cls in _classes_of_entries()
    )


def _classes_of_entries() -> set[Any]:
    entries = (OPTIMIZERS.peek(name) for name in OPTIMIZERS.names)
    return {entry.cls for entry in entries if entry is not None}


def _only_numbers(hparams: Mapping[str, Any]) -> bool:
    """Whether nothing is given that could choose another way to compute, as a switch does."""
    numbers = [n for v in hparams.values() for n in (v if isinstance(v, tuple) else (v,))]
    return all(isinstance(n, (int, float)) and not isinstance(n, bool) for n in numbers)
