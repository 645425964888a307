"""Duplicate detection in a corpus: labelled pairs, groups, and which texts may be removed."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from askew.confidence.record import CalibrationRecord
from askew.confidence.risk_control import check_precision, guarantee
from askew.contract import Contract
from askew.dedup.agreement import Beside, relabelled, spread, told_apart
from askew.dedup.corpus import Corpus, Places, calibrated, every_text
from askew.dedup.exact.work import Work, work
from askew.dedup.find import FoundPairs, PairParams, against, every_pair, representatives
from askew.dedup.groups import groups
from askew.dedup.labels import JudgedPair, labelled
from askew.dedup.plan import INCLUDED, KeepRule, Permission, contained, included, link_of, planned
from askew.dedup.removals import Removal
from askew.dedup.result import Duplicates, Membership, RemovedText
from askew.dedup.review import answered, by_texts, missing
from askew.dedup.set_join.identical import identical
from askew.dedup.set_join.layers import Layer
from askew.dedup.subject import Subject, subject
from askew.encoders.loading import load_cross
from askew.errors import InputError
from askew.models import own
from askew.pair_labels.verdict import DUPLICATE, Kind, Opinion, inferred, overruled
from askew.progress import Report, silent
from askew.similarity import Similarity
from askew.tasks import get
from askew.types import Document, Group
from askew.validation import check_threshold, flag, number, one_of, string, whole
from askew.values import shown

MEMORY = 1024
"""MiB for a comparison, not counting the texts and their vectors."""
LABELS = tuple(kind.value for kind in Kind)
CUT = "the model saw only parts of the texts"
NAMED = 1000
"""Documents in which a column to compare must occur at least once."""


@dataclass(frozen=True)
class DuplicateParams:
    """Parameters of a search for duplicates; see `askew.compare.duplicates`. None and () leave the choice to the task.

    groups: compare one text of each set of identical ones. memory: MiB. include: labels of texts that may be removed
    though they differ. labelled: files with pairs that a person labelled. compare: columns that must agree.
    """

    threshold: float | None = None
    min_confidence: float = 0.0
    shingles: float | None = None
    top_k: int = 0
    memory: int = MEMORY
    groups: bool = False
    chain: bool = False
    labels: Sequence[str] = ()
    include: Sequence[str] = ()
    labelled: tuple[str | Path, ...] = ()
    compare: tuple[str, ...] = ()
    keep: KeepRule = field(default_factory=KeepRule)
    target_size: int | None = None
    cross_encoder: str | None = None

    @property
    def grouped(self) -> bool:
        return self.groups or self.chain or self.target_size is not None

    def check(self, *, two: bool = False) -> None:
        """Validate; every error says how to fix it. two: of two corpora."""
        if self.threshold is not None:
            check_threshold(self.threshold)
        if self.shingles is not None and not 0 <= number(self.shingles, "shingles (--shingles)") <= 1:
            raise InputError(f"shingles (--shingles) must be between 0 and 1, not {self.shingles:g}.")
        whole(self.top_k, "top_k (--top-k; 0 means all)")
        whole(self.memory, "memory (--memory, in MiB)", 1)
        if self.target_size is not None:
            whole(self.target_size, "target_size (--target-size)", 1)
        flag(self.groups, "groups")
        flag(self.chain, "chain")
        _check_labels(self.labels, "labels", "label", LABELS)
        _check_labels(self.include, "include", "label to remove (--include)", [str(kind) for kind in INCLUDED])
        if self.cross_encoder is not None:
            string(self.cross_encoder, "cross_encoder")
        if two and self.grouped:
            raise InputError(
                "Groups are made within one corpus: omit against (--against), or --groups, --chain and --target-size."
            )
        if number(self.min_confidence, "min_confidence"):
            self._check_confidence()

    def _check_confidence(self) -> None:
        check_precision(self.min_confidence)
        if self.shingles:
            raise InputError("A guarantee covers the model's score: omit shingles (--shingles) or --min-confidence.")
        if self.threshold is not None:
            raise InputError("min_confidence (--min-confidence) determines the threshold: omit --threshold.")


def _check_labels(given: object, name: str, kind: str, known: Sequence[str]) -> None:
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise InputError(f"{name} must be a list of labels, such as [{LABELS[2]!r}], not {shown(given)}.")
    for label in given:
        one_of(label, kind, known)


def find_duplicates(
    corpus: Corpus,
    params: DuplicateParams,
    other: Corpus | None = None,
    report: Report = silent,
    work: Work = work,
) -> Duplicates:
    """Find the duplicates in a corpus, or between it and another one. work: what compares the vectors."""
    params.check(two=other is not None)
    calibration = calibrated(corpus) if params.min_confidence else None
    said = by_texts(params.labelled, corpus, other)
    how = replace(_pair_params(params, corpus.contract, calibration, two=other is not None), work=work)
    cross, labels = _opinion(params.cross_encoder), duplicate_labels(params.labels, corpus.contract)
    permission = Permission(
        included([Kind(name) for name in params.include]), said, calibration is not None, labels, Beside(params.compare)
    )
    if other is not None:
        found = against(corpus, other, how, report)
    else:
        found = representatives(corpus, how, report) if params.grouped else every_pair(corpus, how, report)
    judged = labelled(corpus, other or corpus, found, report, cross, safety=params.grouped)
    pairs = _seen(judged, corpus, other or corpus)
    if other is not None:
        settled = _between(corpus, other, pairs, permission)
    else:
        settled = _within(corpus, params, found, pairs, permission, how.threshold)
    made = _result(corpus, how, found, calibration, settled)
    return replace(made, target=params.target_size, _other=other)


def _seen(pairs: Sequence[JudgedPair], left: Corpus, right: Corpus) -> list[JudgedPair]:
    """Call no pair a paraphrase of which the model, whose score alone says so, saw only a part."""
    return [
        replace(pair, label=Kind.RELATED, reason=CUT)
        if pair.label is Kind.PARAPHRASE
        and pair.layer is Layer.SEMANTIC
        and (left.cut[pair.positions[0]] or right.cut[pair.positions[1]])
        else pair
        for pair in pairs
    ]


@dataclass(frozen=True)
class _Settled:
    """groups: None for two corpora. documents: of their members, by id."""

    pairs: Sequence[JudgedPair]
    groups: tuple[Group, ...] | None
    removed: tuple[RemovedText, ...]
    texts: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, Membership] = field(default_factory=dict)
    subject: Subject = field(default_factory=Subject)


def _between(corpus: Corpus, other: Corpus, pairs: Sequence[JudgedPair], permission: Permission) -> _Settled:
    """Settle which documents of the first corpus stand in the other."""
    sides = ((corpus, 0), (other, 1))
    left, right = (_documents(side, {pair.positions[end] for pair in pairs}) for side, end in sides)
    permission = _resolved(permission, corpus, left)
    shown = answered(relabelled(pairs, left, right, _same(permission), permission.beside), permission.by_hand)
    links = (
        (link_of(pair), left[a], right[b]) for pair in pairs for a, b in [pair.positions] if a in left and b in right
    )
    text_of = {document.id: document.text for document in left.values()}
    kept_of = {document.id: document.text for document in right.values()}
    return _Settled(shown, None, tuple(_removed(text_of, kept_of, contained(links, permission))))


def _within(
    corpus: Corpus,
    params: DuplicateParams,
    found: FoundPairs,
    pairs: Sequence[JudgedPair],
    permission: Permission,
    threshold: float,
) -> _Settled:
    """Group the texts, and plan what may be removed, by the pairs of the first text of each set of identical ones."""
    same = found.first if params.grouped else identical(every_text(corpus))
    distinct = [pair for pair in pairs if all(same[place] == place for place in pair.positions)]
    distinct += missing(corpus, permission.by_hand, distinct)
    documents = _documents(corpus, _involved(pairs, distinct, same))
    permission = _resolved(permission, corpus, documents)
    beside, said, labels = permission.beside, permission.by_hand, _same(permission)
    first = told_apart(same, documents, beside)
    told = relabelled(distinct, documents, documents, labels, beside)
    apart = [now for pair, now in zip(distinct, told, strict=True) if now is not pair]
    linked = answered([*spread(distinct, same, documents, corpus.ids, beside), *apart], said)
    counted = {*permission.labels, *permission.include}
    made = groups(corpus, linked, first, counted, chain=params.chain)
    by_id = {documents[place].id: documents[place] for place in sorted(documents)}
    present = tuple(_present(made, by_id))
    copies = {
        corpus.ids[place]: corpus.ids[int(first[place])]
        for place in np.flatnonzero(first != np.arange(len(first))).tolist()
    }
    duplicates = [pair for pair in linked if pair.label in counted or said.get(frozenset((pair.text_a, pair.text_b)))]
    plan = planned(
        by_id,
        params.keep,
        map(link_of, duplicates),
        first=copies,
        permission=permission,
        most=None if params.target_size is None else max(0, len(corpus.ids) - params.target_size),
        groups={member: group.id for group in present for member in group.members},
    )
    texts = {id: document.text for id, document in by_id.items()}
    return _Settled(
        answered(relabelled(pairs, documents, documents, labels, beside), said),
        present,
        tuple(_removed(texts, texts, plan)),
        texts,
        _memberships(present, duplicates, copies),
        subject(corpus, present, duplicates, copies, threshold),
    )


def _memberships(
    groups: Sequence[Group], pairs: Sequence[JudgedPair], first: Mapping[str, str]
) -> dict[str, Membership]:
    """Return how each member of a group relates to its representative."""
    best: dict[frozenset[str], JudgedPair] = {}
    for pair in pairs:
        best.setdefault(frozenset((pair.a, pair.b)), pair)
    made: dict[str, Membership] = {}
    for group in groups:
        head = first.get(group.representative, group.representative)
        for member in group.members:
            own = first.get(member, member)
            found = best.get(frozenset((own, head)))
            if own == head:
                made[member] = Membership(1.0, Kind.IDENTICAL)
            else:
                made[member] = Membership(found.score, found.label) if found else Membership(None, "")
    return made


def _same(permission: Permission) -> Collection[Kind]:
    """Return the labels that say, or are taken to say, that two texts mean the same."""
    return {*permission.labels, *permission.include, *DUPLICATE}


def _involved(pairs: Sequence[JudgedPair], distinct: Sequence[JudgedPair], first: Places) -> set[int]:
    """Return the positions of all documents in pairs, and of all identical to another."""
    copies = np.flatnonzero(first != np.arange(len(first)))
    ends = {place for pair in (*pairs, *distinct) for place in pair.positions}
    return ends | set(copies.tolist()) | set(first[copies].tolist())


def _documents(corpus: Corpus, places: Collection[int]) -> dict[int, Document]:
    """Return the documents at these positions, without those deleted in the meantime."""
    ordered = np.array(sorted(places), np.int64)
    found = {document.id: document for document in corpus.documents(ordered)}
    return {place: found[id] for place in ordered.tolist() if (id := corpus.ids[place]) in found}


def _resolved(permission: Permission, corpus: Corpus, documents: Mapping[int, Document]) -> Permission:
    """Return the permission with the columns to compare as the documents name them."""
    if not permission.beside.columns:
        return permission
    some = corpus.documents(np.arange(min(len(corpus.ids), NAMED), dtype=np.int64))
    return replace(permission, beside=permission.beside.resolved([*documents.values(), *some]))


def duplicate_labels(names: Collection[str], contract: Contract) -> Collection[Kind]:
    """Return the labels of duplicates: the named ones, or those of the task. For near-duplicates, a shortened copy is
    a duplicate.
    """
    if names:
        return {Kind(name) for name in names}
    return DUPLICATE | {Kind.CONTAINS} if get(contract.task).shingles else DUPLICATE


def _pair_params(
    params: DuplicateParams, contract: Contract, calibration: CalibrationRecord | None, *, two: bool
) -> PairParams:
    """Fill in the task's defaults. Two corpora are compared by meaning only."""
    memory = params.memory << 20
    if calibration is not None:
        found = guarantee(calibration.scores, params.min_confidence, calibration.confidence)
        return PairParams(found.threshold, 0.0, params.top_k, memory)
    default = 0.0 if two else get(contract.task).shingles
    shingles = default if params.shingles is None else params.shingles
    threshold = _default_threshold(contract) if params.threshold is None else params.threshold
    check_threshold(threshold, cosine=contract.encoder.similarity is Similarity.COSINE)
    return PairParams(threshold, shingles, params.top_k, memory)


