"""Results that are computed once: a store of bytes under keys, and the keys."""
