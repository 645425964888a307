"""Explanation of ranks: every figure can be recomputed from the index."""
