"""Duplicates in a list of texts or an index: the layer that found each pair, its label, and the groups.

corpus.py    corpora: a list of texts, or an index
find.py      the pairs found by each layer
judged.py    pairs with their labels
groups.py    groups of duplicates with stable ids
"""
