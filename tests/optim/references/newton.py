HAND_DERIVED = (
    "the equation has no parameters to agree on; test_newton.py solves each system by Cramer's rule"
)
