"""prepare=, all additions to the plain loop together, and how code() writes them."""

from functools import partial

import numpy as np
import pytest
import torch
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import CosineAnnealingLR, StepLR

import optgallery as og
from optgallery import Trajectory, run
from optgallery.optim import Lookahead


def clip_by_hook(optimizer):
    """Clip as ``grad_clip`` does, in a hook before each step."""

    def hook(optimizer, *_):
        torch.nn.utils.clip_grad_norm_(optimizer.param_groups[0]["params"], 0.5)

    return optimizer.register_step_pre_hook(hook)


def test_prepare_is_called_once_with_the_optimizer_before_its_schedule_is_made():
    prepared = []

    def prepare(optimizer):
        prepared.append((type(optimizer), "initial_lr" in optimizer.param_groups[0]))

    run("adam", "booth", steps=3, lr=0.1, prepare=prepare, schedule=partial(StepLR, step_size=2))
    assert prepared == [(Adam, False)]


@pytest.mark.parametrize("name", ["sgd", "adamw"])
def test_a_step_hook_runs_in_every_step(name):
    hooked = run(name, "booth", steps=9, lr=0.1, prepare=clip_by_hook)
    clipped = run(name, "booth", steps=9, lr=0.1, grad_clip=0.5)
    np.testing.assert_array_equal(hooked.points, clipped.points)
    assert hooked.title.endswith("on Booth, lr 0.1, prepared by clip_by_hook")


def test_the_rates_that_a_hook_sets_are_recorded():
    def decay(optimizer, *_):
        optimizer.param_groups[0]["lr"] *= 0.5

    t = run("sgd", "booth", steps=4, lr=0.1, prepare=lambda o: o.register_step_post_hook(decay))
    assert t.lrs.tolist() == [0.1, 0.05, 0.025, 0.0125]
    assert t.title == "SGD on Booth, lr 0.1, prepared by a function"


def test_a_hook_can_restart_an_optimizer_with_learning_rate_0():
    def restart(optimizer, *_):
        optimizer.steps = getattr(optimizer, "steps", 0) + 1
        optimizer.param_groups[0]["lr"] = 0.1 * (optimizer.steps >= 20)

    t = run("sgd", "booth", steps=30, lr=0.1, prepare=lambda o: o.register_step_post_hook(restart))
    assert (t.points[1] == t.points[20]).all()
    assert (t.points[20] != t.points[21]).any()


def test_a_hook_on_the_parameters_is_run_at_every_evaluation():
    def halve(optimizer):
        for p in optimizer.param_groups[0]["params"]:
            p.register_hook(lambda grad: grad / 2)

    halved = run("sgd", "booth", steps=9, lr=0.1, prepare=halve)
    np.testing.assert_array_equal(halved.points, run("sgd", "booth", steps=9, lr=0.05).points)


def test_prepare_may_return_the_optimizer_but_not_a_wrapper():
    with pytest.raises(ValueError, match=r"another optimizer, a Lookahead, .* in run\(lambda par"):
        run("sgd", "booth", prepare=lambda o: Lookahead(o.param_groups[0]["params"], SGD, lr=0.1))
    assert run("sgd", "booth", steps=2, prepare=lambda o: o).status == "completed"


@pytest.mark.parametrize("given", [3, "clip", {}])
def test_prepare_must_be_a_function(given):
    with pytest.raises(TypeError, match="prepare must be a function of the optimizer"):
        run("sgd", "booth", prepare=given)


def executed(code):
    scope = {}
    exec(code.replace("og.animate(trajectory).show()", ""), scope)
    return scope["trajectory"]


