"""The explorer: its directive, the data that it loads, and its scripts."""
