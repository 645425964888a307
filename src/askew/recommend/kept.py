"""No text is encoded twice: an encoder that keeps its vectors in the cache, by text, whatever the corpus is.

A tournament that was killed goes on where it was, one over more documents encodes only those, and configurations that
share vectors share them here:

    cache/advise/<fingerprint of the encoder>/
        vectors.f32   a row for each text
        texts.bin     for each row that counts: the digest of role, title and text, and how much of it the model saw
"""

import hashlib
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from askew.encoders import Encoded, Encoder
from askew.encoders.signature import Signature
from askew.errors import StoreError
from askew.paths import cache
from askew.progress import Progress, Report, silent
from askew.stores.lock import WriteLock
from askew.types import FloatMatrix, Role

BATCH = 512  # texts encoded and made durable together
RECORD = np.dtype([("digest", "V32"), ("tokens", "<i4"), ("seen", "<i4")])
DAYS = 30
"""What was not used for so long is taken away."""


class KeptEncoder:
    """Gives what `encoder` gives. One process at a time may use a folder: StoreLockedError."""

    def __init__(self, encoder: Encoder, folder: Path | None = None) -> None:
        self._encoder = encoder
        self._folder = folder or cache() / "advise" / encoder.signature.fingerprint[:32]
        self.encoded = 0
        """Texts that were not known yet, of those asked for so far."""
        self.seconds = 0.0
        """What encoding these took."""

    @property
    def signature(self) -> Signature:
        return self._encoder.signature

    def spans(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        return self._encoder.spans(texts)

    def room(self, role: Role) -> int:
        return self._encoder.room(role)

    def encode(self, texts: Sequence[str], role: Role, report: Report = silent, titles: Sequence[str] = ()) -> Encoded:
        titles = titles or [""] * len(texts)
        digests = [_digest(role, title, text) for title, text in zip(titles, texts, strict=True)]
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = WriteLock(self._folder / "write.lock", 0)
            try:
                return self._filled(texts, titles, role, digests, report)
            finally:
                lock.release()
        except OSError as fault:
            raise StoreError(f"{self._folder} cannot be written: {fault.strerror or fault}.") from fault

    def _filled(
        self, texts: Sequence[str], titles: Sequence[str], role: Role, digests: Sequence[bytes], report: Report
    ) -> Encoded:
        records = self._records()
        rows = {bytes(digest): row for row, digest in enumerate(records["digest"])}
        missing = list({digest: n for n, digest in enumerate(digests) if digest not in rows}.values())
        report(Progress("encode", len(texts) - len(missing), len(texts)))
        for start in range(0, len(missing), BATCH):
            part = missing[start : start + BATCH]
            made = self._made([texts[n] for n in part], role, [titles[n] for n in part])
            added = np.zeros(len(part), RECORD)
            added["digest"] = [np.void(digests[n]) for n in part]
            added["tokens"], added["seen"] = made.tokens, made.seen
            self._append(made.vectors, added)
            rows |= {digests[n]: len(records) + place for place, n in enumerate(part)}
            records = np.concatenate([records, added])
            report(Progress("encode", len(texts) - len(missing) + start + len(part), len(texts)))
        wanted = np.fromiter((rows[digest] for digest in digests), np.int64, len(digests))
        tokens, seen = (records[name][wanted].astype(np.int64) for name in ("tokens", "seen"))
        return Encoded(self._vectors(wanted), tokens, seen)

    def _made(self, texts: Sequence[str], role: Role, titles: Sequence[str]) -> Encoded:
        start = time.perf_counter()
        made = self._encoder.encode(texts, role, silent, titles)
        self.seconds += time.perf_counter() - start
        self.encoded += len(texts)
        return made

    def _records(self) -> NDArray[np.void]:
        """Of the rows that are there; a torn one at the end is taken away."""
        marks, vectors = self._folder / "texts.bin", self._folder / "vectors.f32"
        marks.touch()
        vectors.touch()
        count = min(marks.stat().st_size // RECORD.itemsize, vectors.stat().st_size // self._width)
        os.truncate(marks, count * RECORD.itemsize)
        os.truncate(vectors, count * self._width)
        os.utime(self._folder)
        return np.fromfile(marks, RECORD)

    def _append(self, vectors: FloatMatrix, records: NDArray[np.void]) -> None:
        """First the vectors: a record never counts one that is not there."""
        with (self._folder / "vectors.f32").open("ab") as file:
            _settled(file, np.ascontiguousarray(vectors, "<f4").tobytes())
        with (self._folder / "texts.bin").open("ab") as file:
            _settled(file, records.tobytes())

    def _vectors(self, rows: NDArray[np.int64]) -> FloatMatrix:
        dim = self.signature.dim
        if not len(rows):
            return np.empty((0, dim), np.float32)
        kept = np.memmap(self._folder / "vectors.f32", "<f4", "r").reshape(-1, dim)
        return np.asarray(kept[rows], np.float32)

    @property
    def _width(self) -> int:
        return 4 * self.signature.dim


def sweep(now: float | None = None) -> None:
    """Takes away what no tournament has used for a month."""
    root = cache() / "advise"
    for folder in root.iterdir() if root.is_dir() else ():
        if folder.is_dir() and (now or time.time()) - folder.stat().st_mtime > DAYS * 86400:
            shutil.rmtree(folder, ignore_errors=True)


def _settled(file: BinaryIO, content: bytes) -> None:
    file.write(content)
    file.flush()
    os.fsync(file.fileno())


def _digest(role: Role, title: str, text: str) -> bytes:
    return hashlib.sha256(f"{role}\0{title}\0{text}".encode("utf-8", "surrogatepass")).digest()
