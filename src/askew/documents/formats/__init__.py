"""Parsers: the bytes of a file to its text, one module or more for each format."""
