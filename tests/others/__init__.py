"""Optimizers of other packages: the path of a plain loop, and the path that optgallery takes."""
