"""Incremental builds: only what has changed since the last build is repeated."""
