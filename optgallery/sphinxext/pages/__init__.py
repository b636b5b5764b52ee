"""What pages show of optimizers and functions: cards, catalogues, matrices."""
