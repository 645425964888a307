"""Ingestion: documents to passages, vectors and token counts, stored in batches."""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from askew.contract import Contract
from askew.documents.chunking import chunk, chunk_in_context, in_context
from askew.documents.truncation import Policy, Seen, refuse_loss
from askew.encoders import Encoder
from askew.errors import InputError
from askew.progress import Progress, Report, silent
from askew.similarity import prepare
from askew.stores import Entry, Store, readers
from askew.types import Document, FloatMatrix, Passage, Role

if TYPE_CHECKING:
    from askew.encoders.sparse.encoder import SparseEncoder

BATCH = 512
"""Documents encoded and made durable together, unless the encoder takes more at once."""


@dataclass(frozen=True)
class Added:
    """Outcome of an add: number of new, changed and unchanged documents, of truncated ones, of others with words that
    the model does not know, and of those that the sparse encoder did not see whole.

    A changed document is encoded again, unless only its readers are others.
    """

    new: int
    changed: int
    unchanged: int
    truncated: int
    unknown: int = 0
    truncated_sparse: int = 0

    def __add__(self, other: "Added") -> "Added":
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return Added(*(one + two for one, two in pairs))


def add(
    store: Store,
    encoder: Encoder,
    contract: Contract,
    documents: Sequence[Document],
    report: Report = silent,
    sparse: "SparseEncoder | None" = None,
) -> Added:
    """Store documents, durably batch by batch. Documents stored already and unchanged are not encoded again.

    sparse: the learned sparse encoder of the contract, None if it has none.
    """
    if (sparse is None) != (contract.sparse is None):
        raise ValueError("The contract says whether documents get sparse vectors.")
    stored = store.digests([document.id for document in documents])
    fresh = [document for document in documents if stored.get(document.id) != digest(document)]
    moved = _with_readers(store, documents, fresh)
    if contract.policy == Policy.ERROR:
        check_truncation(fresh, encoder)
        if sparse is not None:
            check_truncation(fresh, sparse)
    truncated = unknown = unseen = 0
    batch = batch_for(encoder)
    for start in range(0, len(fresh), batch):
        part = fresh[start : start + batch]
        made = _encoded(part, encoder, contract, _within(report, start, len(part), len(fresh)), sparse)
        store.write([one.entry for one in made])
        truncated += sum(one.cut for one in made)
        unknown += sum(one.entry.seen < one.entry.tokens and not one.cut for one in made)
        unseen += sum(one.cut_sparse for one in made)
        report(Progress("documents", start + len(part), len(fresh)))
    changed = sum(document.id in stored for document in fresh)
    same = len(documents) - len(fresh) - moved
    return Added(len(fresh) - changed, changed + moved, same, truncated, unknown, unseen)


def batch_for(encoder: Encoder) -> int:
    """Return how many documents are encoded and made durable together: more where many workers encode."""
    return max(BATCH, int(getattr(encoder, "at_once", 0)))


def _with_readers(store: Store, documents: Sequence[Document], fresh: Sequence[Document]) -> int:
    """Set the readers of stored documents of which nothing else changed, and return of how many they differed.

    This is done before anything is encoded, so that who lost a right does not keep it for that long.
    """
    readers.check(documents, store.access)
    others = {document.id for document in fresh}
    return store.set_readers({one.id: one.readers for one in documents if one.id not in others}) if store.access else 0


def add_vectors(
    store: Store, contract: Contract, documents: Sequence[Document], vectors: FloatMatrix, report: Report = silent
) -> Added:
    """Store documents, each as one passage with the given vector (n, dim)."""
    prepared = prepare(vectors, contract.encoder.similarity)
    made = [_with_vector(document, prepared[row : row + 1]) for row, document in enumerate(documents)]
    stored = store.digests([document.id for document in documents])
    fresh = [entry for entry in made if stored.get(entry.document.id) != entry.digest]
    moved = _with_readers(store, documents, [entry.document for entry in fresh])
    for start in range(0, len(fresh), BATCH):
        store.write(fresh[start : start + BATCH])
        report(Progress("documents", min(start + BATCH, len(fresh)), len(fresh)))
    changed = sum(entry.document.id in stored for entry in fresh)
    return Added(len(fresh) - changed, changed + moved, len(documents) - len(fresh) - moved, 0)


def _with_vector(document: Document, vector: FloatMatrix) -> Entry:
    """Return the entry of a document with a vector (1, dim). No model saw it, so that no tokens are counted."""
    made = hashlib.sha256(digest(document).encode() + vector.tobytes()).hexdigest()
    return Entry(document, made, _whole(document).passages, vector, tokens=0, seen=0)


def check_truncation(documents: Sequence[Document], encoder: "Encoder | SparseEncoder") -> None:
    """Raise InputError if the model would truncate any document."""
    room = encoder.room(Role.DOCUMENT)
    spans = encoder.spans([f"{document.title} {document.text}".strip() for document in documents])
    refuse_loss([Seen(document.id, len(s), min(len(s), room)) for document, s in zip(documents, spans, strict=True)])


