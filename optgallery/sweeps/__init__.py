"""Sweeps: optimizers on functions at several learning rates, computed in batches and stored."""
