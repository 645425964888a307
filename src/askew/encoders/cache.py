"""Embedding cache: an encoder that stores its vectors on disk by the digest of the text.

    vectors.f32   a row per text, as the encoder returned it
    texts.bin     for each row the digest of role, title and text, its number of tokens, and how many the model read

Both files only grow, or begin anew. Rows are on disk before the records that count them, so a killed run resumes after
its last batch; an incomplete tail is truncated. A folder belongs to one encoder and is locked by one process at a time;
others wait, and find the work done.
"""

import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from askew import paths
from askew.encoders import Encoded, Encoder, SpreadEncoder
from askew.encoders.signature import Signature
from askew.errors import StoreError
from askew.files import MONTH, append, sweep, truncate
from askew.lock import waited
from askew.progress import Progress, Report, silent
from askew.types import FloatMatrix, Role

FORMAT = 1
"""Part of every key: increment when the files change."""
BATCH = 1024  # texts encoded and stored together
ITEM = np.dtype("<f4")
DIGEST = 16  # bytes
RECORD = np.dtype([("digest", f"V{DIGEST}"), ("tokens", "<i4"), ("seen", "<i4")])

Rows = NDArray[np.int64]


def home(key: str) -> Path:
    """Return the folder for this key in the user's cache; folders unused for a month are deleted first."""
    root = paths.cache() / "embeddings"
    sweep(root, MONTH)
    return root / hashlib.sha256(f"{FORMAT}\n{key}".encode("utf-8", "surrogateescape")).hexdigest()[:32]


@dataclass(frozen=True)
class CachedRows:
    """digests: of the texts. rows: (n,), the row of each in the vector file. tokens, seen: as in `Encoded`."""

    digests: Sequence[bytes]
    rows: Rows
    tokens: NDArray[np.int64]
    seen: NDArray[np.int64]


