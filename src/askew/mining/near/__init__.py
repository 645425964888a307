"""Texts that repeat each other, found without a model: identical ones, and those that share most of their shingles.

    normal.py      the form in which texts are compared
    identical.py   those whose forms are equal
    shingles.py    a text as a set of overlapping pieces, each a number
    sketches.py    of every set what the search needs: its size, its rarest shingles, a bitmap
    bitmaps.py     every two of many texts, by their bitmaps
    candidates.py  the pairs that may share enough
    overlaps.py    how much they do share
    shared.py      all pairs of texts at or above a Jaccard similarity
    layers.py      one layer after the other, the dearer ones only on what is left

The search is exact: a set-similarity join by prefixes (Bayardo, Ma and Srikant 2007, "Scaling up all pairs similarity
search"), with the filter by position of PPJoin (Xiao et al. 2008) and by bitmap (Sandes, Teodoro and Melo 2020).
"""
