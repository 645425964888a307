"""Shifts: vectors that count instead of the stored ones of some passages, as `adapt` learns them by NUDGE.

    FOLDER/shifts.safetensors   vectors (n, dim) float32, prepared like stored ones
    FOLDER/shifts.json          of which passages of which texts they are, by digest, and of which encoder

A document that changed after they were learnt keeps the vectors of its own text: its digest is another one.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
import xxhash

from askew.errors import InputError
from askew.files import replace_text
from askew.stores import Entry
from askew.stores.local.versions import SHIFTS
from askew.types import FloatMatrix

VECTORS, PASSAGES = SHIFTS
FORMAT = 1
LARGEST = 1 << 30
"""Bytes of the file of passages that are read."""


@dataclass(frozen=True)
class StoredShifts:
    """vectors: (n, dim). passages: (document, number of the passage, digest of the document) of each row. fingerprint:
    of the encoder. method, bound: as they were learnt.
    """

    vectors: FloatMatrix
    passages: tuple[tuple[str, int, str], ...]
    fingerprint: str
    method: str
    bound: float

    @property
    def digest(self) -> str:
        """16 hexadecimal digits, which are part of the contract of an index that holds these vectors."""
        told = json.dumps([FORMAT, self.passages, self.fingerprint], ensure_ascii=False)
        return xxhash.xxh3_64_hexdigest(told.encode() + np.ascontiguousarray(self.vectors, "<f4").tobytes())

    @property
    def rows(self) -> Mapping[tuple[str, int, str], int]:
        return {passage: row for row, passage in enumerate(self.passages)}

    def save(self, folder: Path) -> None:
        """Write both files, durably, into a folder that is there."""
        from safetensors.numpy import save_file

        save_file({"vectors": np.ascontiguousarray(self.vectors)}, folder / VECTORS)
        told = {
            "format": FORMAT,
            "method": self.method,
            "bound": self.bound,
            "fingerprint": self.fingerprint,
            "passages": self.passages,
        }
        replace_text(folder / PASSAGES, json.dumps(told, ensure_ascii=False) + "\n")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read shifts. Raises InputError if these are none, or none that can be read."""
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            with (folder / PASSAGES).open("rb") as file:
                told = json.loads(file.read(LARGEST))
            vectors = load_file(folder / VECTORS)["vectors"].astype(np.float32)
            named = tuple((str(document), int(number), str(digest)) for document, number, digest in told["passages"])
            made = cls(vectors, named, told["fingerprint"], told["method"], float(told["bound"]))
        except (OSError, ValueError, KeyError, TypeError, RecursionError, SafetensorError) as error:
            raise InputError(
                f"{folder} has no shifts that can be read ({error}). askew adapt NAME --method nudge-n makes them."
            ) from error
        if told.get("format", FORMAT) != FORMAT or vectors.ndim != 2 or len(vectors) != len(named):
            raise InputError(f"{folder} has shifts of another format, or not as many vectors as passages.")
        if not np.isfinite(vectors).all():
            raise InputError(f"{folder} has shifts that are no numbers.")
        return made

    def moved(self, entries: Iterable[Entry]) -> list[Entry]:
        """Return the entries with the vectors of the passages that moved."""
        rows, made = self.rows, list[Entry]()
        for entry in entries:
            found = [
                (n, rows.get((entry.document.id, one.number, entry.digest))) for n, one in enumerate(entry.passages)
            ]
            places = [(place, row) for place, row in found if row is not None]
            if places:
                vectors = np.array(entry.vectors, np.float32)
                vectors[[place for place, _ in places]] = self.vectors[[row for _, row in places]]
                entry = replace(entry, vectors=vectors)
            made.append(entry)
        return made
