"""Documents as rows of an engine's table, and back as records of the catalogue."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Self

from askew.stores import Entry, impacts
from askew.stores.records import NO_VECTORS, Record
from askew.types import Document, Passage, excerpt


@dataclass(frozen=True)
class Row:
    """A document with its passages. number: of the document, never used again; first: the key of its first passage.

    starts, ends: of each passage in the text. sparse: the packed sparse vector of each passage; None without any.
    """

    number: int
    first: int
    id: str
    title: str
    text: str
    metadata: str
    digest: str
    tokens: int
    seen: int
    source: str
    readers: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    headings: tuple[str, ...]
    sparse: tuple[bytes, ...] | None

    @property
    def passages(self) -> int:
        return len(self.starts)

    @cached_property
    def record(self) -> Record:
        """The row as it is validated and inserted; its sparse vectors stay packed."""
        from askew.stores.where import leaves

        metadata = json.loads(self.metadata)
        document = Document(self.id, self.text, self.title, metadata, self.source, frozenset(self.readers))
        spans = zip(self.starts, self.ends, self.headings, strict=True)
        passages = [
            Passage(self.id, number, start, end, excerpt(self.text, start, end), heading)
            for number, (start, end, heading) in enumerate(spans)
        ]
        entry = Entry(document, self.digest, passages, NO_VECTORS, self.tokens, self.seen)
        return Record(entry, self.metadata, list(leaves(metadata)))

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """Return a row from its columns by name, where tuples may be lists."""
        many = {name: tuple(told[name]) for name in ("readers", "starts", "ends", "headings")}
        sparse = told["sparse"]
        return cls(**{**told, **many, "sparse": None if sparse is None else tuple(sparse)})


def of_records(records: Sequence[Record], number: int, key: int) -> Iterator[Row]:
    """Yield records as rows. number, key: of the first."""
    for place, record in enumerate(records, start=number):
        entry, document = record.entry, record.entry.document
        yield Row(
            place,
            key,
            document.id,
            document.title,
            document.text,
            record.metadata,
            entry.digest,
            entry.tokens,
            entry.seen,
            document.source,
            tuple(sorted(document.readers)),
            tuple(passage.start for passage in entry.passages),
            tuple(passage.end for passage in entry.passages),
            tuple(passage.heading for passage in entry.passages),
            None if entry.sparse is None else tuple(impacts.packed(impacts.quantise(entry.sparse))),
        )
        key += len(entry.passages)
