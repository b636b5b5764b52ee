HAND_DERIVED = (
    "its step takes the value; test_momo.py compares 200 steps with momo-opt, the authors' "
    "package, and each of them with optax"
)
