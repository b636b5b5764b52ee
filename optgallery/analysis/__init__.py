"""Answers over many runs: comparisons, rate sensitivity, basins, trainability, stability."""