def digest(document: Document) -> str:
    """Return 64 hexadecimal digits over title, text and metadata; equal digests need no new vectors."""
    parts = [document.title, document.text, document.metadata]
    try:
        return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode("utf-8")).hexdigest()
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"Document {document.id!r} cannot be stored as JSON in UTF-8: {error}.") from error


def entries(
    documents: Sequence[Document], encoder: Encoder, contract: Contract, report: Report = silent
) -> list[Entry]:
    """Return one entry per document, in order. All passages are encoded together."""
    return [one.entry for one in _encoded(documents, encoder, contract, report)]


@dataclass(frozen=True)
class _Made:
    """An entry, and whether its document was truncated, for the encoder and for the sparse one."""

    entry: Entry
    cut: bool
    cut_sparse: bool = False


def _encoded(
    documents: Sequence[Document],
    encoder: Encoder,
    contract: Contract,
    report: Report,
    sparse: "SparseEncoder | None" = None,
) -> list[_Made]:
    splits = _split(documents, encoder, contract)
    texts = [text for split in splits for text in split.texts]
    titles = [split.title for split in splits for _ in split.passages]
    encoded = encoder.encode(texts, Role.DOCUMENT, report if sparse is None else _half(report, 0), titles)
    terms = None if sparse is None else sparse.encode(texts, Role.DOCUMENT, _half(report, 1), titles)
    longest = 0 if sparse is None else sparse.room(Role.DOCUMENT)
    vectors = prepare(encoded.vectors, contract.encoder.similarity)
    room, result, start = encoder.room(Role.DOCUMENT), [], 0
    for document, split in zip(documents, splits, strict=True):
        rows = slice(start, start + len(split.passages))
        start = rows.stop
        given, seen = encoded.tokens[rows], int(encoded.seen[rows].sum())
        tokens = split.tokens or int(given.sum())
        # Passages overlap, so that the share of what was seen counts.
        read = math.floor((tokens - split.left_out) * seen / max(int(given.sum()), 1))
        parts = (document, digest(document), split.passages, vectors[rows])
        cut = bool(split.left_out) or (contract.policy != Policy.CHUNK and int(given.max(initial=0)) > room)
        entry = Entry(*parts, tokens=tokens, seen=read, sparse=None if terms is None else terms.rows.part(rows))
        result.append(_Made(entry, cut, terms is not None and int(terms.tokens[rows].max(initial=0)) > longest))
    return result


def _half(report: Report, half: int) -> Report:
    """Return a report for the first or the second of two passes over the same texts."""
    return lambda step: report(Progress(step.what, half * step.total + step.done, 2 * step.total))


@dataclass(frozen=True)
class _Split:
    """texts: of the passages, as they are encoded. title: prepended to each. tokens: of the document; 0 for the
    encoder's count. left_out: lost tokens.
    """

    passages: list[Passage]
    texts: list[str]
    title: str
    tokens: int = 0
    left_out: int = 0


def _split(documents: Sequence[Document], encoder: Encoder, contract: Contract) -> list[_Split]:
    if contract.policy != Policy.CHUNK:
        return [_whole(document) for document in documents]
    spans = encoder.spans([document.text for document in documents])
    titles = encoder.spans([document.title for document in documents])
    room = min(contract.chunk_tokens, encoder.room(Role.DOCUMENT))
    result = []
    for document, text, title in zip(documents, spans, titles, strict=True):
        # A title longer than half a passage is left out of the passages and counted as lost.
        fits = len(title) <= room // 2
        size = room - len(title) if fits else room
        overlap = min(contract.overlap, size // 2)
        if contract.headings:
            passages, texts = chunk_in_context(document, text, size, overlap)
        else:
            passages = chunk(document, text, size, overlap)
            texts = [document.text[passage.start : passage.end] for passage in passages]
        lost = 0 if fits else len(title)
        result.append(_Split(passages, texts, document.title if fits else "", len(text) + len(title), lost))
    return result


def encoded_texts(
    documents: Sequence[Document], passages: Sequence[Passage], encoder: Encoder, contract: Contract
) -> list[str]:
    """Return the texts of stored passages as they were encoded. documents: the one of each passage."""
    if contract.policy != Policy.CHUNK or not contract.headings:
        return [
            document.text[passage.start : passage.end] for document, passage in zip(documents, passages, strict=True)
        ]
    room = min(contract.chunk_tokens, encoder.room(Role.DOCUMENT))
    spans, titles = (encoder.spans([getattr(one, part) for one in documents]) for part in ("text", "title"))
    sizes = (room - len(title) if len(title) <= room // 2 else room for title in titles)
    return [in_context(*one) for one in zip(documents, spans, sizes, passages, strict=True)]


def _whole(document: Document) -> _Split:
    passage = Passage(document.id, 0, 0, len(document.text), document.text)
    return _Split([passage], [document.text], document.title)


def _within(report: Report, before: int, part: int, total: int) -> Report:
    """Return a report that converts the progress of one batch's passages to that of all documents."""

    def batch(progress: Progress) -> None:
        share = progress.done / max(progress.total, 1)
        report(Progress("documents", before + int(part * share), total))

    return batch
