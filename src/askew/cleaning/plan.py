"""Removal plan: the rows to remove from each group."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from askew.cleaning.keep import KeepRule, stays
from askew.cleaning.removals import Removal
from askew.types import Document, Group, Pair


@dataclass(frozen=True)
class Link:
    """A pair and how it was found. layer: such as exact, near or meaning."""

    pair: Pair
    verdict: str = ""
    layer: str = ""


def planned(
    groups: Sequence[Group], documents: Mapping[str, Document], keep: KeepRule, links: Iterable[Link]
) -> list[Removal]:
    """Plan the removals: one row of each group is kept, the others are removed.

    links: all pairs that formed the groups. A row that is not paired with the kept one, which happens only in chained
    groups, is reported with its best pair within the group.
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
