"""Duplicates and themes of a corpus: labelled pairs, groups of duplicates, and clusters.

corpus.py      corpora: a list of texts, or an index
find.py        pairs, and the layer that found each
labels.py      labels of pairs; `judge`
groups.py      groups of duplicates with stable ids
duplicates.py  the search for duplicates as a whole: pairs, groups, which texts are kept
themes.py      clusters of documents, and their map
"""
