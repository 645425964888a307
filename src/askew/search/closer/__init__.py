"""A closer look at the best of a ranking: all their passages, a slower model, the sentence that answers."""
