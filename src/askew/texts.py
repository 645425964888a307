"""A list of texts, each encoded whole and once: for work that compares them all and needs no index.

The vectors of a file are kept in the cache, so that a run that was killed goes on, and one after rows were added to
the file encodes only those:

    cache/texts/<digest of the file's path and the contract>/
        vectors.f32   a row for each text
        digests.bin   for each row that counts its text's digest, and whether the model saw only a part of it
        state.json    how often rows were taken away again: `generation`
        pairs/        what was compared of them (askew.mining.exact.kept)
"""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from askew.contract import Contract
from askew.encoders import Encoder
from askew.errors import InputError, StoreError
from askew.mining.exact.begin import Keep
from askew.mining.exact.vectors import ITEM, OnDisk
from askew.paths import cache, put_whole
from askew.progress import Progress, Report, silent
from askew.similarity import prepare
from askew.stores.lock import WriteLock
from askew.types import Document, Role

FORMAT = 1
"""Of the folder: one of another format is another's home."""
BATCH = 2048  # texts encoded and made durable together
DIGEST = 32  # bytes
RECORD = DIGEST + 1
DAYS = 30
"""What was not used for so long is taken away."""


@dataclass(frozen=True)
class Texts:
    """vectors: row n is that of document n. truncated: of how many the model saw only a part."""

    documents: Sequence[Document]
    contract: Contract
    vectors: OnDisk
    keep: Keep
    truncated: int


def home(path: str | Path, contract: Contract) -> Path:
    """Where the vectors of this file are kept."""
    named = hashlib.sha256(f"{FORMAT}\n{Path(path).resolve()}\n{contract.seal()}".encode("utf-8", "surrogateescape"))
    return cache() / "texts" / named.hexdigest()[:32]


def encoded(
    documents: Sequence[Document], contract: Contract, encoder: Encoder, folder: Path, report: Report = silent
) -> Texts:
    """Encodes what the folder does not hold already. StoreLockedError where another process is at it."""
    ids = set[str]()
    for document in documents:
        if document.id in ids:
            raise InputError(f"Two texts have the id {document.id!r}.")
        ids.add(document.id)
    folder.mkdir(parents=True, exist_ok=True)
    lock = WriteLock(folder / "write.lock", 0)
    try:
        generation, truncated = _fill(documents, contract, encoder, folder, report)
    except OSError as fault:
        raise StoreError(f"{folder} cannot be written: {fault.strerror or fault}.") from fault
    finally:
        lock.release()
    vectors = OnDisk(folder / "vectors.f32", len(documents), contract.encoder.dim)
    return Texts(documents, contract, vectors, Keep(folder / "pairs", f"{contract.seal()}\n{generation}"), truncated)


def _fill(
    documents: Sequence[Document], contract: Contract, encoder: Encoder, folder: Path, report: Report
) -> tuple[int, int]:
    """The generation, and how many of the texts are cut."""
    digests = [_digest(document) for document in documents]
    same, truncated, generation = _kept(digests, folder)
    width = contract.encoder.dim * ITEM.itemsize
    with (folder / "vectors.f32").open("ab") as vectors, (folder / "digests.bin").open("ab") as marks:
        vectors.truncate(same * width)
        report(Progress("encode", same, len(documents)))
        for start in range(same, len(documents), BATCH):
            part = documents[start : start + BATCH]
            made = encoder.encode([document.text for document in part], Role.DOCUMENT, silent, _titles(part))
            cut = (made.seen < made.tokens).tolist()
            truncated += sum(cut)
            vectors.write(prepare(made.vectors, contract.encoder.similarity).astype(ITEM).tobytes())
            _settle(vectors)
            records = zip(digests[start : start + BATCH], cut, strict=True)
            marks.write(b"".join(digest + bytes([lost]) for digest, lost in records))
            _settle(marks)
            report(Progress("encode", start + len(part), len(documents)))
    return generation, truncated


def _kept(digests: Sequence[bytes], folder: Path) -> tuple[int, int, int]:
    """How many of the first rows are there already, how many of these are cut, and the generation, which is a new one
    where rows behind them are taken away.
    """
    marks, state = folder / "digests.bin", folder / "state.json"
    held = marks.read_bytes() if marks.exists() else b""
    known = [held[at : at + DIGEST] for at in range(0, len(held) - len(held) % RECORD, RECORD)]
    generation = json.loads(state.read_text())["generation"] if state.exists() else 0
    both = min(len(known), len(digests))
    same = next((row for row in range(both) if known[row] != digests[row]), both)
    if same < len(known):
        generation += 1
        told = json.dumps({"generation": generation})
        put_whole(state, lambda staged: staged.write_text(told))
    marks.touch()
    os.truncate(marks, same * RECORD)
    os.utime(folder)
    return same, sum(held[DIGEST : same * RECORD : RECORD]), generation


def _settle(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _digest(document: Document) -> bytes:
    return hashlib.sha256(f"{document.title}\0{document.text}".encode("utf-8", "surrogatepass")).digest()


def _titles(documents: Sequence[Document]) -> list[str]:
    return [document.title for document in documents]


def sweep(now: float | None = None) -> None:
    """Takes away what no run has used for a month."""
    root = cache() / "texts"
    for folder in root.iterdir() if root.is_dir() else ():
        if folder.is_dir() and (now or time.time()) - folder.stat().st_mtime > DAYS * 86400:
            shutil.rmtree(folder, ignore_errors=True)
