"""Agreement beside the text: rows are the same only if their titles, and the columns compared with them, agree too."""

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from askew.dedup.corpus import Places
from askew.dedup.label_workers import harmful
from askew.dedup.labels import JudgedPair
from askew.documents.names import matching
from askew.errors import InputError, UnknownNameError
from askew.pair_labels.verdict import Kind
from askew.text.normalise import normalise
from askew.types import Document
from askew.values import shown

TITLE = "title"
Key = tuple[Hashable, ...]


@dataclass(frozen=True)
class Beside:
    """What is compared beside the text: the title, and these fields of the metadata."""

    columns: tuple[str, ...] = ()

    def key(self, document: Document) -> Key:
        """Return a key that documents which agree beyond doubt have in common."""
        return tuple(_key(value) for _, value in self._values(document))

    def difference(self, a: Document, b: Document) -> str:
        """Return the first difference that is not known to be harmless, as a phrase; "" if the documents agree."""
        for (name, one), (_, other) in zip(self._values(a), self._values(b), strict=True):
            if one == other or (not _given(one) and not _given(other)):
                continue
            if not isinstance(one, str) or not isinstance(other, str) or harmful(one, other):
                return f"different {name}: “{_said(one)}” vs “{_said(other)}”"
        return ""

    def resolved(self, documents: Iterable[Document]) -> "Beside":
        """Return the same with the columns as the documents name them. Raises InputError for one that none has."""
        if not self.columns:
            return self
        known = dict.fromkeys(name for document in documents for name in document.metadata)
        if not known:
            raise InputError(f"There is no column {self.columns[0]!r} to compare, or it is empty in every row.")
        return Beside(tuple(_resolved(name, known) for name in self.columns))

    def _values(self, document: Document) -> Iterator[tuple[str, object]]:
        yield TITLE, document.title
        for name in self.columns:
            yield name, document.metadata.get(name)


def _resolved(name: str, known: Collection[str]) -> str:
    if found := matching(name, known):
        return found
    raise UnknownNameError("column to compare (--compare)", name, known)


def _given(value: object) -> bool:
    return value not in (None, "")


def _said(value: object) -> str:
    return value if isinstance(value, str) else shown(value) if _given(value) else ""


def _key(value: object) -> Hashable:
    if isinstance(value, str) or value is None:
        return normalise(value or "")
    return value if isinstance(value, int | float) else repr(value)


def unsafe(a: Document, b: Document, beside: Beside = Beside()) -> str:  # it is frozen
    """Return what speaks against removing one of two documents, as a phrase; "" if their differences are harmless."""
    return beside.difference(a, b) or harmful(a.text, b.text)


def told_apart(first: Places, documents: Mapping[int, Document], beside: Beside) -> Places:
    """Split each class of identical texts by what stands beside them.

    first: for each text, the position of the first one identical to it. documents: of the classes of two and more, by
    position. Returns the same for documents that agree in everything.
    """
    made, seen = first.copy(), dict[tuple[int, Key], int]()
    for place in sorted(documents):
        made[place] = seen.setdefault((int(first[place]), beside.key(documents[place])), place)
    return made


def spread(
    pairs: Sequence[JudgedPair], first: Places, documents: Mapping[int, Document], ids: Sequence[str], beside: Beside
) -> list[JudgedPair]:
    """Return the pairs of documents that agree beside the text, for pairs of texts that stand for all identical ones.

    first: see `told_apart`. documents: of the texts of pairs and all identical to them, by position.
    """
    heads: dict[int, dict[Key, int]] = {}
    keys = {place: beside.key(documents[place]) for place in sorted(documents)}
    for place, key in keys.items():
        heads.setdefault(int(first[place]), {}).setdefault(key, place)
    made: list[JudgedPair] = []
    for pair in pairs:
        a, b = pair.positions
        if a not in documents or b not in documents:  # deleted since
            continue
        one, other = heads[int(first[a])], heads[int(first[b])]
        if keys[a] != keys[b] and not beside.difference(documents[a], documents[b]):
            made.append(pair)
        for key in one.keys() & other.keys():
            i, j = one[key], other[key]
            same = (i, j) == pair.positions
            made.append(pair if same else replace(pair, a=ids[i], b=ids[j], positions=(i, j)))
    return made


def relabelled(
    pairs: Sequence[JudgedPair],
    left: Mapping[int, Document],
    right: Mapping[int, Document],
    labels: Collection[Kind],
    beside: Beside,
) -> list[JudgedPair]:
    """Label the pairs that differ beside the text as other values, where they would have one of these labels."""
    made: list[JudgedPair] = []
    for pair in pairs:
        a, b = (side.get(place) for side, place in zip((left, right), pair.positions, strict=True))
        told = beside.difference(a, b) if a is not None and b is not None and pair.label in labels else ""
        made.append(replace(pair, label=Kind.OTHER_VALUES, reason=told, evidence_a=(), evidence_b=()) if told else pair)
    return made
