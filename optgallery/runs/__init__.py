"""One optimizer on one function: taking the steps and recording the trajectory."""
