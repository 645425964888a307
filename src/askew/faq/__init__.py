"""FAQ: stored questions and answers as two indexes that are searched together."""
