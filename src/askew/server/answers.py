"""Answers as JSON, with what every answer says about the vectors behind it."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from fastapi import Response
from numpy.typing import NDArray

from askew.encoders import Encoded
from askew.types import FloatMatrix

OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


@dataclass(frozen=True)
class TokenCount:
    """Tokens of texts. seen: by the model. lost: not seen, because they are beyond its maximum length or, `unknown` of
    them, because it does not know these words. tokens = seen + lost.
    """

    tokens: int = 0
    seen: int = 0
    lost: int = 0
    unknown: int = 0

    @classmethod
    def of(cls, made: Encoded, room: int) -> "TokenCount":
        """room: tokens that the model reads of one text."""
        tokens, seen = made.tokens.tolist(), made.seen.tolist()  # most often of one text
        unknown = sum(max(min(count, room) - read, 0) for count, read in zip(tokens, seen, strict=True))
        return cls(sum(tokens), sum(seen), sum(tokens) - sum(seen), unknown)

    def __add__(self, other: "TokenCount") -> "TokenCount":
        return TokenCount(*(a + b for a, b in zip(vars(self).values(), vars(other).values(), strict=True)))


@dataclass(frozen=True)
class Provenance:
    """What a drop-in answer says in its headers. contract: digest of the encoder. role: the one that the texts were
    encoded for, "" if that makes no difference. assumed: whether it is the server's default.
    """

    contract: str
    model: str
    role: str
    assumed: bool
    counted: TokenCount

    @property
    def headers(self) -> dict[str, str]:
        count = self.counted
        return {
            "X-Askew-Contract": self.contract,
            "X-Askew-Model": self.model,
            "X-Askew-Role": f"{self.role or 'any'}{'; default' if self.assumed else ''}",
            "X-Askew-Tokens": f"{count.tokens}; seen={count.seen}; lost={count.lost}; unknown={count.unknown}",
        }

    def as_json(self) -> dict[str, Any]:
        """Return the same for the body of an answer."""
        role = {"role": self.role or "any", "role_assumed": self.assumed}
        return {"contract": self.contract, "model": self.model, **role, "tokens": vars(self.counted)}


def as_response(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON answer. Arrays of NumPy are lists; infinity and NaN are null."""
    try:
        body = orjson.dumps(value, option=OPTIONS)
    except TypeError:  # an integer of more than 64 bits
        body = json.dumps(value, ensure_ascii=True, default=_plain).encode()
    return Response(body, status, headers, media_type="application/json")


def _plain(value: object) -> object:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else str(value)


def base64_of(vector: NDArray[np.float32]) -> str:
    """Return the little-endian float32 bytes of a vector in base64, OpenAI's other format."""
    return base64.b64encode(np.ascontiguousarray(vector, "<f4").tobytes()).decode()


def quantised(vectors: FloatMatrix, kind: str) -> NDArray[Any]:
    """Return vectors (n, dim) as Cohere names them.

    int8, uint8: each vector divided by its largest component and times 127, uint8 with 128 added: cosines stay, within
    rounding. ubinary: a bit for each component, 1 if it is above 0, eight to a byte with the first one highest; binary:
    the same less 128.
    """
    if kind == "float":
        return vectors
    if kind in ("binary", "ubinary"):
        bits = np.packbits(vectors > 0, axis=1)
        return bits if kind == "ubinary" else (bits.astype(np.int16) - 128).astype(np.int8)
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    scaled = np.rint(vectors / np.where(largest > 0, largest, 1) * 127)
    return scaled.astype(np.int8) if kind == "int8" else (scaled + 128).astype(np.uint8)
