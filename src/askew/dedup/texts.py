"""Texts with a vector each, for exact comparison without an index.

The vectors of a file are cached (see `askew.encoders.cache`): a killed run resumes, and a later run encodes only new
texts. In the same folder:

    state.json    which texts the checkpoint is about, and its identity
    pairs/        the checkpoint of the comparison (see `askew.dedup.exact.kept`)
"""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askew.contract import Contract
from askew.dedup.exact.begin import Keep
from askew.dedup.exact.vectors import OnDisk, Vectors
from askew.encoders import Encoder, cache
from askew.encoders.cache import CachedEncoder, Rows
from askew.errors import InputError
from askew.files import replace_text
from askew.progress import Report, silent
from askew.similarity import Similarity, prepare
from askew.stores import Keys
from askew.types import Document, FloatMatrix, Role


@dataclass(frozen=True)
class Gathered:
    """Rows of a vector file in another order, ready for the inner product. Key n is row `rows[n]`; rows may repeat."""

    stored: OnDisk
    rows: Rows
    similarity: Similarity

    @property
    def keys(self) -> Keys:
        return np.arange(len(self.rows), dtype=np.int64)

    def vectors(self, keys: Sequence[int] | Keys) -> FloatMatrix:
        return prepare(self.stored.vectors(self.rows[np.asarray(keys, np.int64)]), self.similarity)


KNOWN = 0.5
"""Share of its tokens that the model must know of a text: two texts of unknown words have the same vector."""


@dataclass(frozen=True)
class Texts:
    """compared: the texts as they are encoded. vectors: key n belongs to document n. cut: whether the model read only
    a part of each text. unread: whether it knows less than half of what it read of each.
    """

    documents: Sequence[Document]
    contract: Contract
    compared: Sequence[str]
    vectors: Vectors
    keep: Keep
    cut: NDArray[np.bool_]
    unread: NDArray[np.bool_]


def home(path: str | Path, contract: Contract) -> Path:
    """Return the folder in which the vectors of this file are cached."""
    return cache.home(f"{Path(path).resolve()}\n{contract.seal()}")


def encoded(
    documents: Sequence[Document],
    contract: Contract,
    encoder: Encoder,
    folder: Path,
    report: Report = silent,
    compared: Sequence[str] | None = None,
) -> Texts:
    """Encode the documents that are not cached in the folder, after waiting for a process that uses it.

    compared: their texts without what is left out of the comparison; the cache goes by these.
    """
    ids = set[str]()
    for document in documents:
        if document.id in ids:
            raise InputError(f"Two texts have the id {document.id!r}.")
        ids.add(document.id)
    cached = CachedEncoder(encoder, folder)
    texts = [document.text for document in documents] if compared is None else compared
    titles = [document.title for document in documents]
    with cached.locked(report):
        cached.shrink(2 * len(documents))  # at most half of the rows are of texts that have left the file
        found = cached.rows(texts, Role.DOCUMENT, report, titles)
        identity = _identity(folder / "state.json", found.digests)
        stored = OnDisk(cached.vectors, int(found.rows.max(initial=-1)) + 1, contract.encoder.dim)
    vectors = Gathered(stored, found.rows, contract.encoder.similarity)
    keep = Keep(folder / "pairs", f"{contract.seal()}\n{identity}")
    room = encoder.room(Role.DOCUMENT)
    cut = (found.seen < found.tokens) & (found.tokens > room)
    unread = found.seen < KNOWN * np.minimum(found.tokens, room)
    return Texts(documents, contract, texts, vectors, keep, cut, unread)


def _identity(state: Path, digests: Sequence[bytes]) -> str:
    """Return the identity of the comparison: that of the last run if texts were only appended since, else a new one."""
    last: dict[str, Any] = json.loads(state.read_text("utf-8")) if state.exists() else {}
    count = last.get("texts", 0)
    same = len(digests) >= count and _joint(digests[:count]) == last.get("digest")
    identity = str(last["identity"]) if same else os.urandom(8).hex()
    now = {"texts": len(digests), "digest": _joint(digests), "identity": identity}
    if now != last:
        replace_text(state, json.dumps(now))
    return identity


def _joint(digests: Sequence[bytes]) -> str:
    return hashlib.sha256(b"".join(digests)).hexdigest()
