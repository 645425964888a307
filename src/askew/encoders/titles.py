"""Ways to combine a document's title with its text."""

from collections.abc import Sequence

SPACE = "space"
"""Title and text as one string, separated by a space."""
SEGMENT = "segment"
"""Title and text as the two segments of a pair, as in DPR (Karpukhin et al. 2020, arXiv 2004.04906)."""

FIELD = "field"
"""Title in a separate field of the request, which some hosted services support."""


def joined(texts: Sequence[str], titles: Sequence[str]) -> Sequence[str]:
    """Return each text with its title and a space before it; without titles, the texts unchanged."""
    if not titles:
        return texts
    return [f"{title} {text}".strip() if title else text for title, text in zip(titles, texts, strict=True)]
