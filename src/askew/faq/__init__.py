"""A FAQ: stored questions and their answers, each half an index of its own, asked together."""
