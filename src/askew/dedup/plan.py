"""Removal plan: which rows of a group may be removed, and the row that is kept in place of each.

A row is removed only next to a row that it is a pair with (a star, never a chain), and only where everything in which
the two differ is known to be harmless, or where their label was included by choice.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from askew.dedup.keep import KeepRule, stays
from askew.dedup.removals import Removal
from askew.pair_labels.safety import difference
from askew.pair_labels.verdict import Kind
from askew.types import Document, Group, Pair

INCLUDED: Mapping[Kind, frozenset[Kind]] = {
    Kind.IDENTICAL: frozenset({Kind.IDENTICAL}),
    Kind.NEAR_IDENTICAL: frozenset({Kind.IDENTICAL, Kind.NEAR_IDENTICAL}),
    Kind.PARAPHRASE: frozenset({Kind.IDENTICAL, Kind.NEAR_IDENTICAL, Kind.PARAPHRASE}),
    Kind.CONTAINS: frozenset({Kind.IDENTICAL, Kind.CONTAINS}),
}
"""Labels that may be removed, and those that say more and are removed with them."""


@dataclass(frozen=True)
class Link:
    """A pair and how it was found. layer: such as exact, near or meaning."""

    pair: Pair
    verdict: str = ""
    layer: str = ""


def planned(
    groups: Sequence[Group],
    documents: Mapping[str, Document],
    keep: KeepRule,
    links: Iterable[Link],
    *,
    first: Mapping[str, str] | None = None,
    include: Collection[Kind] = (),
) -> list[Removal]:
    """Plan the removals of each group, in its order.

    links: all pairs that formed the groups. first: the id of the first text identical to a document, whose pairs it
    shares; documents that are not in it have pairs of their own. include: labels that may be removed although the texts
    differ.
    """
    included = frozenset(kind for given in include for kind in INCLUDED[given])
    plan = _Plan(documents, keep, _by_ends(links), first or {}, included)
    return [removal for group in groups for removal in plan.of(group)]


def unsafe(a: Document, b: Document) -> str:
    """Return what speaks against removing one of two documents, as a phrase; "" if their differences are harmless."""
    return difference(a.text, b.text) or (a.title != b.title and difference(a.title, b.title)) or ""


def _by_ends(links: Iterable[Link]) -> dict[frozenset[str], Link]:
    best: dict[frozenset[str], Link] = {}
    for link in links:
        ends = frozenset((link.pair.a, link.pair.b))
        if ends not in best or link.pair.score > best[ends].pair.score:
            best[ends] = link
    return best


@dataclass(frozen=True)
class _Plan:
    documents: Mapping[str, Document]
    keep: KeepRule
    links: Mapping[frozenset[str], Link]
    first: Mapping[str, str]
    included: frozenset[Kind]

    def of(self, group: Group) -> list[Removal]:
        """Keep one member and remove what may be removed next to it, then do the same with the others."""
        left, removals = list(group.members), {}
        while len(left) > 1:
            best = group.representative if group.representative in left else left[0]
            stay = stays(replace(group, members=tuple(left), representative=best), self.documents, self.keep)
            for member in left:
                link = self._link(member, stay)
                if member != stay and link is not None and self._may_go(link, member, stay):
                    how = (link.pair.score, link.verdict, link.layer)
                    removals[member] = Removal(member, group.id, stay, *how)
            left = [member for member in left if member != stay and member not in removals]
        return [removals[member] for member in group.members if member in removals]

    def _link(self, a: str, b: str) -> Link | None:
        """Return the pair of two members; that of the texts which they are identical to, if they have none."""
        one, other = self.first.get(a, a), self.first.get(b, b)
        if one == other:
            return Link(Pair(1.0, a, b), Kind.IDENTICAL, "identical")
        return self.links.get(frozenset((a, b))) or self.links.get(frozenset((one, other)))

    def _may_go(self, link: Link, member: str, stay: str) -> bool:
        if link.verdict in self.included:
            return True
        return not unsafe(self.documents[member], self.documents[stay])
