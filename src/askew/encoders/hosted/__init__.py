"""Encoders that are services: how each wants to be asked, and one client that asks all of them and loses nothing."""
