"""Stable group ids, which survive documents being added and removed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from askew.types import Group


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
