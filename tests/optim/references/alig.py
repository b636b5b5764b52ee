HAND_DERIVED = (
    "its step takes the value; test_alig.py compares 200 steps with pytorch_optimizer, "
    "with and without momentum"
)
