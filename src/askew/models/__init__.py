"""Model cards, the choice among them, and the download of their weights."""
