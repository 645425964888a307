"""Learned sparse retrieval: encoders whose vectors are weights of vocabulary terms."""
