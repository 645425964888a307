"""A card of the weightless model in fewer dimensions: other vectors, another fingerprint, other results."""

from pathlib import Path

CARD = """name = "hashing-{dim}"
summary = "Shared words hashed into fewer dimensions."
architecture = "hashing"
pooling = "sum"
normalised = true
similarity = "cosine"
dim = {dim}
max_tokens = {sees}
languages = ["any"]
licence = "Apache-2.0"
commercial = true
size_mb = 0
tasks = ["question-answering"]
verified = false
checked = "a test"
"""


def hashing_card(folder: Path, dim: int = 64, sees: int = 100_000) -> str:
    """The path of the card of `hashing-DIM`."""
    file = folder / f"hashing-{dim}.toml"
    file.write_text(CARD.format(dim=dim, sees=sees))
    return str(file)
