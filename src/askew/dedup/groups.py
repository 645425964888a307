"""Groups of duplicates whose ids are stable from run to run."""

import json
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from askew.dedup.corpus import Corpus, Places
from askew.dedup.grouping import Keys, grouped, named
from askew.dedup.labels import JudgedPair
from askew.files import replace_text
from askew.pair_labels.verdict import Kind
from askew.types import Group

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
