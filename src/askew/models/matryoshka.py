"""Truncated vectors of models that are trained for it: Matryoshka representation learning.

Such a model puts most of what it says into the first dimensions, so that the rest can be left out (Kusupati et al.
2022, arXiv:2205.13147). The vectors of any other model lose more than by quantisation, and are not truncated.
"""

from dataclasses import replace

from askew.errors import ModelError
from askew.models import cards
from askew.models.card import Card, Module
from askew.similarity import Similarity


def truncated(card: Card, dim: int) -> Card:
    """Return the card with vectors of their first `dim` dimensions. Raises `ModelError` if it is not trained for that.

    Such vectors are not of length one; where they are compared by cosine, they are normalised as all others.
    """
    if dim == card.dim:
        return card
    if card.hosted is not None:
        raise ModelError(f"{card.name} is hosted: its card sets the dimension that it is asked for (dim, dimensions).")
    if dim not in card.dims:
        known = f"It is trained for {', '.join(map(str, sorted(card.dims)))}." if card.dims else (
            "Its card lists none (dims): it is not trained to be truncated, or that is not known."
        )  # fmt: skip
        raise ModelError(f"The vectors of {card.name}, of {card.dim} dimensions, cannot be truncated to {dim}. {known}")
    modules = card.modules or ((Module("dense", "2_Dense", card.dense),) if card.dense else ())
    # The inner product of vectors of length one is their cosine.
    similarity = Similarity.COSINE if card.normalised else card.similarity
    return replace(
        card, dim=dim, width=card.width or card.dim, modules=modules, normalised=False, similarity=similarity, golden=()
    )


def sealed(name: str, dim: int) -> Card:
    """Return the card of an index's model, truncated if the index was created with fewer dimensions."""
    card = cards.get(name)
    return truncated(card, dim) if dim < card.dim else card
