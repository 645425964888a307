"""The ids of groups, which stay what they are while documents come and go."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from askew.types import Group


def named(groups: Sequence[Group], previous: Mapping[str, str], used: Iterable[str] = ()) -> list[Group]:
    """The groups, each with the id it had before, or a new one: g000001 and so on.

    previous: of each member, the id of its group, the members of a group in the order of the corpus. Of a group that
    has been split the id stays with the part that has its first member. A group made of several takes the id of the
    first of its members that brings one; the others are its `merged`. used: further ids that were given at any time,
    so that none of them stands for something else some day.
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
    """Of each group the ids that are its own, by the place of the members who bring them."""
    group_of = {member: number for number, group in enumerate(groups) for member in group.members}
    heir: dict[str, int] = {}
    for member, id in previous.items():
        if member in group_of:
            heir.setdefault(id, group_of[member])
    brought = [dict.fromkeys(previous[member] for member in group.members if member in previous) for group in groups]
    return [[id for id in ids if heir[id] == number] for number, ids in enumerate(brought)]


def _number(id: str) -> int:
    """0 for an id that is not one of ours."""
    digits = id.removeprefix("g")
    return int(digits) if id.startswith("g") and digits.isascii() and digits.isdigit() else 0
