"""Comparing a corpus with itself. Knows no model and no contract."""
