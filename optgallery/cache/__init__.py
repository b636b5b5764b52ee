"""The cache of results: a store of bytes under keys, and the fingerprints that make the keys."""
