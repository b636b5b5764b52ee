"""The cache of results: a store of bytes under keys, and fingerprints, from which keys are made."""
