"""Duplicate search: pairs of texts and the layer that found each (identical, shingles or semantic)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from askew.dedup.corpus import Corpus, Places
from askew.dedup.exact.begin import Keep
from askew.dedup.exact.pairs import A_PAIR, MEMORY, Certificate, Found, best_of_each, pairs
from askew.dedup.exact.vectors import in_full
from askew.dedup.exact.work import Work, work
from askew.dedup.set_join.layers import Layer, Layered, layered, no_blocks
from askew.dedup.set_join.shared import jaccard
from askew.dedup.templates import Blocks, Templates, blocks, members, of_one_value
from askew.errors import InputError
from askew.progress import Report, silent
from askew.text.normalise import normalise
from askew.types import Pair


@dataclass(frozen=True)
class PairParams:
    """Parameters of a search for pairs.

    threshold: of the model's score. shingles: the Jaccard similarity at which texts are a pair regardless of the model
    (0 = no shingle layer). top_k: keep at most N pairs per text (0 = all). memory: bytes. work: what compares blocks.
    """

    threshold: float
    shingles: float = 0.0
    top_k: int = 0
    memory: int = MEMORY
    work: Work = work


@dataclass(frozen=True)
class FoundPairs:
    """Pairs of documents by position, best first within a layer. layers: `Layer` values.

    first: for each document, the first one identical to it if only one per class was compared, otherwise its position.
    certificate: of the semantic comparison. templates: what was not compared, as the texts say other values.
    """

    keys: NDArray[np.int64]
    scores: NDArray[np.float64]
    layers: NDArray[np.str_]
    first: Places
    certificate: Certificate
    templates: Templates = field(default_factory=Templates)

    def counts(self) -> dict[str, int]:
        """Count the pairs per layer; every two identical texts count as a pair."""
        sizes = np.bincount(self.first, minlength=1)
        found = {layer.value: int(np.count_nonzero(self.layers == layer)) for layer in Layer}
        found[Layer.IDENTICAL] += int((sizes * (sizes - 1) // 2).sum())
        return found


def every_pair(corpus: Corpus, how: PairParams, report: Report = silent) -> FoundPairs:
    """Return all pairs, including those of identical texts."""
    if how.shingles:
        return _expanded(representatives(corpus, how, report), how.memory)
    found = pairs(corpus.vectors, how.threshold, report, keep=corpus.keep, memory=how.memory, work=how.work)
    keys, scores = _of_documents(corpus, corpus, _best(found, how))
    return _labelled(corpus, corpus, keys, scores, found.certificate)


def similar_pairs(corpus: Corpus, how: PairParams, report: Report = silent) -> list[Pair]:
    """Return all pairs, best first, without labels."""
    found = every_pair(corpus, how, report)
    return [
        Pair(score, corpus.ids[a], corpus.ids[b])
        for (a, b), score in zip(found.keys.tolist(), found.scores.tolist(), strict=True)
    ]


def against(corpus: Corpus, other: Corpus, how: PairParams, report: Report = silent) -> FoundPairs:
    """Return all pairs of a document of the corpus, keys[:, 0], and one of the other, keys[:, 1]."""
    if how.shingles:
        raise InputError("Shingles are compared within one corpus only: omit shingles (--shingles) or --against.")
    if corpus.contract.encoder != other.contract.encoder:
        corpus.contract.check(other.contract.encoder, "comparing")
    found = pairs(corpus.vectors, how.threshold, report, against=other.vectors, memory=how.memory, work=how.work)
    keys, scores = _of_documents(corpus, other, _best(found, how))
    return _labelled(corpus, other, keys, scores, found.certificate)


def representatives(corpus: Corpus, how: PairParams, report: Report = silent) -> FoundPairs:
    """Return pairs among the first of each class of identical texts: all that grouping needs, however often a text
    occurs.
    """
    every = np.arange(len(corpus.ids))
    texts = corpus.texts(every)
    compared = corpus.compared(every) if corpus.origin.boilerplate.texts else texts
    held: list[Found] = []
    same: list[NDArray[np.int64]] = []

    def by_meaning(places: Places, block: Blocks) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        keep = corpus.keep
        if keep is not None and len(places) < len(corpus.ids):
            keep = Keep(keep.folder.with_name("first"), keep.identity)
        rest, *others = _sides(places, block)
        if others:
            keep = None
        if len(rest) or not others:
            held.append(pairs(corpus.only(rest), how.threshold, report, keep=keep, memory=how.memory, work=how.work))
        for part in others:
            if len(rest):
                one, known = corpus.only(part), corpus.only(rest)
                held.append(pairs(one, how.threshold, report, against=known, memory=how.memory, work=how.work))
            same.append(of_one_value(corpus.texts(part), part))
            held.append(_reaching(corpus, same[-1], how))
            rest = np.union1d(rest, part)
        keys, scores = _of_documents(corpus, corpus, _best(_together(held), how))
        told = _told_apart(corpus, corpus, keys)
        return keys[told], scores[told]

    one_vector_each = corpus.noun == "text"
    made: Layered = layered(texts, how.shingles, by_meaning, report, blocks if one_vector_each else no_blocks, compared)
    found = FoundPairs(made.keys, made.scores, made.layers, made.first, _together(held).certificate)
    if same and how.shingles:
        found = _with_shingles(found, np.concatenate(same), compared, how.shingles)
    return replace(found, templates=_unlisted(made.representatives, made.block, found.keys))


def _with_shingles(found: FoundPairs, same: NDArray[np.int64], texts: Sequence[str], threshold: float) -> FoundPairs:
    """Add the pairs of one value within blocks that reach the shingle threshold: that layer did not compare them."""
    used, at = np.unique(same, return_inverse=True)
    scores = jaccard([texts[place] for place in used.tolist()], at.reshape(-1, 2))
    near, n = scores >= threshold, len(texts)
    code = found.keys[:, 0] * n + found.keys[:, 1]
    later = ~np.isin(code, same[near][:, 0] * n + same[near][:, 1])
    keys = np.concatenate([same[near], found.keys[later]])
    layers = np.concatenate([np.full(int(near.sum()), Layer.SHINGLES.value), found.layers[later]])
    scores = np.concatenate([scores[near], found.scores[later]])
    order = np.lexsort((keys[:, 1], keys[:, 0], -scores, layers != Layer.SHINGLES.value))
    return replace(found, keys=keys[order], scores=scores[order], layers=layers[order])


def _sides(places: Places, block: Blocks) -> list[Places]:
    """Return the texts in no block, then those of each block."""
    return [places[block < 0], *(places[one] for one in members(block))]


def _reaching(corpus: Corpus, keys: NDArray[np.int64], how: PairParams) -> Found:
    """Return which of these pairs reach the threshold."""
    used, at = np.unique(keys, return_inverse=True)
    vectors = in_full(corpus.vectors, used)
    left, right = at.reshape(-1, 2).T
    scores = np.einsum("ij,ij->i", vectors[left], vectors[right])
    near, n = scores >= how.threshold, len(keys)
    return Found(keys[near], scores[near], Certificate(n, 0, 0, n, 0, corpus.contract.encoder.dim))


def _together(parts: Sequence[Found]) -> Found:
    """Join comparisons of one corpus with itself, best first."""
    if len(parts) == 1:
        return parts[0]
    keys = np.sort(np.concatenate([part.keys for part in parts]), axis=1)
    scores, proofs = np.concatenate([part.scores for part in parts]), [part.certificate for part in parts]
    order = np.lexsort((keys[:, 1], keys[:, 0], -scores))
    possible, length, bound, computed, checked = (
        sum(getattr(one, name) for one in proofs) for name in ("possible", "length", "bound", "computed", "checked")
    )
    dimensions = max(one.dimensions for one in proofs)
    made = Certificate(possible, length, bound, computed, dimensions, proofs[0].of, checked)
    return Found(keys[order], scores[order], made)


def _unlisted(places: Places, block: Blocks, keys: NDArray[np.int64]) -> Templates:
    """Count what stands in blocks, without the pairs listed."""
    sizes = np.bincount(block[block >= 0])
    held = np.full(int(places.max(initial=-1)) + 1, -1)
    held[places] = block
    left, right = held[keys[:, 0]], held[keys[:, 1]]
    listed = int(np.count_nonzero((left == right) & (left >= 0)))
    return Templates(len(sizes), int(sizes.sum()), int((sizes * (sizes - 1) // 2).sum()) - listed)


def _best(found: Found, how: PairParams) -> Found:
    return best_of_each(found, how.top_k) if how.top_k else found


def _of_documents(left: Corpus, right: Corpus, found: Found) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return each pair of documents once, by its best pair of passages, best first; no document is paired with
    itself. Passages deleted in the meantime are left out.
    """
    here = left.present(found.keys[:, 0]) & right.present(found.keys[:, 1])
    keys, scores = found.keys[here], found.scores[here]
    ends = np.stack([left.owners(keys[:, 0]), right.owners(keys[:, 1])], axis=1)
    _, first = np.unique(ends[:, 0] * len(right.ids) + ends[:, 1], return_index=True)
    best = np.sort(first)
    if left is right:
        best = best[ends[best, 0] != ends[best, 1]]
    return ends[best], scores[best]


