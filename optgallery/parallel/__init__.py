"""Parallel execution: over local processes, and over the machines of a Dask cluster."""
