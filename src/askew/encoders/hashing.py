"""Hashing encoder without weights: words and their prefixes hashed into a vector.

It matches shared words and knows no meaning. It exists so that tests, documentation and first experiments need no
model. Signed hashing trick: Weinberger et al. 2009, arXiv 0902.2206.
"""

import re
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from askew.encoders import Encoded
from askew.encoders.signature import Signature
from askew.encoders.texts import joined
from askew.progress import Progress, Report, silent
from askew.similarity import normalise
from askew.types import Role

WORD = re.compile(r"\w+")
STEM = 4  # characters of the prefix that is hashed as well, so that "returns" matches "returned"


class HashingEncoder:
    def __init__(self, signature: Signature) -> None:
        self.signature = signature

    def encode(self, texts: Sequence[str], role: Role, report: Report = silent, titles: Sequence[str] = ()) -> Encoded:
        texts = joined(texts, titles)
        vectors = np.zeros((len(texts), self.signature.dim), np.float32)
        tokens = np.zeros(len(texts), np.int64)
        for row, text in enumerate(texts):
            words = WORD.findall(text.lower())
            tokens[row] = len(words)
            for word in words[: self.signature.max_tokens]:
                for feature in {word, "^" + word[:STEM]}:
                    column, sign = self._place(feature)
                    vectors[row, column] += sign
        report(Progress("encode", len(texts), len(texts)))
        return Encoded(normalise(vectors), tokens, np.minimum(tokens, self.signature.max_tokens))

    def spans(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        return [np.array([match.span() for match in WORD.finditer(text)], np.int64).reshape(-1, 2) for text in texts]

    def room(self, role: Role) -> int:
        return self.signature.max_tokens

    def _place(self, feature: str) -> tuple[int, float]:
        digest = int.from_bytes(blake2b(feature.encode("utf-8", "surrogatepass"), digest_size=8).digest())
        return digest % self.signature.dim, 1.0 if digest >> 63 else -1.0
