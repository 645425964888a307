"""Pairs, duplicates, groups and clusters within a corpus. Depends on no model and no contract."""
