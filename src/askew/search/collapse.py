"""Result diversification: copies collapsed into one hit, and hits chosen to differ from those above them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from askew import validation
from askew.errors import InputError
from askew.pair_labels.safety import difference
from askew.search.ranking import Ranked
from askew.stores import Store
from askew.types import Document, FloatMatrix

DEEPER = 4
"""How many times deeper a ranking is read when too much of it were copies."""
SHINGLE = 5  # characters
SKETCH = 128
"""Smallest hashes of a text's shingles that represent it: a bottom-k sketch (Broder 1997,
doi 10.1109/SEQUEN.1997.666900)."""
SHARED = 0.25
"""Share of the smaller sketch that a copy has in common at least; light edits leave far more."""
COMPARED = 3
"""Texts that a text is compared with, those with most in common: it is a copy of none that have less."""
MULTIPLIER, MIX = np.uint64(1_099_511_628_211), np.uint64(0x9E3779B97F4A7C15)

Similarities = NDArray[np.float64]


@dataclass(frozen=True)
class Variety:
    """How hits may resemble each other. Raises `InputError` if that makes no sense.

    collapse: documents that say the same as a better one are no hits of their own, but copies of that one. diversity:
    what differing from the hits above counts, against relevance, from 0 (nothing) to 1 (all).
    """

    collapse: bool = False
    diversity: float = 0.0

    def __post_init__(self) -> None:
        validation.flag(self.collapse, "collapse")
        if not 0 <= validation.number(self.diversity, "diversity") <= 1:
            raise InputError(f"diversity must be from 0 (relevance alone) to 1, not {self.diversity}.")


@dataclass(frozen=True)
class Distinct:
    """A ranking without copies. copies: ids of the copies of each document that has some, best first."""

    ranking: list[Ranked]
    copies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def distinct_to(store: Store, to: Callable[[int], list[list[Ranked]]], depth: int, wanted: int) -> list[Distinct]:
    """Return rankings without copies, each with `wanted` entries if there are as many.

    A page must neither repeat nor lose what another page has, so `depth` must not depend on the page, and what a deeper
    ranking adds comes after. to: ranks every query to a depth.
    """
    while True:
        rankings = to(depth)
        found = [without_copies(store, ranking, wanted) for ranking in rankings]
        if all(
            len(one.ranking) >= wanted or len(ranking) < depth for one, ranking in zip(found, rankings, strict=True)
        ):
            return found
        depth *= DEEPER


def without_copies(store: Store, ranking: Sequence[Ranked], wanted: int) -> Distinct:
    """Drop each document that says the same, title included, as a better one of the ranking.

    The same are texts whose every difference is known to be harmless: case, spaces, punctuation, spelling, another
    notation of the same number. Equal scores or vectors do not suffice. wanted: only the first so many documents
    are compared with what follows, as no others are shown.
    """
    documents = store.documents(list(dict.fromkeys(entry.document for entry in ranking)))
    originals = _originals(documents, wanted)
    copies: dict[str, list[str]] = {}
    for id, original in originals.items():
        if id != original:
            copies.setdefault(original, []).append(id)
    kept = [entry for entry in ranking if originals[entry.document] == entry.document]
    return Distinct(kept, {id: tuple(ids) for id, ids in copies.items()})


def _originals(documents: Sequence[Document], wanted: int) -> dict[str, str]:
    """Return for each document the first that says the same, which may be itself."""
    found: dict[str, str] = {}
    kept: dict[str, Document] = {}
    holders: dict[int, list[str]] = {}
    sizes: dict[str, int] = {}
    for document in documents:
        sketch = _sketch(f"{document.title}\n{document.text}")
        shared = Counter(id for value in sketch for id in holders.get(value, ()))
        near = [id for id, count in shared.most_common(COMPARED) if count >= SHARED * min(len(sketch), sizes[id])]
        original = next((id for id in near if same(document, kept[id])), document.id)
        found[document.id] = original
        if original == document.id and len(kept) < wanted:
            kept[document.id], sizes[document.id] = document, len(sketch)
            for value in sketch:
                holders.setdefault(value, []).append(document.id)
    return found


def same(one: Document, other: Document) -> bool:
    """Return whether two documents say the same beyond doubt."""
    return not difference(one.title, other.title) and not difference(one.text, other.text)


def _sketch(text: str) -> list[int]:
    """Return the smallest hashes of a text's sequences of characters, without regard to case and spaces."""
    plain = "".join(text.casefold().split())
    codes = np.frombuffer(plain.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    size = max(min(SHINGLE, len(codes)), 1)
    hashes = np.zeros(max(len(codes) - size + 1, 0), np.uint64)
    for place in range(size):
        hashes = (hashes ^ codes[place : len(codes) - size + 1 + place]) * MULTIPLIER
    hashes = (hashes ^ (hashes >> np.uint64(29))) * MIX
    return np.unique(hashes)[:SKETCH].tolist()  # type: ignore[no-any-return]


def diverse(store: Store, ranking: Sequence[Ranked], diversity: float, pool: int) -> list[Ranked]:
    """Order the best `pool` entries by maximal marginal relevance; the rest follows (Carbonell and Goldstein 1998).

    doi 10.1145/290941.291025; their lambda is 1 - diversity. The scores stay those of relevance.
    """
    best, rest = list(ranking[:pool]), ranking[pool:]
    if len(best) < 2:
        return [*best, *rest]
    scores = np.array([entry.score for entry in best])
    likeness = _likeness(store.vectors([entry.key for entry in best]))
    order = marginal_relevance(_from_0_to_1(scores), likeness, diversity)
    return [*(best[place] for place in order), *rest]


def marginal_relevance(relevance: NDArray[np.float64], likeness: Similarities, diversity: float) -> list[int]:
    """Return places in the order of relevance (n,) less likeness (n, n) to the most alike place before."""
    order = [int(relevance.argmax())]
    nearest = likeness[order[0]].copy()
    open_places = np.ones(len(relevance), np.bool_)
    open_places[order[0]] = False
    while open_places.any():
        worth = np.where(open_places, (1 - diversity) * relevance - diversity * nearest, -np.inf)
        order.append(int(worth.argmax()))
        open_places[order[-1]] = False
        nearest = np.maximum(nearest, likeness[order[-1]])
    return order


def _likeness(vectors: FloatMatrix) -> Similarities:
    """Return the cosine of each two vectors (n, dim), from 0, that of the most different two, to 1."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    directions = vectors / np.where(lengths > 0, lengths, 1)
    return _from_0_to_1(np.clip(directions @ directions.T, -1, 1))


def _from_0_to_1(values: NDArray[np.floating]) -> NDArray[np.float64]:
    least, most = float(values.min()), float(values.max())
    scaled: NDArray[np.float64] = (values.astype(np.float64) - least) / ((most - least) or 1.0)
    return scaled
