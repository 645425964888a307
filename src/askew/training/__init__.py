"""Training data and models learned from it."""
