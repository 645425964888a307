"""Hosted encoders: provider formats, and one HTTP client for all of them."""