def _default_threshold(contract: Contract) -> float:
    if contract.encoder.similarity is not Similarity.COSINE:
        raise InputError(
            f"{contract.encoder.model} scores by dot product, which has no fixed scale: set the score at which two "
            "texts are a pair (--threshold)."
        )
    return get(contract.task).threshold


def _opinion(name: str | None) -> Opinion | None:
    """Return what a cross-encoder says of pairs: one of inference by its labels, one of duplicates by its score."""
    if name is None:
        return None
    card = own.resolve(name)
    if {"contradiction", "entailment"} <= {*card.labels}:
        return partial(inferred, model=load_cross(card))
    if card.activation != "sigmoid":
        raise InputError(
            f"{card.name} does not score from 0 to 1 whether two texts say the same: choose a cross-encoder that was "
            "trained on duplicates, with sigmoid activation, or one of inference (NLI)."
        )
    return partial(overruled, scorer=load_cross(card))


def _present(made: Sequence[Group], documents: Mapping[str, Document]) -> Iterator[Group]:
    """Yield the groups without documents that were deleted in the meantime."""
    for group in made:
        members = tuple(member for member in group.members if member in documents)
        if len(members) > 1:
            best = group.representative if group.representative in documents else members[0]
            yield replace(group, members=members, representative=best)


def _removed(texts: Mapping[str, str], kept: Mapping[str, str], removals: Iterable[Removal]) -> Iterator[RemovedText]:
    for gone in removals:
        how = (gone.score, str(gone.verdict), str(gone.layer), str(gone.reason))
        yield RemovedText(gone.id, texts[gone.id], gone.stays, kept[gone.stays], gone.group, *how)


def _result(
    corpus: Corpus, how: PairParams, found: FoundPairs, calibration: CalibrationRecord | None, settled: _Settled
) -> Duplicates:
    return Duplicates(
        pairs=tuple(settled.pairs),
        threshold=how.threshold,
        shingles=how.shingles,
        certificate=found.certificate,
        templates=found.templates,
        layers=found.counts(),
        documents=len(corpus.ids),
        compared=len(corpus.vectors.keys),
        noun=corpus.noun,
        contract=corpus.contract,
        origin=corpus.origin,
        whole=corpus.whole,
        calibration=calibration,
        texts=settled.texts,
        members=settled.members,
        target=None,
        subject=settled.subject,
        _corpus=corpus,
        _groups=settled.groups,
        _removed=settled.removed,
    )
