"""Queries of a learned sparse encoder without a model: the weights of their tokens, from a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from askew.encoders.families.tensors import Tensors
from askew.encoders.signature import Signature
from askew.encoders.texts import checked, once
from askew.encoders.tokens import opened, pieces, translate, unknown_id
from askew.errors import ModelError
from askew.models.folder import layout
from askew.types import SparseRows

WEIGHTS, TABLE = "model.safetensors", "idf.json"
TOKENIZER = "tokenizer.json"
UNLIMITED = 1 << 20
"""Tokens that a text cannot have."""
NO_LIMIT = 10**9
"""From here on, a tokenizer's `model_max_length` says that there is none."""

Ids = NDArray[np.int64]


@dataclass(frozen=True)
class SparseEncoded:
    """Encoded texts. rows: of n texts, over the model's vocabulary. tokens, seen: (n,), as in `encoders.Encoded`."""

    rows: SparseRows
    tokens: Ids
    seen: Ids


class TokenWeights:
    """Queries without a model: each distinct token of a text has its weight in a table, and no special tokens."""

    def __init__(self, signature: Signature, folder: Path) -> None:
        self.signature = signature
        self._folder = folder
        self._limit = limit(folder)

    def encode(self, texts: Sequence[str], prompt: str = "") -> SparseEncoded:
        unique, rows = once(checked(texts))
        lead = self._length(prompt)
        made = [self._row(text, prompt, lead) for text in unique]
        starts = np.concatenate([[0], np.cumsum([len(terms) for terms, _, _ in made])]).astype(np.int64)
        terms = np.concatenate([np.empty(0, np.int32), *(terms for terms, _, _ in made)])
        counts = np.array([(tokens, seen) for _, tokens, seen in made], np.int64).reshape(-1, 2)
        found = SparseRows(starts, terms, self._table[terms])
        return SparseEncoded(found.take(rows), counts[rows, 0], counts[rows, 1])

    def room(self, prompt: str = "") -> int:
        return self._limit - self._length(prompt)

    @cached_property
    def _table(self) -> NDArray[np.float32]:
        return table(self._folder, self.signature.dim)

    @cached_property
    def _unknown(self) -> int:
        return unknown_id(self._tokenizer)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        return opened(self._folder / TOKENIZER)

    def _length(self, prompt: str) -> int:
        return len(self._encoding(prompt).ids) if prompt else 0

    def _row(self, text: str, prompt: str, lead: int) -> tuple[NDArray[np.int32], int, int]:
        """Return the terms of a text, ascending, with its number of tokens and of those that count."""
        encoding = self._encoding(prompt + text)
        ids = np.array(encoding.ids, np.int64)
        reach = ids[: self._limit]
        terms = np.unique(reach[reach < self.signature.dim]).astype(np.int32)
        tokens = int(pieces(encoding, self._unknown).sum()) - lead
        seen = int((reach != self._unknown).sum()) - lead
        return terms[self._table[terms] != 0], max(tokens, 0), max(seen, 0)

    def _encoding(self, text: str) -> Encoding:
        try:
            return self._tokenizer.encode(text, add_special_tokens=False)
        except BaseException as error:
            translate(self._folder / TOKENIZER, error)
            raise


def limit(folder: Path) -> int:
    """Return how many tokens the tokenizer in a folder keeps."""
    longest = layout.settings(folder, layout.TOKENIZER_CONFIG).get("model_max_length", NO_LIMIT)
    return int(longest) if isinstance(longest, int | float) and 0 < longest < NO_LIMIT else UNLIMITED


def table(folder: Path, vocabulary: int) -> NDArray[np.float32]:
    """Return the weight of each token of the vocabulary (vocabulary,) for queries without a model."""
    if (folder / WEIGHTS).is_file():
        return Tensors.open(folder / WEIGHTS).array("weight", vocabulary)
    tokenizer, found = opened(folder / TOKENIZER), np.zeros(vocabulary, np.float32)
    for token, weight in layout.settings(folder, TABLE).items():
        place = tokenizer.token_to_id(token)
        if place is None or place >= vocabulary or not isinstance(weight, int | float) or not np.isfinite(weight):
            raise ModelError(f"{folder / TABLE}: {token[:80]!r} is no token of the model, or its weight is no number.")
        found[place] = weight
    return found
