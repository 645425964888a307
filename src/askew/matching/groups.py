"""Pairs that are duplicates, put together into groups whose ids stay what they are from run to run."""

import json
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from askew.matching.corpus import Corpus, Places
from askew.matching.judged import Match
from askew.mining.groups import Keys, grouped
from askew.mining.names import named
from askew.mining.verdicts.verdict import Kind
from askew.paths import put_whole
from askew.types import Group

NAME = "groups.json"
ODDS = frozenset({Kind.CONTRADICTS, Kind.OTHER_VALUES})
"""Verdicts of two texts that surely do not say the same."""


def groups(
    corpus: Corpus, matches: Sequence[Match], first: Places, kinds: Collection[Kind], *, strict: bool = False
) -> list[Group]:
    """Of the matches of these kinds, and of what is identical. strict: every two of a group are a match.

    Two that are at odds are never in one group, whatever lies between them.
    """
    same = [match for match in matches if match.verdict.kind in kinds]
    odds = [match for match in matches if match.verdict.kind in ODDS - set(kinds)]
    scores = np.array([match.pair.score for match in same], np.float64)
    found = grouped(corpus.ids, _keys(same), scores, apart=_keys(odds), strict=strict)
    return _remembered(_with_copies(corpus.ids, found, first), corpus.folder / NAME)


def _keys(matches: Sequence[Match]) -> Keys:
    return np.array([match.places for match in matches], np.int64).reshape(-1, 2)


def _with_copies(ids: Sequence[str], found: Sequence[Group], first: Places) -> list[Group]:
    """Whoever is identical to a member is one."""
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
    """With the ids that they had when they were last asked for. What cannot be kept is new the next time."""
    members, last = _last(path)
    made = named(found, members, [last])
    last = max([last, *(group.id for group in made)], key=lambda name: (len(name), name))
    told = {"members": {member: group.id for group in made for member in group.members}, "last": last}
    with suppress(OSError):  # a folder that may not be written
        path.parent.mkdir(parents=True, exist_ok=True)
        put_whole(path, lambda staged: staged.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8"))
    return made


def _last(path: Path) -> tuple[dict[str, str], str]:
    """Of each member its group, and the last id that was given; nothing where there is no whole file."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return {str(member): str(group) for member, group in told["members"].items()}, str(told["last"])
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}, ""
