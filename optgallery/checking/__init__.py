"""Compare an implementation of an optimizer with an entry, and say what it does differently."""
