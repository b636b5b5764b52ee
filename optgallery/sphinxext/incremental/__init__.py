"""Work again on what has changed since the last build, and on nothing else."""
