"""The least that a card of one's own must say."""

MINIMAL = """
name = "mine"
summary = "s"
architecture = "bert"
pooling = "mean"
normalised = true
similarity = "dot"
dim = 3
max_tokens = 8
languages = ["en"]
licence = "MIT"
commercial = true
size_mb = 1
tasks = ["faq"]
verified = false
checked = "not at all"
"""
