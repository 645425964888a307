"""How a document's title goes before its text."""

from collections.abc import Sequence

SPACE = "space"
"""Title and text as one, a space between."""
SEGMENT = "segment"
"""Title and text as the two segments of a pair, as DPR was trained (Karpukhin et al. 2020, arXiv 2004.04906)."""

FIELD = "field"
"""The title beside the text, in a field of its own, as some services take it."""


def joined(texts: Sequence[str], titles: Sequence[str]) -> Sequence[str]:
    """Each text after its title and a space; the texts themselves where no titles are given."""
    if not titles:
        return texts
    return [f"{title} {text}".strip() if title else text for title, text in zip(titles, texts, strict=True)]
