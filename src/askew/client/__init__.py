"""Clients of `askew serve`: an index on a server, used like one on this machine."""
