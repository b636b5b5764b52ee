HAND_DERIVED = (
    "SciPy's minimize is no torch optimizer; test_bfgs.py compares whole paths with it, with "
    "the same line search, and the equations at the points of its own search"
)
