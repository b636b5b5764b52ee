"""The lines that repeat what a page shows."""

from optgallery.functions import TestFunction
from optgallery.optim import OptimizerSpec
from optgallery.runs.code import CodeWriter


def code_of(*lines: str, optimizer: OptimizerSpec, test_fn: TestFunction | None = None) -> str:
    """Return code: imports, and lines in which names stand for an optimizer and a function.

    Parameters
    ----------
    *lines : str
        Lines of code, with ``OPTIMIZER`` and ``FUNCTION`` where these are to be written.
    optimizer : OptimizerSpec
    test_fn : TestFunction, optional

    Examples
    --------
    >>> import optgallery as og
    >>> print(code_of("og.run(OPTIMIZER, lr=0.1)", optimizer=og.OPTIMIZERS["adamw"]))
    import optgallery as og
    <BLANKLINE>
    og.run("adamw", lr=0.1)
    """
    writer = CodeWriter()
    written = {"OPTIMIZER": writer.optimizer(optimizer)}
    if test_fn is not None:
        written["FUNCTION"] = writer.test_fn(test_fn)
    first = [f"# define {', '.join(writer.missing)} first"] if writer.missing else []
    body = "\n".join(lines)
    for name, text in written.items():
        body = body.replace(name, text)
    return "\n".join([*first, *writer.imports, "", body])
