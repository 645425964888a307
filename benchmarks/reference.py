"""all-MiniLM-L6-v2 as sentence-transformers runs it, from the same weights as ours."""

from typing import Any

from askew.models import cards, pull

MODEL = "all-MiniLM-L6-v2"


def sentence_transformer() -> Any:
    from sentence_transformers import SentenceTransformer, models

    card = cards.get(MODEL)
    transformer = models.Transformer(str(pull.find(card)), max_seq_length=card.max_tokens)
    pooling = models.Pooling(transformer.get_word_embedding_dimension(), pooling_mode="mean")
    return SentenceTransformer(modules=[transformer, pooling, models.Normalize()], device="cpu")
