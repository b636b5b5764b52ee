"""Optimizers times learning rates: computed in batches, kept in the store."""
