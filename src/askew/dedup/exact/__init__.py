"""Exact all-pairs inner-product search above a threshold: every pair is found, and few are computed in full.

    vectors.py      vector sources: in memory, in a file, in a store
    shape.py        quantiser choice: number of leading dimensions and step size, judged on a sample
    codes.py        quantised vectors with the exact lengths of the residuals, and their products without rounding
    tiles.py        block comparison: which pairs may reach the threshold, and which do
    work.py         scheduler: all blocks on all cores, in any order
    kept.py         checkpoint: survives kill -9, and is reused when the corpus grows
    begin.py        resume from a checkpoint, or start anew
    pairs.py        the search as a whole, with a certificate that no pair is missing

For two vectors x and y, with P the projection on the leading dimensions and x' the code's vector in them:

    x·y = Px·Py + (x-Px)·(y-Py) <= x'·y' + |x'| e(y) + e(x) |y'| + e(x) e(y) + t(x) t(y)

where e(x) = |Px - x'| and t(x) = |x - Px|: Cauchy-Schwarz, once for the quantisation error and once for the dropped
dimensions. x'·y' is computed in integers, so the only rounding in the bound is that of the lengths, which are float64.
"""
