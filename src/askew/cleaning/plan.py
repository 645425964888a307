"""From groups to the rows that go."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from askew.cleaning.keep import Keep, stays
from askew.cleaning.removals import Removal
from askew.types import Document, Group, Pair


@dataclass(frozen=True)
class Link:
    """A pair, and what is known of it. layer: how it was found, such as exact, near or meaning."""

    pair: Pair
    verdict: str = ""
    layer: str = ""


def planned(
    groups: Sequence[Group], documents: Mapping[str, Document], keep: Keep, links: Iterable[Link]
) -> list[Removal]:
    """One of each group stays, the others go. links: all pairs that made the groups; of a row that is no pair with the
    one that stays, which only a chained group has, its best one within the group is told.
    """
    kept = [stays(group, documents, keep) for group in groups]
    staying = {member: stay for group, stay in zip(groups, kept, strict=True) for member in group.members}
    group_of = {member: group.id for group in groups for member in group.members}
    best: dict[str, Link] = {}
    for link in links:
        for row, other in ((link.pair.a, link.pair.b), (link.pair.b, link.pair.a)):
            if row in group_of and group_of[row] == group_of.get(other):
                best[row] = max(best.get(row, link), link, key=_weight(row, staying[row]))
    return [
        Removal(member, group.id, staying[member], best[member].pair.score, best[member].verdict, best[member].layer)
        for group in groups
        for member in group.members
        if member != staying[member]
    ]


def _weight(row: str, stay: str) -> Callable[[Link], tuple[bool, float]]:
    return lambda link: ({link.pair.a, link.pair.b} == {row, stay}, link.pair.score)