class CachedEncoder:
    """An encoder that encodes no text twice. While another process uses the folder, this one waits.

    encoded: number of texts that were not cached. seconds: time spent on encoding them.
    """

    def __init__(self, encoder: Encoder, folder: Path | None = None) -> None:
        """folder: by default the one for this encoder in the user's cache, shared by everything it encodes."""
        self._encoder = encoder
        self._folder = folder or home(encoder.signature.fingerprint)
        self._row: dict[bytes, int] = {}
        self._records = np.empty(0, RECORD)
        self._inode = 0
        self.encoded = 0
        self.seconds = 0.0

    @property
    def signature(self) -> Signature:
        return self._encoder.signature

    @property
    def vectors(self) -> Path:
        """The vector file: float32, (rows, dim)."""
        return self._folder / "vectors.f32"

    @property
    def _texts(self) -> Path:
        return self._folder / "texts.bin"

    @property
    def _width(self) -> int:
        return self.signature.dim * ITEM.itemsize

    def spans(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        return self._encoder.spans(texts)

    def room(self, role: Role) -> int:
        return self._encoder.room(role)

    def encode(self, texts: Sequence[str], role: Role, report: Report = silent, titles: Sequence[str] = ()) -> Encoded:
        with self.locked(report):
            found = self.rows(texts, role, report, titles)
            return Encoded(self._read(found.rows), found.tokens, found.seen)

    @contextmanager
    def locked(self, report: Report = silent) -> Iterator[None]:
        """Create the folder, lock it, and load what other processes have added. Marks the folder as used."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = waited(self._folder / "write.lock", report)
            try:
                self._load()
                yield
            finally:
                lock.release()
        except OSError as error:
            raise StoreError(f"Cannot write {self._folder}: {error.strerror or error}.") from error

    def rows(self, texts: Sequence[str], role: Role, report: Report = silent, titles: Sequence[str] = ()) -> CachedRows:
        """Encode and store the texts that are not cached; return where each text is. The folder must be locked."""
        titles = titles or [""] * len(texts)
        digests = [text_digest(role, title, text) for title, text in zip(titles, texts, strict=True)]
        missing = list({key: n for n, key in enumerate(digests) if key not in self._row}.values())
        report(Progress("encode", len(texts) - len(missing), len(texts)))
        done = len(texts) - len(missing)
        for part, made in self._made(missing, texts, role, titles):
            self._store([digests[n] for n in part], made)
            done += len(part)
            report(Progress("encode", done, len(texts)))
        rows = np.fromiter((self._row[key] for key in digests), np.int64, len(digests))
        tokens, seen = (self._records[name][rows].astype(np.int64) for name in ("tokens", "seen"))
        return CachedRows(digests, rows, tokens, seen)

    def shrink(self, most: int) -> None:
        """Empty the cache if it has more than `most` rows. The folder must be locked."""
        if len(self._records) > most:
            # Not truncated, so that whoever reads them sees that the rows are others; vectors first, as those that no
            # record counts are cut off.
            for path in (self.vectors, self._texts):
                path.unlink()
            self._load()

    def _made(
        self, missing: Sequence[int], texts: Sequence[str], role: Role, titles: Sequence[str]
    ) -> Iterator[tuple[list[int], Encoded]]:
        """Encode the missing texts, and yield parts of them with their vectors."""
        if isinstance(self._encoder, SpreadEncoder):
            start = time.perf_counter()
            some, headed = [texts[n] for n in missing], [titles[n] for n in missing]
            for places, made in self._encoder.parts(some, role, headed):
                self.seconds += time.perf_counter() - start
                self.encoded += len(places)
                yield [missing[place] for place in places.tolist()], made
                start = time.perf_counter()
            return
        for first in range(0, len(missing), BATCH):
            part = list(missing[first : first + BATCH])
            yield part, self._encode([texts[n] for n in part], role, [titles[n] for n in part])

    def _encode(self, texts: Sequence[str], role: Role, titles: Sequence[str]) -> Encoded:
        start = time.perf_counter()
        made = self._encoder.encode(texts, role, silent, titles)
        self.seconds += time.perf_counter() - start
        self.encoded += len(texts)
        return made

    def _load(self) -> None:
        """Read the records; truncate both files to the rows that are complete in both."""
        self.vectors.touch()
        self._texts.touch()
        count = min(self._texts.stat().st_size // RECORD.itemsize, self.vectors.stat().st_size // self._width)
        truncate(self._texts, count * RECORD.itemsize)
        truncate(self.vectors, count * self._width)
        inode = self._texts.stat().st_ino
        if inode != self._inode or not self._has_grown(count):
            self._row, self._records, self._inode = {}, np.empty(0, RECORD), inode
        self._add(np.fromfile(self._texts, RECORD, offset=len(self._records) * RECORD.itemsize))
        os.utime(self._folder)

    def _has_grown(self, count: int) -> bool:
        """Return whether the records known here are the first of those on disk. The system gives numbers of files away
        again, so the last one is compared.
        """
        known = len(self._records)
        if not known or count < known:
            return not known
        last = np.fromfile(self._texts, RECORD, 1, offset=(known - 1) * RECORD.itemsize)
        return last.tobytes() == self._records[-1:].tobytes()

    def _store(self, digests: Sequence[bytes], made: Encoded) -> None:
        records = np.zeros(len(digests), RECORD)
        records["digest"] = np.frombuffer(b"".join(digests), RECORD["digest"])
        records["tokens"], records["seen"] = made.tokens, made.seen
        append(self.vectors, np.ascontiguousarray(made.vectors, ITEM).tobytes())
        append(self._texts, records.tobytes())
        self._add(records)

    def _add(self, records: NDArray[np.void]) -> None:
        keys, first = records["digest"].tobytes(), len(self._records)
        self._row |= {keys[n * DIGEST : (n + 1) * DIGEST]: first + n for n in range(len(records))}
        self._records = np.concatenate([self._records, records])

    def _read(self, rows: Rows) -> FloatMatrix:
        if not len(rows):
            return np.empty((0, self.signature.dim), np.float32)
        stored = np.memmap(self.vectors, ITEM, "r").reshape(-1, self.signature.dim)
        return np.asarray(stored[rows], np.float32)


def text_digest(role: Role, title: str, text: str) -> bytes:
    """Return the DIGEST bytes that name what is encoded."""
    content = f"{role}\0{title}\0{text}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(content, digest_size=DIGEST).digest()
