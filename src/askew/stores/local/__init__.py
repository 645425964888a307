"""The local store: one folder, safe to copy, of SQLite, a vector file, a text index and an approximate index."""
