"""Folders as models: what the files of sentence-transformers or transformers say, as a card."""
