"""Which texts of a list or an index say the same: by which layer that was seen, and what each pair is.

corpus.py    what is compared: a list of texts, or an index
find.py      the layers, one after the other, and their pairs
judged.py    each pair with its verdict
groups.py    pairs that are duplicates, put together; their ids stay
"""
