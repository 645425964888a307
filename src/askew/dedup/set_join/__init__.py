"""Near-duplicates found without a model: identical texts, and texts that share most of their shingles.

    identical.py   exact duplicates after normalisation
    shingles.py    shingling of texts
    sketches.py    size, rarest shingles and bitmap of every set; the bitmap filter
    candidates.py  candidate pairs: prefix, position and bitmap filters
    shared.py      set-similarity join: all pairs at or above a Jaccard similarity, by overlap counts
    layers.py      pipeline of layers, cheapest first

The search is exact: a set-similarity join with prefix filtering (Bayardo, Ma and Srikant 2007, "Scaling up all pairs
similarity search"), the positional filter of PPJoin (Xiao et al. 2008) and a bitmap filter (Sandes, Teodoro and Melo
2020).
"""
