"""The result of a search for duplicates: labelled pairs, groups, and which texts are kept."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import numpy as np

from askew.confidence.record import CalibrationRecord
from askew.contract import Contract
from askew.dedup.boilerplate import Boilerplate
from askew.dedup.corpus import Corpus, Origin
from askew.dedup.exact.pairs import Certificate
from askew.dedup.labels import JudgedPair
from askew.dedup.subject import Subject
from askew.dedup.templates import Templates
from askew.errors import InputError
from askew.export import frames as export
from askew.types import Group, Span

PAIR_COLUMNS = ("score", "label", "a", "b", "text_a", "text_b", "reason", "layer")


@dataclass(frozen=True)
class RemovedText:
    """A text that may be removed, as another says the same: all in which they differ is known to be harmless, or a
    label, a guarantee or a person allows it.

    id, kept_id: of the document and of the one that is kept instead; text, kept: their texts. score, label, layer: of
    the pair of the two. reason: why it may go, in words. group: "" if the two share no group.
    """

    id: str
    text: str
    kept_id: str
    kept: str
    group: str
    score: float
    label: str
    layer: str
    reason: str = ""


@dataclass(frozen=True)
class CleanedFile:
    """A copy of a file without the rows that were removed.

    log: of the removed rows, from which `askew restore` puts them back; table: the same for people, with the reasons.
    kept, rows: number of rows in the copy and in the original.
    """

    path: Path
    log: Path
    kept: int
    rows: int
    table: Path


@dataclass(frozen=True)
class Membership:
    """The pair of a member of a group and the representative. score: None if the two are connected through others
    only.
    """

    score: float | None
    label: str


@dataclass(frozen=True, eq=False, repr=False)
class Duplicates(Sequence[JudgedPair]):
    """The result of a search for duplicates; as a sequence, its pairs.

    pairs: best first within each layer, with their labels. threshold, shingles: as used. certificate: proof that no
    pair is missing; its counts are of vectors. templates: texts that fill one template, whose pairs with other values
    are counted instead of listed. layers: number of pairs found by each layer, every two identical texts counting as a
    pair. compared: number of vectors; noun: the unit that has one. calibration: that of a guarantee. texts, members: of
    the members of groups, by id. target: how many texts were wanted. subject: whether the texts are about one subject.
    file: the cleaned copy, if one was written.
    """

    pairs: tuple[JudgedPair, ...]
    threshold: float
    shingles: float
    certificate: Certificate
    templates: Templates
    layers: Mapping[str, int]
    documents: int
    compared: int
    noun: str
    contract: Contract
    origin: Origin
    whole: bool
    calibration: CalibrationRecord | None
    texts: Mapping[str, str]
    members: Mapping[str, Membership]
    target: int | None
    subject: Subject
    _corpus: Corpus
    _groups: tuple[Group, ...] | None
    _removed: tuple[RemovedText, ...]
    _other: Corpus | None = None
    _numbers: Callable[[], Mapping[str, int | None]] = dict
    _other_numbers: Callable[[], Mapping[str, int | None]] | None = None
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
        """The texts of which another that is kept says the same, in corpus order; with another corpus, those that
        stand in it.
        """
        return self._removed

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

    @property
    def boilerplate(self) -> Boilerplate:
        """What was left out of the comparison: how many texts have lines that many share, and those lines."""
        return self.origin.boilerplate

    @cached_property
    def numbers(self) -> Mapping[str, int | None]:
        """Numbers of the rows of a table, by id, as a spreadsheet shows them: a header is row 1. {} for other texts."""
        return self._numbers()

    @cached_property
    def other_numbers(self) -> Mapping[str, int | None]:
        """The same of the texts that these were compared against, which without another corpus are the same."""
        return self.numbers if self._other_numbers is None else self._other_numbers()

    def metadata(self, ids: Iterable[str], *, other: bool = False) -> dict[str, Mapping[str, Any]]:
        """Return the metadata of documents, by id; those of the other corpus with `other`."""
        corpus = (self._other if other else None) or self._corpus
        wanted = set(ids)
        places = np.array([place for place, id in enumerate(corpus.ids) if id in wanted], np.int64)
        return {document.id: document.metadata for document in corpus.documents(places)}

    def differing(self) -> list[tuple[str, int]]:
        """Return the columns in which removed texts differ from what is kept, and in how many; fewest first."""
        gone = self.metadata(row.id for row in self.removed)
        kept = self.metadata((row.kept_id for row in self.removed), other=True)
        differ = Counter[str]()
        for row in self.removed:
            one, other = gone.get(row.id, {}), kept.get(row.kept_id, {})
            differ.update(name for name in one.keys() & other.keys() if one[name] != other[name])
        return sorted(differ.items(), key=lambda item: (item[1], item[0]))

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


def search_fields(found: Duplicates) -> dict[str, Any]:
    """Return the JSON fields that pairs and groups have in common."""
    return {
        "threshold": found.threshold,
        "shingles": found.shingles,
        "compared": found.certificate.possible,
        "certificate": asdict(found.certificate),
        "templates": asdict(found.templates),
        "boilerplate": asdict(found.boilerplate),
        "layers": found.layers,
    }


def pair_fields(pair: JudgedPair) -> dict[str, Any]:
    """Return a pair as JSON."""
    return {
        "score": pair.score,
        "layer": pair.layer,
        "verdict": {"kind": pair.label, "reason": pair.reason},
        "a": _side(pair.a, pair.text_a, pair.evidence_a),
        "b": _side(pair.b, pair.text_b, pair.evidence_b),
    }


def _side(id: str, text: str, evidence: Sequence[Span]) -> dict[str, Any]:
    return {"id": id, "text": text, "evidence": [[span.start, span.end] for span in evidence]}


def group_fields(found: Duplicates) -> list[dict[str, Any]]:
    """Return the groups as JSON, with the score and label of each member's pair with the representative."""
    return [
        {**vars(group), "scores": {id: vars(found.members[id]) for id in group.members if id != group.representative}}
        for group in found.groups
    ]
