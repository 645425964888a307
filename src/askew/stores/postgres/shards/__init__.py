"""An index over several servers: each document is in one of them, by the hash of its id."""
