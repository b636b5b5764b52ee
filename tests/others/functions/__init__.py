"""Test functions of other packages: their values, and those of the functions here."""
