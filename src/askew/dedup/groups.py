"""Groups of pairs: connected components, or cliques where every two members are a pair; and their stable ids."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from askew.dedup.corpus import Corpus, Places
from askew.dedup.labels import JudgedPair
from askew.files import replace_text
from askew.pair_labels.verdict import Kind
from askew.types import Group

Keys = NDArray[np.int64]
"""Pairs of positions in the corpus, (m, 2)."""
Labels = NDArray[np.int64]
"""(n,): for each position, the lowest position of its group. A position without a pair is a group by itself."""


NONE: Keys = np.empty((0, 2), np.int64)


def grouped(
    ids: Sequence[str], keys: Keys, scores: NDArray[np.float64], *, apart: Keys = NONE, strict: bool = False
) -> list[Group]:
    """Return the groups of two or more, ordered by first member; their ids are "" until `named` assigns them.

    ids: of the corpus, in order. scores: (m,), of the pairs. apart: pairs that must not share a group, whatever
    connects them. strict: `cliques` instead of `divided`. The representative is the member with the highest mean score
    to all others, where a missing pair counts 0; ties go to the first.
    """
    labels = cliques(len(ids), keys, scores) if strict else divided(len(ids), keys, scores, apart)
    order = np.lexsort((-_centrality(labels, keys, scores), labels))
    starts = np.flatnonzero(np.diff(labels[order], prepend=-1))
    ends = np.append(starts[1:], len(order))
    large = np.flatnonzero(ends - starts > 1)
    return [_group(ids, order[starts[number] : ends[number]]) for number in large]


def components(n: int, keys: Keys) -> Labels:
    """Return the connected components of n positions.

    In each round, either every root with a lower neighbour is attached to one, or every root with a higher neighbour,
    whichever are more. A root cannot be both the lowest and the highest of its neighbours, so each round removes at
    least half of the roots that have neighbours: at most log2(n) rounds.
    """
    parent = np.arange(n)
    low, high = np.minimum(keys[:, 0], keys[:, 1]), np.maximum(keys[:, 0], keys[:, 1])
    while len(low := low[apart := low != high]):
        high = high[apart]
        below, above = (high, low) if _distinct(n, high) >= _distinct(n, low) else (low, high)
        parent[below] = above  # any of several will do
        while (above := parent[parent]).tobytes() != parent.tobytes():
            parent = above
        left, right = parent[low], parent[high]
        low, high = np.minimum(left, right), np.maximum(left, right)
    return _by_first(parent)


def divided(n: int, keys: Keys, scores: NDArray[np.float64], apart: Keys) -> Labels:
    """Return the components, splitting each one that contains two positions which must be apart.

    Such a component is rebuilt from its best pair on: two parts are joined unless that would bring two such positions
    together. Ties are broken by position.
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
    """Join the pairs in order, except where that would bring foes together.

    foes: for each position, those that must not share its group.
    """
    label = {position: position for pair in pairs for position in pair}
    members = {position: [position] for position in label}
    against = {position: set(foes.get(position, ())) for position in label}  # for each part, the foes of its members
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
    """Return groups in which every two positions are a pair: complete linkage, so nothing is chained.

    Pairs are processed best first, ties by position; two groups merge once the last pair between them has been seen. So
    the result needs no pair below the threshold, and a missing pair keeps groups apart. A component that is already
    complete skips this.
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
    first[labels[::-1]] = positions  # the last write wins, which is the lowest position
    return first[labels]


def _linked(labels: Labels, low: NDArray[np.int64], high: NDArray[np.int64]) -> Labels:
    """Return the labels after processing all pairs, best first, starting with one group per position."""
    members: dict[int, list[int]] = {}
    links: dict[int, dict[int, int]] = {}  # for each group, the number of pairs seen with each other group
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
    """Sum each position's scores within its group, rounded so that the order of summation makes no difference."""
    within = labels[keys[:, 0]] == labels[keys[:, 1]]
    ends, weights = keys[within].ravel(), np.repeat(scores[within], 2)
    return np.round(np.bincount(ends, weights, minlength=len(labels)), 9)


def _group(ids: Sequence[str], positions: NDArray[np.int64]) -> Group:
    """Build a group from its positions, the representative first."""
    members = tuple(ids[position] for position in np.sort(positions))
    return Group("", members, ids[int(positions[0])])


