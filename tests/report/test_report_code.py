"""Lines of code in which an optimizer and a function are written."""

import pytest

from optgallery import FUNCTIONS, OPTIMIZERS
from optgallery.report.code import code_of
from optgallery.report.loading import load_functions, load_optimizers


def test_classes_and_functions_are_imported(user_file):
    (spec,) = load_optimizers([f"{user_file}:HandAdam"])
    (fn,) = load_functions([f"{user_file}:BOWL"])
    code = code_of("found = og.run(OPTIMIZER, FUNCTION, steps=3)", optimizer=spec, test_fn=fn)
    assert "from users_file import HandAdam, bowl" in code or "from users_file import" in code
    names = {}
    exec(code, names)
    assert names["found"].title == "HandAdam on bowl, lr 0.01"


def test_a_class_of_a_notebook_has_to_be_defined_first():
    def local(params, lr):
        return OPTIMIZERS["sgd"].cls(params, lr)

    from optgallery.optim import as_spec

    code = code_of("og.run(OPTIMIZER)", optimizer=as_spec(local))
    assert code.startswith("# define local first\n")


@pytest.mark.parametrize("name", ["adam", "muon"])
def test_entries_are_named(name):
    code = code_of(
        "og.run(OPTIMIZER, FUNCTION)", optimizer=OPTIMIZERS[name], test_fn=FUNCTIONS["beale"]
    )
    assert code.endswith(f'og.run("{name}", "beale")')
