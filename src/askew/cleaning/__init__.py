"""What follows from duplicates: which rows stay, what is written, how it is undone. Knows no model and no index."""
