"""Models as facts: cards that say what each is, and the weights that a card names."""
