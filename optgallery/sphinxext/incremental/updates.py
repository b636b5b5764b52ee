"""The update of an optimizer, taken from the docstring of its class.

A page has the directive ``.. optimizer-update:: yogi`` where the formulas belong. Sphinx prints
them there, and in downloaded scripts and notebooks they replace the directive.
"""

import inspect
import re

from numpydoc.docscrape import NumpyDocString

from optgallery.optim import OptimizerSpec

DIRECTIVE = "optimizer-update"
"""Name of the directive."""


def update(spec: OptimizerSpec) -> str:
    r"""Return the description of an optimizer's update in the docstring of its class, as reST.

    That is the part between the first line and the parameters: the definitions of the symbols, the
    formulas, and remarks on the method.

    Parameters
    ----------
    spec : OptimizerSpec

    Raises
    ------
    ValueError
        If the docstring has no formula there, as in PyTorch's classes, whose pages state the
        update themselves.

    Examples
    --------
    >>> from optgallery import OPTIMIZERS
    >>> print(update(OPTIMIZERS["signum"]).splitlines()[0])
    With :math:`\tilde g_k` the gradient at :math:`x_k`, and :math:`m_0 = 0`,
    """
    documented = NumpyDocString(inspect.cleandoc(spec.cls.__doc__ or ""))
    text = "\n".join(documented["Extended Summary"]).strip()
    if spec.cls.__module__.startswith("torch.") or "math::" not in text:
        described = f"{spec.cls.__module__}.{spec.cls.__qualname__}"
        raise ValueError(
            f"{DIRECTIVE} prints the formulas above the parameters in the docstring of a class "
            f"written here, and {described} has none: write the update of {spec.title} in the page"
        )
    return text


def in_words(text: str) -> str:
    """Return reST in which names of classes and pages are literals instead of Sphinx's links.

    Examples
    --------
    >>> in_words("as :class:`~optgallery.optim.Lion` does, with :math:`m_t`")
    'as ``Lion`` does, with :math:`m_t`'
    >>> in_words("see :doc:`/guide/torchopt`")
    'see ``guide/torchopt``'
    """
    return re.sub(
        r":(?:class|func|meth|doc):`(?:~(?:\w+\.)*|/)?([\w./]+)`",
        r"``\1``",
        text,
    )
