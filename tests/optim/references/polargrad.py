HAND_DERIVED = (
    "no package that can be installed beside the others is right: zij 0.1.1 requires another torch "
    "and has another polar factor, emerging-optimizers 0.3.0 requires Python 3.12; the twin takes "
    "SciPy's polar decomposition"
)
