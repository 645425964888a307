"""Wire formats: strings, numbers and vectors as Postgres takes and returns them.

A `text` of Postgres cannot hold NUL, so the characters 0 to 3 are stored as three characters each. The code keeps the
order of code points, prefixes, and what contains what, so that comparisons in SQL are those of the strings themselves.
"""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg.adapt import Dumper
from psycopg.pq import Format

from askew.quantisation import Precision, RowFormat
from askew.types import FloatMatrix

CONTROL = re.compile("[\0-\3]")
CODED = re.compile("\1[\2\3][\2\3]")
CODES = {"\0": "\1\2\2", "\1": "\1\2\3", "\2": "\1\3\2", "\3": "\1\3\3"}
"""No code begins within another, and a code begins with a character that no code contains later."""
CHARACTERS = {code: character for character, code in CODES.items()}
KINDS = {Precision.FLOAT32: "vector", Precision.FLOAT16: "halfvec"}
"""The type of a column by the precision of its vectors."""
NUMBERS: dict[Precision, np.dtype[Any]] = {Precision.FLOAT32: np.dtype(">f4"), Precision.FLOAT16: np.dtype(">f2")}
HEADER = 4
"""Bytes before the numbers of a vector: how many there are, and two that are not used."""


def coded(text: str) -> str:
    """Return a string as it is stored."""
    return CONTROL.sub(lambda found: CODES[found[0]], text) if CONTROL.search(text) else text


def decoded(text: str) -> str:
    """Return a stored string as it was."""
    return CODED.sub(lambda found: CHARACTERS[found[0]], text) if "\1" in text else text


def hash_of(name: str) -> bytes:
    """Return 16 bytes by which a name of any length is found: an index of Postgres takes no long keys."""
    return blake2b(name.encode("utf-8"), digest_size=16).digest()


def hashes(names: Iterable[str]) -> list[bytes]:
    return [hash_of(name) for name in names]


def array(texts: Iterable[str]) -> str:
    """Return texts as the text of a Postgres array."""
    quoted = (text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return "{" + ",".join(f'"{text}"' for text in quoted) + "}"


def exact(number: float) -> Decimal:
    """Return a number as a `numeric`, which compares integers and floats as Python does: exactly."""
    return Decimal(number)


def plain(number: Decimal) -> float:
    """Return a `numeric` as an integer if it is one, else as a float."""
    return int(number) if number.is_finite() and number == number.to_integral_value() else float(number)


class Vector:
    """A query vector (dim,) as a parameter."""

    def __init__(self, numbers: NDArray[np.float32]) -> None:
        self.numbers = numbers


class VectorDumper(Dumper):
    """Sends a vector in the binary form of pgvector; the statement casts it, so that its type need not be known."""

    format = Format.BINARY

    def dump(self, obj: Vector) -> bytes:
        return _header(len(obj.numbers)) + obj.numbers.astype(">f4").tobytes()


def rows_of(keys: NDArray[np.int64], documents: NDArray[np.int64], vectors: FloatMatrix, form: RowFormat) -> bytes:
    """Return rows (key, document, vector) for `COPY … (FORMAT BINARY)`, for the table of vectors."""
    numbers = NUMBERS[form.precision]
    made = np.zeros(
        len(vectors),
        [
            ("columns", ">i2"), ("key_size", ">i4"), ("key", ">i8"), ("document_size", ">i4"), ("document", ">i8"),
            ("size", ">i4"), ("dim", ">i2"), ("unused", ">i2"), ("numbers", numbers, (form.dim,)),
        ],
    )  # fmt: skip
    made["columns"], made["key_size"], made["document_size"] = 3, 8, 8
    made["key"], made["document"] = keys, documents
    made["size"], made["dim"] = HEADER + form.dim * numbers.itemsize, form.dim
    made["numbers"] = form.decode(form.encode(np.ascontiguousarray(vectors, np.float32)))
    return b"PGCOPY\n\xff\r\n\0" + bytes(8) + made.tobytes() + b"\xff\xff"


def vectors_of(blobs: Sequence[bytes], form: RowFormat) -> FloatMatrix:
    """Return vectors (n, dim) from their binary form, each by itself, or many in a row."""
    numbers = NUMBERS[form.precision]
    width = HEADER + form.dim * numbers.itemsize
    raw = np.frombuffer(b"".join(blobs), np.uint8).reshape(-1, width)
    found: FloatMatrix = np.ascontiguousarray(raw[:, HEADER:]).view(numbers).astype(np.float32)
    return found.reshape(-1, form.dim)


def _header(dim: int) -> bytes:
    return dim.to_bytes(2, "big") + bytes(2)
