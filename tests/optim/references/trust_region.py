HAND_DERIVED = (
    "SciPy's minimize is no torch optimizer; test_trust_region.py compares paths with its "
    "trust-krylov, and each step with the book's algorithm"
)
