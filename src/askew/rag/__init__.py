"""Answers that a chat model writes from an index's own passages, and that are checked against them."""
