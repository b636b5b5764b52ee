"""What a report finds of optimizers."""

from dataclasses import replace

from optgallery import FUNCTIONS, OPTIMIZERS, OptimizerSpec
from optgallery.report.findings import FUNCTION_NAMES, Plan, collect
from optgallery.report.loading import load_functions, load_optimizers


def test_the_runs_are_those_of_a_sweep(report):
    (found,) = report.findings
    assert found.runs.lrs == (0.1, 1.0)
    assert [fn.name for fn in found.runs.functions] == ["booth", "rosenbrock"]
    assert {run.steps for run in found.runs.values()} == {80}
    assert found.left == ()
    assert [fn.name for fn in found.solved] == ["booth"]


def test_the_comparison_has_the_baselines_and_the_problems(report):
    comparison = report.comparison
    assert comparison.names == ("HandAdam", "SGD")
    assert len(comparison.problems) == 2 * 2
    assert {name: len(each) for name, each in report.sensitivities.items()} == {
        "booth": 2,
        "rosenbrock": 2,
    }


def test_kinship_cost_and_state_are_measured(report):
    (found,) = report.findings
    assert found.coincidences[0].title == "Adam"
    assert len(found.invariances) == 4
    assert found.state == 2
    assert all(time.seconds > 0 for time in found.times)
    assert not found.failures
    assert not found.not_measured


def test_the_functions_of_a_report_have_minima():
    assert len(FUNCTION_NAMES) == 8
    assert all(FUNCTIONS[name].minimum is not None for name in FUNCTION_NAMES)


def plan(*specs, functions=(FUNCTIONS["booth"],), **given):
    fewer = {"starts": 1, "rates": (0.1, 1.0), "many_rates": (0.1, 1.0)}
    return Plan(specs, (), functions, (0.1,), steps=10, jobs=1, **fewer, **given)


def test_an_optimizer_that_cannot_run_is_left_out(user_file, store):
    refusing, descent = load_optimizers([f"{user_file}:Refusing", f"{user_file}:Descent"])
    found = collect(plan(refusing, descent, store=store))
    assert [each.optimizer.title for each in found.findings] == ["Descent"]
    line = user_file.read_text().splitlines().index('        raise RuntimeError("not today")') + 1
    why = f"Refusing cannot run: RuntimeError: not today (users_file.py, line {line}, in step 1)"
    assert found.unrunnable == {"Refusing": why}


def test_runs_that_raise_an_exception_are_failures(user_file, store):
    (touchy,) = load_optimizers([f"{user_file}:Touchy"])
    functions = load_functions(["matyas", "rosenbrock"])
    (found,) = collect(plan(touchy, functions=functions, store=store)).findings
    assert [run.test_fn.name for run in found.failures] == ["rosenbrock"]
    assert found.runs["touchy", "matyas", 0.1].status == "completed"


def test_minima_that_are_reached_and_left_again_are_told_from_solved_ones(user_file, store):
    (hovering,) = load_optimizers([f"{user_file}:Hovering"])
    asked = replace(plan(hovering, store=store), lrs=(0.5,), steps=60)
    (found,) = collect(asked).findings
    assert found.solved == found.left == (FUNCTIONS["booth"],)


def test_a_class_without_a_rate_is_run_once(store):
    def rateless(params):
        return OPTIMIZERS["sgd"].cls(params, lr=0.05)

    spec = OptimizerSpec(name="rateless", title="Rateless", cls=rateless)
    (found,) = collect(replace(plan(spec, store=store), lrs=(0.1, 1.0))).findings
    assert len(found.runs) == 1
    assert "No learning rate" in [remark.title for remark in found.remarks]


def test_functions_without_a_minimum_are_not_compared(user_file, store):
    functions = load_functions([f"{user_file}:BOWL"])
    found = collect(plan(OPTIMIZERS["adam"], functions=functions, store=store))
    assert found.comparison is None
    assert found.sensitivities == {}
    assert found.findings[0].unstable_from is None


def test_the_lowest_unstable_rate_is_found(store):
    functions = (FUNCTIONS["sphere"], FUNCTIONS["rosenbrock"])
    asked = replace(plan(OPTIMIZERS["sgd"], functions=functions), lrs=(1e-4, 0.1, 3.0))
    (found,) = collect(replace(asked, store=store)).findings
    run = found.unstable_from
    assert (run.lr, run.test_fn) == (0.1, FUNCTIONS["rosenbrock"])
