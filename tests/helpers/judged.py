"""A corpus with queries of which it is known what answers them, for the weightless model."""

import random

from askew.types import Document

WORDS = [a + b + c for a in ("bo", "ka", "mi", "ru") for b in ("na", "li", "so", "du", "te") for c in ("x", "r", "m")]
LENGTH = 8


def corpus(size: int = 60, seed: int = 1) -> list[Document]:
    rng = random.Random(seed)
    return [Document(f"d{number}", " ".join(rng.choices(WORDS, k=LENGTH))) for number in range(size)]


def queries(
    documents: list[Document], size: int = 300, seed: int = 2
) -> tuple[list[Document], dict[str, dict[str, float]]]:
    """Two of three share five words with the document that answers them; the third is about nothing here."""
    rng = random.Random(seed)
    asked, qrels = [], {}
    for number in range(size):
        own = rng.choice(documents)
        known = rng.sample(own.text.split(), 5) if number % 3 else []
        asked.append(Document(f"q{number}", " ".join([*known, *rng.choices(WORDS, k=6 - len(known))])))
        if known:
            qrels[f"q{number}"] = {own.id: 1.0}
    return asked, qrels
