"""Duplicate detection in a corpus: labelled pairs, groups, and which texts are kept."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, overload

import numpy as np

from askew.confidence.record import CalibrationRecord
from askew.confidence.risk_control import check_precision, guarantee
from askew.contract import Contract
from askew.dedup.corpus import Corpus, Origin, calibrated, every_text
from askew.dedup.exact.certificate import Certificate
from askew.dedup.find import FoundPairs, PairParams, against, every_pair, representatives
from askew.dedup.groups import groups
from askew.dedup.keep import KeepRule
from askew.dedup.labels import JudgedPair, labelled
from askew.dedup.plan import INCLUDED, Link, planned
from askew.dedup.removals import Removal
from askew.dedup.set_join.identical import identical
from askew.encoders.loading import load_cross
from askew.errors import InputError
from askew.export import frames as export
from askew.models import own
from askew.pair_labels.verdict import DUPLICATE, Kind, PairScorer
from askew.progress import Report, silent
from askew.similarity import Similarity
from askew.tasks import get
from askew.types import Document, Group
from askew.validation import check_threshold, flag, number, one_of, string, whole
from askew.values import shown

MEMORY = 1024
"""MiB for a comparison, not counting the texts and their vectors."""
LABELS = tuple(kind.value for kind in Kind)
PAIR_COLUMNS = ("score", "label", "a", "b", "text_a", "text_b", "reason", "layer")


@dataclass(frozen=True)
class DuplicateParams:
    """Parameters of a search for duplicates; see `askew.compare.duplicates`. None and () leave the choice to the task.

    groups: compare one text of each set of identical ones. memory: MiB. include: labels of texts that may be removed
    though they differ.
    """

    threshold: float | None = None
    min_confidence: float = 0.0
    shingles: float | None = None
    top_k: int = 0
    memory: int = MEMORY
    groups: bool = False
    strict: bool = False
    labels: Sequence[str] = ()
    include: Sequence[str] = ()
    keep: KeepRule = field(default_factory=KeepRule)
    cross_encoder: str | None = None

    @property
    def grouped(self) -> bool:
        return self.groups or self.strict

    def check(self, *, two: bool = False) -> None:
        """Validate; every error says how to fix it. two: of two corpora."""
        if self.threshold is not None:
            check_threshold(self.threshold)
        if self.shingles is not None and not 0 <= number(self.shingles, "shingles (--shingles)") <= 1:
            raise InputError(f"shingles (--shingles) must be between 0 and 1, not {self.shingles:g}.")
        whole(self.top_k, "top_k (--top-k; 0 means all)")
        whole(self.memory, "memory (--memory, in MiB)", 1)
        flag(self.groups, "groups")
        flag(self.strict, "strict")
        if isinstance(self.labels, str) or not isinstance(self.labels, Sequence):
            raise InputError(f"labels must be a list of labels, such as [{LABELS[0]!r}], not {shown(self.labels)}.")
        for name in self.labels:
            one_of(name, "label", LABELS)
        if isinstance(self.include, str) or not isinstance(self.include, Sequence):
            raise InputError(f"include must be a list of labels, such as ['paraphrase'], not {shown(self.include)}.")
        for name in self.include:
            one_of(name, "label to remove (--include)", [str(kind) for kind in INCLUDED])
        if self.cross_encoder is not None:
            string(self.cross_encoder, "cross_encoder")
        if two and self.grouped:
            raise InputError(
                "Groups are made within one corpus: omit against (--against), or --groups, --strict and --clean."
            )
        if number(self.min_confidence, "min_confidence"):
            self._check_confidence()

    def _check_confidence(self) -> None:
        check_precision(self.min_confidence)
        if self.grouped:
            raise InputError("A guarantee covers pairs: omit min_confidence (--min-confidence), or groups and --clean.")
        if self.shingles:
            raise InputError("A guarantee covers the model's score: omit shingles (--shingles) or --min-confidence.")
        if self.threshold is not None:
            raise InputError("min_confidence (--min-confidence) determines the threshold: omit --threshold.")


@dataclass(frozen=True)
class RemovedText:
    """A text that may be removed, as another says the same: all in which they differ is known to be harmless, or their
    label was included.

    id, kept_id: of the document and of the one that is kept instead; text, kept: their texts. score, label, layer: of
    the pair of the two.
    """

    id: str
    text: str
    kept_id: str
    kept: str
    group: str
    score: float
    label: str
    layer: str


@dataclass(frozen=True)
class CleanedFile:
    """A copy of a file with one row kept per group.

    log: of the removed rows, which `askew restore` puts back. kept, rows: number of rows in the copy and in the
    original.
    """

    path: Path
    log: Path
    kept: int
    rows: int


@dataclass(frozen=True, eq=False, repr=False)
class Duplicates(Sequence[JudgedPair]):
    """The result of a search for duplicates; as a sequence, its pairs.

    pairs: best first within each layer, with their labels. threshold, shingles: as used. certificate: proof that no
    pair is missing; its counts are of vectors. layers: number of pairs found by each layer, every two identical texts
    counting as a pair. compared: number of vectors; noun: the unit that has one. calibration: that of a guarantee.
    texts: of the members of groups, by id. file: the cleaned copy, if one was written.
    """

    pairs: tuple[JudgedPair, ...]
    threshold: float
    shingles: float
    certificate: Certificate
    layers: Mapping[str, int]
    documents: int
    compared: int
    noun: str
    contract: Contract
    origin: Origin
    whole: bool
    calibration: CalibrationRecord | None
    texts: Mapping[str, str]
    _corpus: Corpus
    _groups: tuple[Group, ...] | None
    _removed: tuple[RemovedText, ...]
    file: CleanedFile | None = None

    def __repr__(self) -> str:
        groups = "" if self._groups is None else f", {len(self._groups):,} groups"
        return f"Duplicates({len(self.pairs):,} pairs{groups}, {self.documents:,} texts, threshold {self.threshold:g})"

    @overload
    def __getitem__(self, place: int) -> JudgedPair: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[JudgedPair, ...]: ...
    def __getitem__(self, place: int | slice) -> JudgedPair | tuple[JudgedPair, ...]:
        return self.pairs[place]

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def groups(self) -> tuple[Group, ...]:
        """Groups of texts that say the same, in corpus order; InputError for a comparison with another corpus."""
        if self._groups is None:
            raise InputError("Groups are made within one corpus: omit against (--against).")
        return self._groups

    @property
    def removed(self) -> tuple[RemovedText, ...]:
        """The texts of which another that is kept says the same, group by group."""
        return self._removed if self.groups else ()

    @property
    def kept_ids(self) -> list[str]:
        """Ids of all documents that are not removed, in corpus order."""
        gone = {removed.id for removed in self.removed}
        return [id for id in self._corpus.ids if id not in gone]

    @property
    def kept(self) -> list[str]:
        """Texts of all documents that are not removed, in corpus order. They are read from the index, if it is one,
        which must still be open.
        """
        gone = {removed.id for removed in self.removed}
        places = [place for place, id in enumerate(self._corpus.ids) if id not in gone]
        return [text for text in self._corpus.texts(np.array(places, np.int64)) if text]

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return one dict per pair: score, label, a, b, text_a, text_b, reason, layer."""
        return export.to_dicts(_rows(self.pairs))

    def to_pandas(self) -> Any:
        """Return the same rows as a pandas DataFrame."""
        return export.to_pandas(_rows(self.pairs), PAIR_COLUMNS)

    def _repr_html_(self) -> str:
        columns = ("score", "label", "a", "b", "text_a", "text_b")
        return export.html_table(_rows(self.pairs), columns, f"{len(self.pairs):,} pairs")