@pytest.mark.parametrize(
    "given",
    [
        {"schedule": partial(CosineAnnealingLR, T_max=20)},
        {"schedule": torch.optim.lr_scheduler.ConstantLR},
        {"grad_clip": 0.5},
        {"grad_clip": ("value", 1)},
        {"schedule": partial(StepLR, step_size=3, gamma=0.5), "grad_clip": ("norm", 2.5)},
    ],
)
def test_code_repeats_the_run(given):
    t = run("sgd", "beale", steps=20, lr=0.05, **given)
    code = t.code()
    assert code.startswith("import optgallery as og\n")
    repeated = executed(code)
    assert isinstance(repeated, Trajectory)
    np.testing.assert_array_equal(repeated.points, t.points)
    np.testing.assert_array_equal(repeated.lrs, t.lrs)
    assert (repeated.title, repeated.code()) == (t.title, code)


def test_code_imports_functions_from_their_module(modules):
    own = modules.fresh("own")
    modules.write(
        own,
        """
        def warm_up(step):
            return min(1, (step + 1) / 10)

        def watch(optimizer):
            pass
        """,
    )
    module = modules.reimport(own)
    t = run("sgd", "beale", steps=20, lr=0.05, schedule=module.warm_up, prepare=module.watch)
    assert f"from {own} import warm_up\nfrom {own} import watch\n" in t.code()
    assert "schedule=warm_up, prepare=watch, lr=0.05" in t.code()
    np.testing.assert_array_equal(executed(t.code()).points, t.points)


def test_code_names_what_cannot_be_imported():
    t = run("sgd", "beale", steps=2, lr=0.05, schedule=lambda step: 1.0, prepare=lambda o: None)
    assert t.code().startswith("# define schedule, prepare first\n")
    assert (
        'og.run("sgd", "beale", steps=2, schedule=schedule, prepare=prepare, lr=0.05)' in t.code()
    )


def test_runs_that_differ_in_one_addition_have_different_labels():
    schedules = [None, partial(StepLR, step_size=2), lambda s: 0.9**s, lambda s: 0.8**s]
    given = [{"schedule": s} for s in schedules] + [{"grad_clip": 1}, {"grad_clip": ("value", 1)}]
    runs = [run("sgd", "booth", steps=9, lr=0.1, **additions) for additions in given]
    legend = [text.get_text() for text in og.plot_loss(runs).get_legend().get_texts()]
    assert len(set(legend)) == len(runs)
    assert len({og.animate(t, size=400, frames=2).alt for t in runs}) == len(runs)


def test_a_long_legend_does_not_shrink_the_axes():
    schedule = partial(CosineAnnealingLR, T_max=9)
    given = {"schedule": schedule, "grad_clip": 1.0, "prepare": clip_by_hook, "momentum": 0.9}
    t = run("sgd", "rosenbrock", steps=9, lr=0.1, **given)
    ax = og.plot_loss(t)
    (label,) = (text.get_text() for text in ax.get_legend().get_texts())
    assert label.replace("\n", " ").startswith(
        "SGD, lr 0.1, momentum 0.9, CosineAnnealingLR(T_max=9)"
    )
    ax.figure.draw_without_rendering()
    left, _, right, _ = ax.get_position().bounds
    assert left < 0.2
    assert right > 0.7


def test_all_additions_together_give_the_path_of_a_plain_loop():
    f = og.FUNCTIONS["beale"].formula
    p = torch.nn.Parameter(torch.tensor(og.FUNCTIONS["beale"].start, dtype=torch.float64))
    optimizer = SGD([p], lr=0.05, momentum=0.9)
    optimizer.param_groups[0]["nesterov"] = True
    schedule = CosineAnnealingLR(optimizer, T_max=30)
    for step in range(30):
        optimizer.zero_grad()
        f(*p).backward()
        torch.nn.utils.clip_grad_norm_([p], 1.0)
        optimizer.step()
        if step < 29:
            schedule.step()
    t = run(
        "sgd",
        "beale",
        steps=30,
        lr=0.05,
        momentum=0.9,
        grad_clip=1.0,
        schedule=partial(CosineAnnealingLR, T_max=30),
        prepare=lambda o: o.param_groups[0].update(nesterov=True),
    )
    assert t.points[-1].tolist() == p.tolist()
    assert t.title == (
        "SGD on Beale, lr 0.05, momentum 0.9, CosineAnnealingLR(T_max=30), clip norm 1, "
        "prepared by a function"
    )
