"""Advice from the user's own data: which kind of search it is, and which way of doing it is best."""
