"""Why a document is, or is not, an answer to a query: every figure can be reckoned again from the index."""
