"""Postgres with pgvector as a store, for several machines and many writers: the schema `askew_NAME` of a database."""
