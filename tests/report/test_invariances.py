"""How paths change with the units, the origin and the axes of a function."""

from math import inf

import pytest

from optgallery import OPTIMIZERS, OptimizerSpec
from optgallery.report.invariances import FACTOR, invariances


def found(name, lr=0.003):
    return {each.change.partition(" ")[0]: each for each in invariances(OPTIMIZERS[name], lr)}


def test_momentum_is_invariant_but_for_its_rate():
    by = found("momentum", 0.0003)
    assert all(each.holds for each in by.values())
    assert [each.factor for each in by.values()] == [1 / FACTOR, FACTOR**2, 1, 1]


def test_signs_do_not_depend_on_the_values():
    by = found("signum")
    assert (by["values"].kind, by["values"].factor) == ("same", 1)
    assert (by["coordinates"].kind, by["coordinates"].factor) == ("same", FACTOR)
    assert by["turned"].kind == "another"


def test_adams_eps_has_a_unit():
    by = found("adam")
    assert by["values"].kind == "nearly"
    assert 0 < by["values"].distance < 1e-6
    assert by["turned"].distance > 0.1


def test_weight_decay_depends_on_the_origin():
    assert found("adam")["shifted"].kind == "same"
    by = found("adamw", 0.1)
    assert by["shifted"].kind == "another"
    assert "apart" in by["shifted"].words


def test_a_run_that_diverges_is_told():
    assert all(each.distance == inf for each in invariances(OPTIMIZERS["sgd"], 1e6))
    assert "not compared" in found("sgd", 1e6)["values"].words


def test_every_line_of_code_makes_the_changed_function():
    import optgallery as og

    spec = OptimizerSpec(name="mine", title="Mine", cls=OPTIMIZERS["sgd"].cls)
    for each in invariances(spec, 0.003):
        fn = eval(each.wrapper.replace("FUNCTION", "'beale'"), {"og": og})
        assert fn.variant_of == "beale"


@pytest.mark.parametrize("name", ["lbfgs", "muon"])
def test_optimizers_with_other_needs_are_measured(name):
    assert len(invariances(OPTIMIZERS[name], 0.1)) == 4
