"""From pairs to groups: all that hang together, or only those of which each is a pair with each other."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from askew.types import Group

Keys = NDArray[np.int64]
"""Pairs of positions in the corpus, (m, 2)."""
Labels = NDArray[np.int64]
"""(n,): of each position, the lowest position of its group. What is in no pair is a group of its own."""


NONE: Keys = np.empty((0, 2), np.int64)


def grouped(
    ids: Sequence[str], keys: Keys, scores: NDArray[np.float64], *, apart: Keys = NONE, strict: bool = False
) -> list[Group]:
    """The groups of two and more, by the place of their first member; their ids are "", `names.named` gives them.

    ids: of the corpus, in its order. scores: (m,), of the pairs. apart: pairs that must not be in one group, whatever
    lies between them. strict: `cliques`, else `divided`. The representative is the member with the best mean score
    to all others, where a pair that was not found counts 0; the first of those that are equal.
    """
    labels = cliques(len(ids), keys, scores) if strict else divided(len(ids), keys, scores, apart)
    order = np.lexsort((-_centrality(labels, keys, scores), labels))
    starts = np.flatnonzero(np.diff(labels[order], prepend=-1))
    ends = np.append(starts[1:], len(order))
    large = np.flatnonzero(ends - starts > 1)
    return [_group(ids, order[starts[number] : ends[number]]) for number in large]


def components(n: int, keys: Keys) -> Labels:
    """Of n positions, those that pairs lead to from each other, over however many others.

    In each round every root that has a lower neighbour is hung below one, or every root that has a higher one,
    whichever are more. A root cannot be both the lowest and the highest of its neighbours, so that at least half of
    those that have any are gone after each round: there are log2(n) rounds at most.
    """
    parent = np.arange(n)
    low, high = np.minimum(keys[:, 0], keys[:, 1]), np.maximum(keys[:, 0], keys[:, 1])
    while len(low := low[apart := low != high]):
        high = high[apart]
        below, above = (high, low) if _distinct(n, high) >= _distinct(n, low) else (low, high)
        parent[below] = above  # of several, any one will do
        while (above := parent[parent]).tobytes() != parent.tobytes():
            parent = above
        left, right = parent[low], parent[high]
        low, high = np.minimum(left, right), np.maximum(left, right)
    return _by_first(parent)


def divided(n: int, keys: Keys, scores: NDArray[np.float64], apart: Keys) -> Labels:
    """Components, but where one holds two that must be apart it is made again, from its best pair on: two parts become
    one unless that would bring such two together. Equal pairs come by position.
    """
    labels = components(n, keys)
    torn = np.unique(labels[apart[:, 0]][labels[apart[:, 0]] == labels[apart[:, 1]]])
    if not len(torn):
        return labels
    again = np.isin(labels, torn)
    inside = again[keys[:, 0]]
    low, high = keys[inside].min(axis=1), keys[inside].max(axis=1)
    order = np.lexsort((high, low, -scores[inside]))
    foes: dict[int, set[int]] = {}
    for a, b in apart[again[apart[:, 0]]].tolist():
        foes.setdefault(a, set()).add(b)
        foes.setdefault(b, set()).add(a)
    labels[again] = np.flatnonzero(again)
    return _by_first(_joined(labels, list(zip(low[order].tolist(), high[order].tolist(), strict=True)), foes))


def _joined(labels: Labels, pairs: Sequence[tuple[int, int]], foes: dict[int, set[int]]) -> Labels:
    """foes: of each position those that must not be with it."""
    label = {position: position for pair in pairs for position in pair}
    members = {position: [position] for position in label}
    against = {position: set(foes.get(position, ())) for position in label}  # of each part, the foes of its members
    for a, b in pairs:
        left, right = label[a], label[b]
        if left == right or any(member in against[right] for member in members[left]):
            continue
        if len(members[left]) < len(members[right]):
            left, right = right, left
        for member in members[right]:
            label[member] = left
        members[left] += members.pop(right)
        against[left] |= against.pop(right)
    labels = labels.copy()
    labels[list(label)] = list(label.values())
    return labels


def cliques(n: int, keys: Keys, scores: NDArray[np.float64]) -> Labels:
    """Groups within which every two positions are a pair: complete linkage, so that nothing is chained.

    Pairs are gone through from the best on, equal ones by position; two groups become one as soon as the last pair
    between them has come. So the outcome needs no pair below the threshold, and a pair that was not found keeps apart.
    What hangs together and is whole already needs no such walk.
    """
    code, first = np.unique(keys.min(axis=1) * n + keys.max(axis=1), return_index=True)
    low, high = np.divmod(code, n)
    labels = components(n, keys)
    size = np.bincount(labels, minlength=n)
    found = np.bincount(labels[low[low != high]], minlength=n)
    torn = (found != size * (size - 1) // 2)[labels]
    rest = torn[low] & (low != high)
    low, high, best = low[rest], high[rest], scores[first[rest]]
    order = np.lexsort((high, low, -best))
    labels[torn] = np.flatnonzero(torn)
    return _by_first(_linked(labels, low[order], high[order]))


def _distinct(n: int, positions: NDArray[np.int64]) -> int:
    seen = np.zeros(n, bool)
    seen[positions] = True
    return int(np.count_nonzero(seen))


def _by_first(labels: Labels) -> Labels:
    first = np.empty_like(labels)
    positions = np.arange(len(labels))[::-1]
    first[labels[::-1]] = positions  # the last that is put there stays, which is the lowest
    return first[labels]


def _linked(labels: Labels, low: NDArray[np.int64], high: NDArray[np.int64]) -> Labels:
    """The labels after all pairs, best first, have come; each is a position of its own before."""
    members: dict[int, list[int]] = {}
    links: dict[int, dict[int, int]] = {}  # of each group, how many pairs with each other have come
    label = dict.fromkeys(np.unique(np.concatenate((low, high))).tolist(), 0)
    for position in label:
        label[position], members[position], links[position] = position, [position], {}
    for a, b in zip(low.tolist(), high.tolist(), strict=True):
        left, right = label[a], label[b]
        count = links[left].get(right, 0) + 1
        if count < len(members[left]) * len(members[right]):
            links[left][right] = links[right][left] = count
        else:
            _merge(left, right, members, links, label)
    labels = labels.copy()
    labels[list(label)] = list(label.values())
    return labels


def _merge(
    left: int, right: int, members: dict[int, list[int]], links: dict[int, dict[int, int]], label: dict[int, int]
) -> None:
    if len(members[left]) + len(links[left]) < len(members[right]) + len(links[right]):
        left, right = right, left
    for position in members[right]:
        label[position] = left
    members[left] += members.pop(right)
    links[left].pop(right, None)
    for other, count in links.pop(right).items():
        if other != left:
            links[other].pop(right)
            links[left][other] = links[other][left] = links[left].get(other, 0) + count


def _centrality(labels: Labels, keys: Keys, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum of each position's scores within its group; equal where only the order of adding makes a difference."""
    within = labels[keys[:, 0]] == labels[keys[:, 1]]
    ends, weights = keys[within].ravel(), np.repeat(scores[within], 2)
    return np.round(np.bincount(ends, weights, minlength=len(labels)), 9)


def _group(ids: Sequence[str], positions: NDArray[np.int64]) -> Group:
    """positions: the representative first."""
    members = tuple(ids[position] for position in np.sort(positions))
    return Group("", members, ids[int(positions[0])])
