"""Cluster labels: terms that a cluster's texts use and other clusters' texts do not.

Class-based TF-IDF: a term's weight is the share of the cluster's texts that use it, times the logarithm of how much
that exceeds the mean share over all clusters. A text counts once, however often it uses a term, so no long text
dominates a cluster's name.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from askew.mining.clusters.shapes import Labels
from askew.mining.clusters.terms import spaceless, terms
from askew.text.display import shorten
from askew.text.language import UNKNOWN, languages
from askew.text.stem import stem

TERMS = 8
IN_NAME = 3
READ = 2000
"""Texts read per cluster, evenly spaced."""
WHOLE = 0.5
"""Two adjacent words become one term if they are adjacent in this share of the texts with the rarer word."""
SHORTENED = 40
SAMPLE = 200
"""Texts, evenly spaced, that tell the language of the terms."""


def described(texts: Sequence[str], labels: Labels, clusters: int) -> list[list[str]]:
    """Return the terms of each cluster 0, 1, …, heaviest first, without inflected repeats."""
    shares = [_shares(texts, np.flatnonzero(labels == number)) for number in range(clusters)]
    total: Counter[str] = Counter()
    for part in shares:
        total.update(part)
    language = next(iter(languages(texts[:: max(len(texts) // SAMPLE, 1)])), UNKNOWN)
    return [_chosen(part, total, clusters, language) for part in shares]


def names(about: Sequence[Sequence[str]], shown: Sequence[str]) -> list[str]:
    """Name each cluster by a few terms, more if names would clash. shown: an example text each, the fallback without
    terms.
    """
    result: list[str] = []
    for held, text in zip(about, shown, strict=True):
        name = ", ".join(held[:IN_NAME]) or shorten(text, SHORTENED)
        longer = (", ".join(held[:count]) for count in range(IN_NAME + 1, len(held) + 1))
        numbered = (f"{name} ({count})" for count in range(2, len(about) + 2))
        result.append(next(n for n in (name, *longer, *numbered) if n not in result))
    return result


def _shares(texts: Sequence[str], members: NDArray[np.int64]) -> Mapping[str, float]:
    """Return each term's share of the texts; in all but tiny clusters, terms of only one text are dropped."""
    if len(members) > READ:
        members = members[np.linspace(0, len(members) - 1, READ).astype(np.int64)]
    counts: Counter[str] = Counter()
    for member in members:
        counts.update(terms(texts[member]))
    least = 2 if len(members) > 3 else 1
    return {term: count / len(members) for term, count in counts.items() if count >= least}


def _chosen(shares: Mapping[str, float], total: Mapping[str, float], clusters: int, language: str) -> list[str]:
    weight = {term: share * _rarity(share, total[term], clusters) for term, share in shares.items()}
    order = sorted((term for term in weight if weight[term] > 0), key=lambda term: (-weight[term], term))
    found: list[str] = []
    roots: set[str] = set()
    for term in order:
        whole = _whole(term, shares) if " " not in term else term
        parts = set(whole) if spaceless(whole) else {stem(word, language) for word in whole.split()}
        if not parts & roots:
            found.append(whole)
            roots |= parts
        if len(found) == TERMS:
            break
    return found


def _rarity(share: float, total: float, clusters: int) -> float:
    """Weigh a term's share against the other clusters; a single cluster has only the share."""
    return float(np.log(share * clusters / total)) if clusters > 1 else 1.0


def _whole(word: str, shares: Mapping[str, float]) -> str:
    """Return the two-word term this word nearly always occurs in: "minister" becomes "prime minister"."""
    pairs = [term for term in shares if " " in term and word in term.split()]
    best = max(pairs, key=lambda term: (shares[term], term), default=word)
    return best if shares[best] >= WHOLE * shares[word] else word