def _rows(pairs: Sequence[JudgedPair]) -> Iterator[dict[str, Any]]:
    for pair in pairs:
        yield {
            "score": pair.score,
            "label": str(pair.label),
            "a": pair.a,
            "b": pair.b,
            "text_a": pair.text_a,
            "text_b": pair.text_b,
            "reason": pair.reason,
            "layer": str(pair.layer),
        }


def find_duplicates(
    corpus: Corpus, params: DuplicateParams, other: Corpus | None = None, report: Report = silent
) -> Duplicates:
    """Find the duplicates in a corpus, or between it and another one."""
    params.check(two=other is not None)
    calibration = calibrated(corpus) if params.min_confidence else None
    how = _pair_params(params, corpus.contract, calibration, two=other is not None)
    cross, labels = _cross_encoder(params.cross_encoder), duplicate_labels(params.labels, corpus.contract)
    if other is not None:
        found = against(corpus, other, how, report)
    else:
        found = representatives(corpus, how, report) if params.grouped else every_pair(corpus, how, report)
    pairs = labelled(corpus, other or corpus, found, report, cross)
    grouping = _NONE if other is not None else _grouped(corpus, params, found, pairs, labels)
    return _result(corpus, how, found, calibration, pairs, grouping)


@dataclass(frozen=True)
class _Grouping:
    """groups: None for two corpora. documents: of their members."""

    groups: tuple[Group, ...] | None
    removed: tuple[RemovedText, ...]
    documents: Mapping[str, Document]


