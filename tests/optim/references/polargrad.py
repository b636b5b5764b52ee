HAND_DERIVED = (
    "No package has it that can be installed here: zij 0.1.1 requires torch older than 2.13, "
    "emerging-optimizers 0.3.0 requires Python 3.12. Its steps are derived by hand instead."
)
