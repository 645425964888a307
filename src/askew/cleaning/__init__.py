"""Cleaning a file of duplicates: which rows are kept, what is written, how it is undone. Depends on no model or
index.
"""
