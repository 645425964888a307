"""Set-similarity join: all pairs of texts at or above a Jaccard similarity of their shingles. Exact."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.dedup.set_join.candidates import candidates
from askew.dedup.set_join.shingles import Texts, by_characters, by_words, is_long, ranges, sets
from askew.dedup.set_join.sketches import sketch
from askew.errors import InputError
from askew.progress import Progress, Report, silent
from askew.text.normalise import normalise

SLICE = 1024  # long texts counted at a time


@dataclass(frozen=True)
class Shared:
    """Pairs with their Jaccard similarity and containment.

    keys: (m, 2) positions of texts, the lower first. For sets A and B of shingles, jaccard: (m,) |A∩B| / |A∪B|;
    containment: (m,) |A∩B| / min(|A|, |B|), 1 where one text is part of the other. Best first, ties by key.
    """

    keys: NDArray[np.int64]
    jaccard: NDArray[np.float64]
    containment: NDArray[np.float64]


def shingled(
    texts: Sequence[str],
    threshold: float,
    report: Report = silent,
    *,
    normalised: bool = False,
    block: NDArray[np.int64] | None = None,
) -> Shared:
    """Return every pair of texts with a Jaccard similarity of at least the threshold.

    normalised: as in `identical`. block: of each text, -1 for none; texts of one block are not compared.

    Memory: about 6 bytes per character, and 30 per shingle among the rarest `1 - threshold`.
    """
    if not 0 < threshold <= 1:
        raise InputError(f"The shingle threshold must be above 0 and at most 1, not {threshold:g}.")
    forms = texts if normalised else [normalise(text) for text in texts]
    long = np.array([is_long(form) for form in forms], bool)
    by_word, by_character = np.flatnonzero(long), _beside_short(forms, long, threshold)
    words = by_words(forms[i] for i in by_word.tolist())
    characters = by_characters([forms[i] for i in by_character.tolist()])
    every = np.ones(len(by_word), bool)
    blocks = np.full(len(forms), -1) if block is None else block
    return _best_first(
        [
            _pairs(words, threshold, every, by_word, blocks, report),
            _pairs(characters, threshold, ~long[by_character], by_character, blocks, report),
        ]
    )


def jaccard(texts: Sequence[str], pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the Jaccard similarity of pairs of texts, (m, 2) positions, as `shingled` measures it."""
    forms = [normalise(text) for text in texts]
    both = np.array([is_long(form) for form in forms], bool)[pairs].all(axis=1)
    found = np.zeros(len(pairs))
    for chosen, split in ((both, by_words), (~both, by_characters)):
        rows, at = np.unique(pairs[chosen], return_inverse=True)
        part = split([forms[row] for row in rows.tolist()])
        at = at.reshape(-1, 2)
        sizes = np.concatenate([np.empty(0, np.int64), *(sets(part, *block).sizes for block in part.blocks())])
        shared = overlaps(part, at, silent)
        found[chosen] = shared / np.maximum(sizes[at].sum(axis=1) - shared, 1)
    return found


def _beside_short(forms: Sequence[str], long: NDArray[np.bool_], threshold: float) -> NDArray[np.int64]:
    """Return the positions of the short texts, and of long ones with few enough shingles to pair with them."""
    if long.all():
        return np.empty(0, np.int64)
    most = max(len(form) for form, other in zip(forms, long, strict=True) if not other) / threshold
    chosen = ~long
    positions = np.flatnonzero(long)
    for start in range(0, len(positions), SLICE):
        part = positions[start : start + SLICE]
        texts = by_characters([forms[i] for i in part])
        sizes = [sets(texts, *block).sizes for block in texts.blocks()]
        chosen[part] = np.concatenate(sizes) <= most
    return np.flatnonzero(chosen)


def _pairs(
    texts: Texts,
    threshold: float,
    wanted: NDArray[np.bool_],
    positions: NDArray[np.int64],
    blocks: NDArray[np.int64],
    report: Report,
) -> Shared:
    """Join these texts; at least one text of each pair is `wanted`. positions: of these texts in the corpus.

    blocks: of all texts of the corpus.
    """
    sketches = sketch(texts, threshold, report)
    pairs = candidates(sketches, threshold, wanted, report, blocks[positions])
    both = overlaps(texts, pairs, report)
    sizes = sketches.sizes[pairs]
    jaccard = both / np.maximum(sizes.sum(axis=1) - both, 1)
    kept = jaccard >= threshold
    containment = both[kept] / sizes[kept].min(axis=1)
    return Shared(positions[pairs[kept]], jaccard[kept], containment)


def _best_first(parts: Sequence[Shared]) -> Shared:
    keys = np.concatenate([part.keys for part in parts])
    jaccard = np.concatenate([part.jaccard for part in parts])
    containment = np.concatenate([part.containment for part in parts])
    order = np.lexsort((keys[:, 1], keys[:, 0], -jaccard))
    return Shared(keys[order], jaccard[order], containment[order])


SHINGLES = 1 << 20  # processed at a time


def overlaps(texts: Texts, pairs: NDArray[np.int64], report: Report) -> NDArray[np.int64]:
    """Count the shingles that both texts of each pair (m, 2) have."""
    found = np.zeros(len(pairs), np.int64)
    for start, end in _blocks(texts.lengths[pairs].sum(axis=1)):
        found[start:end] = _overlaps(texts, pairs[start:end])
        report(Progress("measure pairs", end, len(pairs)))
    return found


def _blocks(lengths: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    ends = np.cumsum(lengths)
    start = 0
    while start < len(ends):
        full = int(np.searchsorted(ends, ends[start] + SHINGLES, "right"))
        yield start, full
        start = full


def _overlaps(texts: Texts, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Look up the shingles of the smaller set among those of all texts in these pairs."""
    used, places = np.unique(pairs, return_inverse=True)
    held = sets(texts.part(used), 0, len(used))
    number = np.unique(held.shingles, return_inverse=True)[1]
    width = int(number.max(initial=0)) + 1
    known = np.sort(held.rows * width + number)  # sorted by text, so `firsts` stay valid
    firsts = np.cumsum(held.sizes) - held.sizes
    small, large = places.reshape(-1, 2).T
    swapped = held.sizes[small] > held.sizes[large]
    small, large = np.where(swapped, large, small), np.where(swapped, small, large)
    counts = held.sizes[small]
    asked = known[ranges(firsts[small], counts)] % width + np.repeat(large, counts) * width
    hits = known[np.minimum(np.searchsorted(known, asked), len(known) - 1)] == asked
    return np.bincount(np.repeat(np.arange(len(pairs)), counts), weights=hits, minlength=len(pairs)).astype(np.int64)