def _labelled(
    left: Corpus, right: Corpus, keys: NDArray[np.int64], scores: NDArray[np.float64], certificate: Certificate
) -> FoundPairs:
    a, b = (_forms(side, keys[:, column]) for column, side in enumerate((left, right)))
    same = np.array([one == other for one, other in zip(a, b, strict=True)], bool)
    layers = np.where(same, Layer.IDENTICAL.value, Layer.SEMANTIC.value)
    kept = same | _told_apart(left, right, keys)
    return FoundPairs(keys[kept], scores[kept], layers[kept], np.arange(len(left.ids)), certificate)


def _told_apart(left: Corpus, right: Corpus, keys: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return whether the model can tell the texts of each pair apart: it knows most words of one of them."""
    apart: NDArray[np.bool_] = ~(left.unread[keys[:, 0]] & right.unread[keys[:, 1]])
    return apart


def _forms(corpus: Corpus, places: Places) -> list[str]:
    once, back = np.unique(places, return_inverse=True)
    forms = [normalise(text) for text in corpus.texts(once)]
    return [forms[place] for place in back.tolist()]


def _expanded(found: FoundPairs, memory: int) -> FoundPairs:
    """Replace each representative by every member of its class."""
    members = np.argsort(found.first, kind="stable")
    sizes = np.bincount(found.first, minlength=len(found.first))
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    count = int((sizes * (sizes - 1) // 2).sum() + (sizes[found.keys[:, 0]] * sizes[found.keys[:, 1]]).sum())
    if count * A_PAIR > memory:
        raise InputError(
            f"{count:,} pairs do not fit in memory because many texts are identical: pass groups=True (--groups)."
        )
    classes = [members[starts[at] : starts[at] + sizes[at]] for at in np.flatnonzero(sizes > 1)]
    within = [np.stack(np.triu_indices(len(one), 1), axis=1) for one in classes]
    keys = [one[pair] for one, pair in zip(classes, within, strict=True)]
    same = np.concatenate([np.empty((0, 2), np.int64), *keys])
    rows = [
        np.stack(np.meshgrid(*(members[starts[end] : starts[end] + sizes[end]] for end in pair), indexing="ij"), -1)
        for pair in found.keys.tolist()
    ]
    repeats = [row.shape[0] * row.shape[1] for row in rows]
    between = np.concatenate([np.empty((0, 2), np.int64), *(row.reshape(-1, 2) for row in rows)])
    return replace(
        found,
        keys=np.concatenate([same, np.sort(between, axis=1)]),
        scores=np.concatenate([np.ones(len(same)), np.repeat(found.scores, repeats)]),
        layers=np.concatenate([np.full(len(same), Layer.IDENTICAL.value), np.repeat(found.layers, repeats)]),
        first=np.arange(len(found.first)),
    )