_NONE = _Grouping(None, (), {})


def _grouped(
    corpus: Corpus, params: DuplicateParams, found: FoundPairs, pairs: Sequence[JudgedPair], labels: Collection[Kind]
) -> _Grouping:
    """Group the texts by the pairs of the first text of each set of identical ones."""
    first = found.first if params.grouped else identical(every_text(corpus))
    distinct = [pair for pair in pairs if all(first[place] == place for place in pair.positions)]
    every = groups(corpus, distinct, first, labels, strict=params.strict)
    documents = _members(corpus, every)
    made = tuple(_present(every, documents))
    links = [Link(pair, pair.label, pair.layer) for pair in distinct]
    copies = np.flatnonzero(first != np.arange(len(first))).tolist()
    same = {corpus.ids[place]: corpus.ids[int(first[place])] for place in copies}
    include = [Kind(name) for name in params.include]
    removed = _removed(documents, planned(made, documents, params.keep, links, first=same, include=include))
    return _Grouping(made, tuple(removed), documents)


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


def _cross_encoder(name: str | None) -> PairScorer | None:
    if name is None:
        return None
    card = own.resolve(name)
    if card.activation != "sigmoid":
        raise InputError(
            f"{card.name} does not score from 0 to 1 whether two texts say the same: choose a cross-encoder that was "
            "trained on duplicates, with sigmoid activation."
        )
    return load_cross(card)


def _members(corpus: Corpus, made: Sequence[Group]) -> dict[str, Document]:
    members = {member for group in made for member in group.members}
    places = [place for place, id in enumerate(corpus.ids) if id in members]
    return {document.id: document for document in corpus.documents(np.array(places, np.int64))}


def _present(made: Sequence[Group], documents: Mapping[str, Document]) -> Iterator[Group]:
    """Yield the groups without documents that were deleted in the meantime."""
    for group in made:
        members = tuple(member for member in group.members if member in documents)
        if len(members) > 1:
            best = group.representative if group.representative in documents else members[0]
            yield replace(group, members=members, representative=best)


def _removed(documents: Mapping[str, Document], removals: Iterable[Removal]) -> Iterator[RemovedText]:
    for gone in removals:
        text, kept = documents[gone.id].text, documents[gone.stays].text
        how = (gone.score, str(gone.verdict), str(gone.layer))
        yield RemovedText(gone.id, text, gone.stays, kept, gone.group, *how)


def _result(
    corpus: Corpus,
    how: PairParams,
    found: FoundPairs,
    calibration: CalibrationRecord | None,
    pairs: Sequence[JudgedPair],
    grouping: _Grouping,
) -> Duplicates:
    return Duplicates(
        pairs=tuple(pairs),
        threshold=how.threshold,
        shingles=how.shingles,
        certificate=found.certificate,
        layers=found.counts(),
        documents=len(corpus.ids),
        compared=len(corpus.vectors.keys),
        noun=corpus.noun,
        contract=corpus.contract,
        origin=corpus.origin,
        whole=corpus.whole,
        calibration=calibration,
        texts={id: document.text for id, document in grouping.documents.items()},
        _corpus=corpus,
        _groups=grouping.groups,
        _removed=grouping.removed,
    )
