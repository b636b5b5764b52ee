"""Analysis of many runs: comparisons, rate sensitivity, basins, trainability, stability."""