def named(groups: Sequence[Group], previous: Mapping[str, str], used: Iterable[str] = ()) -> list[Group]:
    """Return the groups, each with its previous id or a new one (g000001 and so on).

    previous: for each member, the id of its group, members in corpus order. When a group is split, its id stays with
    the part that has its first member. When groups are merged, the new group takes the id of the first member that has
    one; the others are its `merged`. used: further ids ever assigned, so that none is reused for something else.
    """
    claims = _claims(groups, previous)
    number = max((_number(id) for id in (*previous.values(), *used)), default=0)
    made: list[Group] = []
    for group, brought in zip(groups, claims, strict=True):
        number += not brought
        id, *merged = brought or [f"g{number:06d}"]
        made.append(replace(group, id=id, merged=tuple(merged)))
    return made


def _claims(groups: Sequence[Group], previous: Mapping[str, str]) -> list[list[str]]:
    """Return the ids each group inherits, ordered by the members that carry them."""
    group_of = {member: number for number, group in enumerate(groups) for member in group.members}
    heir: dict[str, int] = {}
    for member, id in previous.items():
        if member in group_of:
            heir.setdefault(id, group_of[member])
    brought = [dict.fromkeys(previous[member] for member in group.members if member in previous) for group in groups]
    return [[id for id in ids if heir[id] == number] for number, ids in enumerate(brought)]


def _number(id: str) -> int:
    """Return the number of an id, 0 for an id of another form."""
    digits = id.removeprefix("g")
    return int(digits) if id.startswith("g") and digits.isascii() and digits.isdigit() else 0


NAME = "groups.json"
ODDS = frozenset({Kind.CONTRADICTS, Kind.OTHER_VALUES})
"""Labels of two texts that certainly do not mean the same."""


def groups(
    corpus: Corpus, pairs: Sequence[JudgedPair], first: Places, labels: Collection[Kind], *, chain: bool = False
) -> list[Group]:
    """Group the pairs with these labels and the identical texts. Every two members are a pair, or identical to one.

    pairs: of first texts only. first: for each text, the position of the first one identical to it. chain: all that
    are connected through pairs form a group, but two texts with conflicting labels never do.
    """
    same = [pair for pair in pairs if pair.label in labels]
    odds = [pair for pair in pairs if pair.label in ODDS - set(labels)]
    scores = np.array([pair.score for pair in same], np.float64)
    found = grouped(corpus.ids, _keys(same), scores, apart=_keys(odds), strict=not chain)
    return _remembered(_with_copies(corpus.ids, found, first), corpus.folder / NAME)


def _keys(pairs: Sequence[JudgedPair]) -> Keys:
    return np.array([pair.positions for pair in pairs], np.int64).reshape(-1, 2)


def _with_copies(ids: Sequence[str], found: Sequence[Group], first: Places) -> list[Group]:
    """Add the texts identical to a member."""
    copies: dict[int, list[int]] = {}
    for place in np.flatnonzero(first != np.arange(len(first))).tolist():
        copies.setdefault(int(first[place]), []).append(place)
    if not copies:
        return list(found)
    place_of = {id: place for place, id in enumerate(ids)}
    made = [
        (sorted(place for member in group.members for place in _all(place_of[member], copies)), group.representative)
        for group in found
    ]
    taken = {place for places, _ in made for place in places}
    made += [(_all(place, copies), ids[place]) for place in copies if place not in taken]
    made.sort(key=lambda group: group[0][0])
    return [Group("", tuple(ids[place] for place in places), best) for places, best in made]


def _all(place: int, copies: dict[int, list[int]]) -> list[int]:
    return [place, *copies.get(place, ())]


def _remembered(found: list[Group], path: Path) -> list[Group]:
    """Assign the ids of the previous run. Where they cannot be stored, the next run assigns new ones."""
    members, last = _last(path)
    made = named(found, members, [last])
    last = max([last, *(group.id for group in made)], key=lambda name: (len(name), name))
    data = {"members": {member: group.id for group in made for member in group.members}, "last": last}
    with suppress(OSError):  # a read-only folder
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_text(path, json.dumps(data, ensure_ascii=False))
    return made


def _last(path: Path) -> tuple[dict[str, str], str]:
    """Load the group of each member and the last id assigned; empty if there is no complete file."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {str(member): str(group) for member, group in data["members"].items()}, str(data["last"])
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return {}, ""
