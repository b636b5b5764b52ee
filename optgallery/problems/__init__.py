"""Problems whose parameters are matrices, each one entry of `PROBLEMS`."""

# Importing a module adds its entry, in the order of every table.
# isort: off
from optgallery.problems import memory  # noqa: F401
from optgallery.problems import products  # noqa: F401
from optgallery.problems import quadratic  # noqa: F401
from optgallery.problems import regression  # noqa: F401
from optgallery.problems import over_functions  # noqa: F401

# isort: on
from optgallery.problems.base import PROBLEMS, MatrixProblem
from optgallery.problems.conversion import as_minimised
from optgallery.problems.memory import associative_memory
from optgallery.problems.over_functions import decision_space
from optgallery.problems.products import factorisation
from optgallery.problems.quadratic import kronecker_quadratic
from optgallery.problems.regression import unbalanced_regression

__all__ = [
    "PROBLEMS",
    "MatrixProblem",
    "as_minimised",
    "associative_memory",
    "decision_space",
    "factorisation",
    "kronecker_quadratic",
    "unbalanced_regression",
]
