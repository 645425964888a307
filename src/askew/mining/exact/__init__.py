"""All pairs of vectors whose inner product reaches a threshold: every one, and most of them never computed in full.

    vectors.py      where the vectors lie: in memory, in a file, in a store
    shape.py        the plan: how many leading dimensions, in how large steps, judged on a sample
    codes.py        each vector as small whole numbers, with exact lengths of what they leave out
    product.py      products of whole numbers, without rounding: the bound of a million pairs at a time
    tiles.py        which pairs of a block can reach the threshold, and which of them do
    work.py         all blocks, on all cores, in any order
    kept.py         what is done, in a folder: survives kill -9, and serves again when the corpus has grown
    certificate.py  how it is known that no pair is missing

For two vectors x and y, P the projection on the leading dimensions, x' the code's own vector in them:

    x·y = Px·Py + (x-Px)·(y-Py) <= x'·y' + |x'| e(y) + e(x) |y'| + e(x) e(y) + t(x) t(y)

where e(x) = |Px - x'| and t(x) = |x - Px|: Cauchy and Schwarz, once for what the code rounds away and once for the
dimensions that it leaves out. x'·y' is computed in whole numbers, so the bound has no rounding of its own but that of
the lengths, which are in float64.
"""
