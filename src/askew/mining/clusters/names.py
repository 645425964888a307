"""What a cluster is about, in terms that its texts use and those of other clusters do not.

TF-IDF over classes: a term weighs the share of the cluster's texts that use it, times the logarithm of how much more
that is than the mean share over all clusters. A text counts once, however often it uses a term, so no long text names a
cluster.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from askew.mining.clusters.shapes import Labels
from askew.mining.clusters.terms import root, terms

TERMS = 8
IN_NAME = 3
READ = 2000
"""Texts of each cluster that are read; they stand at even distances in it."""
WHOLE = 0.5
"""Where two words stand side by side in this share of the texts that have the rarer one, they are one term."""
SHORTENED = 40


def described(texts: Sequence[str], labels: Labels, clusters: int) -> list[list[str]]:
    """The terms of each cluster 0, 1, …, the weightiest first; none twice in another form."""
    shares = [_shares(texts, np.flatnonzero(labels == number)) for number in range(clusters)]
    total: Counter[str] = Counter()
    for part in shares:
        total.update(part)
    return [_chosen(part, total, clusters) for part in shares]


def names(about: Sequence[Sequence[str]], shown: Sequence[str]) -> list[str]:
    """A few terms of each, more where two clusters would have the same. shown: a text of each, for one without."""
    result: list[str] = []
    for held, text in zip(about, shown, strict=True):
        line = " ".join(text.split())
        short = line if len(line) <= SHORTENED else line[:SHORTENED].rsplit(" ", 1)[0] + " …"
        name = ", ".join(held[:IN_NAME]) or short
        longer = (", ".join(held[:count]) for count in range(IN_NAME + 1, len(held) + 1))
        numbered = (f"{name} ({count})" for count in range(2, len(about) + 2))
        result.append(next(n for n in (name, *longer, *numbered) if n not in result))
    return result


def _shares(texts: Sequence[str], members: NDArray[np.int64]) -> Mapping[str, float]:
    """Of each term the share of the texts that use it; terms of one text only are left out where there are many."""
    if len(members) > READ:
        members = members[np.linspace(0, len(members) - 1, READ).astype(np.int64)]
    counts: Counter[str] = Counter()
    for member in members:
        counts.update(terms(texts[member]))
    least = 2 if len(members) > 3 else 1
    return {term: count / len(members) for term, count in counts.items() if count >= least}


def _chosen(shares: Mapping[str, float], total: Mapping[str, float], clusters: int) -> list[str]:
    weight = {term: share * _rarity(share, total[term], clusters) for term, share in shares.items()}
    order = sorted((term for term in weight if weight[term] > 0), key=lambda term: (-weight[term], term))
    found: list[str] = []
    roots: set[str] = set()
    for term in order:
        whole = _whole(term, shares) if " " not in term else term
        parts = {root(word) for word in whole.split()}
        if not parts & roots:
            found.append(whole)
            roots |= parts
        if len(found) == TERMS:
            break
    return found


def _rarity(share: float, total: float, clusters: int) -> float:
    """Of a single cluster nothing is known but the share."""
    return float(np.log(share * clusters / total)) if clusters > 1 else 1.0


def _whole(word: str, shares: Mapping[str, float]) -> str:
    """The pair that this word nearly always stands in: "minister" is "prime minister"."""
    pairs = [term for term in shares if " " in term and word in term.split()]
    best = max(pairs, key=lambda term: (shares[term], term), default=word)
    return best if shares[best] >= WHOLE * shares[word] else word
