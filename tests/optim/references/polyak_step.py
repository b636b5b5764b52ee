HAND_DERIVED = (
    "packages take the value as an argument of the update; test_polyak_step.py compares each of "
    "200 steps with optax.polyak_sgd"
)
