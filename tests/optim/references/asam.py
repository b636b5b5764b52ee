HAND_DERIVED = (
    "pytorch_optimizer 4.1.0 rounds the norm of the gradients to float32, so that it agrees to seven "
    "digits only, and has no eta; optax has no ASAM"
)
