"""Removal plan: which rows may be removed, why, and the row that is kept in place of each.

A row is removed only next to a row that it is a pair with (a star, never a chain) and that the rule prefers to it; and
only where everything in which the two differ is known to be harmless, or where a label, a guarantee or a person allows
more.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from askew.dedup.agreement import Beside
from askew.dedup.label_workers import harmful
from askew.dedup.labels import JudgedPair
from askew.dedup.removals import Removal
from askew.errors import InputError
from askew.pair_labels.verdict import DUPLICATE, Kind
from askew.types import Document, Pair
from askew.validation import one_of
from askew.values import shown

RULES = ("first", "longest", "newest", "best")
DATE = "a date"
NUMBER = "a number"


@dataclass(frozen=True)
class KeepRule:
    """A rule for which member of a group is kept.

    first: in corpus order. longest: by characters of text. newest: the latest date or highest number in `field`. best:
    the most similar to the others or, with a field, the highest number in it. Ties go to the first.
    """

    rule: str = "first"
    field: str = ""

    def __post_init__(self) -> None:
        one_of(self.rule, "keep rule", RULES)
        if not isinstance(self.field, str):
            raise InputError(f"keep_field must be the name of a field, not {shown(self.field)}.")
        if self.rule == "newest" and not self.field:
            raise InputError("The keep rule 'newest' needs the name of the field with the date.")
        if self.field and self.rule not in ("newest", "best"):
            raise InputError(
                f"The keep rule {self.rule!r} takes no field: drop {self.field!r}, or use 'newest' or 'best'."
            )


def preferred(documents: Mapping[str, Document], keep: KeepRule, central: Mapping[str, float]) -> list[str]:
    """Return the ids of the documents, those first that are kept rather than others; ties keep their order.

    central: how similar each is to the others. InputError names the row whose field cannot be compared.
    """
    if keep.rule == "first":
        return list(documents)
    if keep.rule == "longest":
        return sorted(documents, key=lambda one: -len(documents[one].text))
    values = _values(documents, keep) if keep.field else central
    return sorted(documents, key=lambda one: -values[one])


def _values(documents: Mapping[str, Document], keep: KeepRule) -> dict[str, float]:
    known: tuple[Callable[[Any], float], ...] = (_number, _date) if keep.rule == "newest" else (_number,)
    values: dict[str, float] = {}
    kinds: dict[str, str] = {}
    for id, document in documents.items():
        kind, values[id] = _value(document, keep.field, known)
        kinds.setdefault(kind, id)
    if len(kinds) > 1:
        raise InputError(
            f"The field {keep.field!r} is a date in row {kinds[DATE]!r} but a number in row {kinds[NUMBER]!r}: "
            "use one of the two throughout."
        )
    return values


def _value(document: Document, field: str, known: tuple[Callable[[Any], float], ...]) -> tuple[str, float]:
    wanted = "a number" if len(known) == 1 else "a number or a date such as 2024-03-01"
    if document.metadata.get(field) is None:
        raise InputError(f"Row {document.id!r} has no field {field!r}, which must be {wanted}.")
    value = document.metadata[field]
    for read in known:
        try:
            return DATE if read is _date else NUMBER, read(value)
        except (TypeError, ValueError, OverflowError):
            continue
    raise InputError(f"The field {field!r} of row {document.id!r} is {value!r}, which is not {wanted}.")


def _number(value: Any) -> float:
    number = float("nan" if isinstance(value, bool) else value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _date(value: Any) -> float:
    """Return the timestamp of a date; a day means midnight, and a time without a zone means UTC."""
    made = datetime.fromisoformat(value)
    return (made if made.tzinfo else made.replace(tzinfo=UTC)).timestamp()


INCLUDED: Mapping[Kind, frozenset[Kind]] = {
    Kind.IDENTICAL: frozenset({Kind.IDENTICAL}),
    Kind.NEAR_IDENTICAL: frozenset({Kind.IDENTICAL, Kind.NEAR_IDENTICAL}),
    Kind.PARAPHRASE: frozenset({Kind.IDENTICAL, Kind.NEAR_IDENTICAL, Kind.PARAPHRASE}),
    Kind.CONTAINS: frozenset({Kind.IDENTICAL, Kind.CONTAINS}),
}
"""Labels that may be removed, and those that say more and are removed with them."""


class Ground(StrEnum):
    """Why a row may be removed, in words."""

    SAME = "same text"
    HARMLESS = "harmless differences only"
    BY_HAND = "labelled a duplicate by hand"
    INCLUDED = "label included by choice"
    GUARANTEED = "reaches the guaranteed threshold"


TIER = {Ground.SAME: 0, Ground.HARMLESS: 1, Ground.BY_HAND: 1, Ground.INCLUDED: 2, Ground.GUARANTEED: 2}
"""The lower, the safer."""


@dataclass(frozen=True)
class Link:
    """A pair and how it was found. layer: identical, shingles or semantic."""

    pair: Pair
    verdict: str = ""
    layer: str = ""


def link_of(pair: JudgedPair) -> Link:
    return Link(pair, pair.label, pair.layer)


@dataclass(frozen=True)
class Permission:
    """What may be removed.

    include: labels that may go although the texts differ. by_hand: answers of a person on pairs of texts. guaranteed:
    whether every pair reaches a guaranteed threshold, so that those with one of these labels may go.
    """

    include: frozenset[Kind] = frozenset()
    by_hand: Mapping[frozenset[str], bool] = field(default_factory=dict)
    guaranteed: bool = False
    labels: Collection[Kind] = DUPLICATE
    beside: Beside = field(default_factory=Beside)

    def ground(self, link: Link, gone: Document, stays: Document) -> Ground | None:
        """Return why one of two documents may be removed next to the other; None if it may not. Both the label and the
        comparison of all that differs must say that they mean the same, where nothing else allows it.
        """
        said = self.by_hand.get(frozenset((gone.text, stays.text)))
        if said is False or self.beside.difference(gone, stays):
            return None
        if link.verdict in DUPLICATE and not harmful(gone.text, stays.text):
            return Ground.SAME if link.verdict == Kind.IDENTICAL else Ground.HARMLESS
        if said:
            return Ground.BY_HAND
        if link.verdict == Kind.CONTAINS and len(gone.text) > len(stays.text):
            return None  # it says more
        if not self.allows(link.verdict):
            return None
        return Ground.INCLUDED if link.verdict in self.include else Ground.GUARANTEED

    def allows(self, verdict: str) -> bool:
        """Return whether texts of this verdict may go although they differ."""
        return verdict in self.include or (self.guaranteed and verdict in self.labels)


def included(labels: Iterable[Kind]) -> frozenset[Kind]:
    return frozenset(kind for given in labels for kind in INCLUDED[given])


def planned(
    documents: Mapping[str, Document],
    keep: KeepRule,
    links: Iterable[Link],
    *,
    first: Mapping[str, str] | None = None,
    permission: Permission = Permission(),  # it is frozen
    most: int | None = None,
    groups: Mapping[str, str] | None = None,
) -> list[Removal]:
    """Plan the removals, in the order of the documents.

    documents: all that are in a pair or identical to another, by id. links: the pairs. first: the id of the first
    document identical to another, whose pairs it shares. most: how many rows may go: the safest and most similar ones.
    groups: the group of each document.
    """
    plan = _Plan(documents, keep, list(links), first or {}, permission)
    made = plan.all() if most is None else plan.best(most)
    held = groups or {}
    return [
        Removal(
            id,
            held.get(one.stays) or held.get(id, ""),
            one.stays,
            one.link.pair.score,
            one.link.verdict,
            one.link.layer,
            one.ground,
        )
        for id in documents
        if (one := made.get(id))
    ]


def contained(links: Iterable[tuple[Link, Document, Document]], permission: Permission = Permission()) -> list[Removal]:
    """Plan the removal of documents that stand in another corpus, which stays as it is.

    links: pairs of a document and one of the other corpus.
    """
    best: dict[str, tuple[tuple[int, float], Removal]] = {}
    for link, gone, stays in links:
        ground = permission.ground(link, gone, stays)
        if ground is None:
            continue
        order = (TIER[ground], -link.pair.score)
        if gone.id not in best or order < best[gone.id][0]:
            removal = Removal(gone.id, "", stays.id, link.pair.score, link.verdict, link.layer, ground)
            best[gone.id] = (order, removal)
    return [removal for _, removal in best.values()]


@dataclass(frozen=True)
class _Step:
    """A removal, and the row that is kept in its place."""

    stays: str
    link: Link
    ground: Ground

    @property
    def order(self) -> tuple[int, float]:
        return TIER[self.ground], -self.link.pair.score


Allowed = Callable[[Ground, float], bool]


class _Plan:
    def __init__(
        self,
        documents: Mapping[str, Document],
        keep: KeepRule,
        links: Sequence[Link],
        first: Mapping[str, str],
        permission: Permission,
    ) -> None:
        self._documents, self._permission, self._first = documents, permission, first
        self._ends = _by_ends(links)
        self._near = defaultdict[str, list[tuple[str, Link]]](list)
        for link in self._ends.values():
            self._near[link.pair.a].append((link.pair.b, link))
            self._near[link.pair.b].append((link.pair.a, link))
        self._class = defaultdict[str, list[str]](list)
        for id in documents:
            self._class[first.get(id, id)].append(id)
        self._order = self._longer_first(preferred(documents, keep, _centrality(links, first, documents)))

    def all(self, allowed: Allowed = lambda _, __: True) -> dict[str, _Step]:
        """Keep the preferred rows, one after the other, and remove what may be removed next to each."""
        removed: dict[str, _Step] = {}
        kept = set[str]()
        for id in self._order:
            if id in removed:
                continue
            kept.add(id)
            for other, link in self._pairs(id):
                if other in kept or other in removed:
                    continue
                ground = self._permission.ground(link, self._documents[other], self._documents[id])
                if ground is not None and allowed(ground, link.pair.score):
                    removed[other] = _Step(id, link, ground)
        return removed

    def _longer_first(self, order: Sequence[str]) -> Sequence[str]:
        """Return the order with excerpts at its end, so that the texts that they stand in are kept."""
        if not self._permission.allows(Kind.CONTAINS):
            return order
        length = {id: len(document.text) for id, document in self._documents.items()}
        ends = [link.pair for link in self._ends.values() if link.verdict == Kind.CONTAINS]
        excerpts = {min(pair.a, pair.b, key=length.__getitem__) for pair in ends}

        def rank(id: str) -> float:
            return length[id] if self._first.get(id, id) in excerpts else math.inf

        return sorted(order, key=rank, reverse=True)

    def best(self, most: int) -> dict[str, _Step]:
        """Remove at most this many rows: identical ones first, then safe ones, then others from the best on."""
        for tier in (0, 1):
            if len(found := self.all(lambda ground, _, tier=tier: TIER[ground] <= tier)) >= most:  # type: ignore[misc]
                return _first(found, most)
        found = self.all()
        if len(found) <= most:
            return found
        scores = sorted({link.pair.score for link in self._ends.values()})
        low, high = 0, len(scores) - 1  # the highest score from which on enough may go
        while low < high:
            middle = (low + high + 1) // 2
            least = scores[middle]
            tried = self.all(lambda ground, score, least=least: TIER[ground] < 2 or score >= least)  # type: ignore[misc]
            if len(tried) >= most:
                low, found = middle, tried
            else:
                high = middle - 1
        return _first(found, most)

    def _pairs(self, id: str) -> Iterator[tuple[str, Link]]:
        """Yield the rows that a row is a pair with; a copy shares the pairs of the first one."""
        own = self._first.get(id, id)
        for member in self._class[own]:
            if member != id:
                yield member, Link(Pair(1.0, member, id), Kind.IDENTICAL, "identical")
        for other, link in self._near.get(own, ()):
            for member in self._class.get(other, ()):
                yield member, link


def _by_ends(links: Iterable[Link]) -> dict[frozenset[str], Link]:
    best: dict[frozenset[str], Link] = {}
    for link in links:
        ends = frozenset((link.pair.a, link.pair.b))
        if ends not in best or link.pair.score > best[ends].pair.score:
            best[ends] = link
    return best


def _first(found: Mapping[str, _Step], most: int) -> dict[str, _Step]:
    return dict(sorted(found.items(), key=lambda item: item[1].order)[:most])


def _centrality(links: Iterable[Link], first: Mapping[str, str], ids: Iterable[str]) -> dict[str, float]:
    """Sum the scores of each row's pairs, rounded so that the order of summation makes no difference."""
    sums = defaultdict[str, float](float)
    for link in links:
        sums[link.pair.a] += link.pair.score
        sums[link.pair.b] += link.pair.score
    return {id: round(sums.get(first.get(id, id), 0.0), 9) for id in ids}
