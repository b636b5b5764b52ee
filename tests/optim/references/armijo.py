HAND_DERIVED = (
    "SciPy has the rule only inside private functions; test_armijo.py repeats each step with "
    "its loop"
)
