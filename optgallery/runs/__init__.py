"""One optimizer on one function: its steps, and the trajectory that they leave."""
