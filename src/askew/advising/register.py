"""Do two sides speak alike? What words they use most, and how many of its words a text finds again on the other side.

The most frequent words of any language are those of grammar and of its ways of asking and telling, so their shares
tell the kind of a text and hardly its subject. No list is needed, and no language need be known. A test of two samples
by permutation: how far the shares are apart, beyond what the same texts dealt out at random would be.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from askew.advising.forms import DENSE, JOINED, TOKEN

FREQUENT = 30
"""Words that are compared; all others count as one more."""
OPENING = (3, 50)
"""Words from the beginning of each text, at the least and at the most: as many as the median of the shorter side."""
DEALS = 50
"""How often the texts are dealt out at random."""
SEED = 0


def pieces(text: str) -> list[str]:
    """The words in lower case; where words are not written apart, the characters."""
    apart = JOINED.sub(lambda found: f" {found[0]} ", DENSE.sub(lambda found: f" {found[0]} ", text))
    return [found.lower() for found in TOKEN.findall(apart)]


def apart(a: Sequence[str], b: Sequence[str]) -> float:
    """0 where both use frequent words alike, 1 where they share none: total variation, less that of chance."""
    counts = _counts([pieces(text) for text in a], [pieces(text) for text in b])
    rng = np.random.default_rng(SEED)
    order = np.arange(len(counts))
    chance = float(np.mean([_variation(counts[rng.permutation(order)], len(a)) for _ in range(DEALS)]))
    return max(0.0, _variation(counts, len(a)) - chance)


def covered(queries: Sequence[str], documents: Sequence[str]) -> tuple[float, float]:
    """For each query and the document that shares most with it: what part of the query's words the document has, and
    what part of the document's the query has, on average. Rare words count more in the choice of the document.
    """
    asked, held = ([set(pieces(text)) for text in texts] for texts in (queries, documents))
    spread = Counter(piece for own in held for piece in own)
    rarity = {piece: float(np.log1p(len(held) / count)) for piece, count in spread.items()}
    shares = []
    for own in filter(None, asked):
        best = max(held, key=lambda other: sum(rarity[piece] for piece in own & other))
        shares.append((len(own & best) / len(own), len(own & best) / max(len(best), 1)))
    forth, back = np.mean(shares, axis=0).tolist() if shares else (0.0, 0.0)
    return forth, back


def _counts(a: Sequence[Sequence[str]], b: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    """Of each text's opening, how often each frequent word is in it; the last column is for all others."""
    opening = int(np.clip(min(np.median([len(text) for text in side]) for side in (a, b)), *OPENING))
    openings = [text[:opening] for text in (*a, *b)]
    shares: Counter[str] = Counter()
    for side in (openings[: len(a)], openings[len(a) :]):
        total = max(sum(map(len, side)), 1)
        for piece, count in Counter(piece for text in side for piece in text).items():
            shares[piece] += count / total  # type: ignore[assignment]
    columns = {piece: column for column, (piece, _) in enumerate(shares.most_common(FREQUENT))}
    counts = np.zeros((len(openings), FREQUENT + 1))
    for row, text in enumerate(openings):
        for piece in text:
            counts[row, columns.get(piece, FREQUENT)] += 1
    return counts


def _variation(counts: NDArray[np.float64], first: int) -> float:
    """Between the first rows and the others."""
    a, b = counts[:first].sum(axis=0), counts[first:].sum(axis=0)
    return float(np.abs(a / max(a.sum(), 1) - b / max(b.sum(), 1)).sum() / 2)
