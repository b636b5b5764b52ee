"""A documentation folder to begin with: ``python -m optgallery new``."""
