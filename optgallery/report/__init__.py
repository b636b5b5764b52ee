"""A page about one or more optimizers, made without Sphinx: ``python -m optgallery report``."""
