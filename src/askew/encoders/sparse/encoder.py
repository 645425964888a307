"""Sparse encoders: texts and a role in, weights of vocabulary terms out (learned sparse retrieval).

Documents are encoded by SPLADE on ONNX Runtime. Queries are too, or, in the inference-free form, get the weights of
their tokens from a table and need no model at all (Geng et al. 2024, arXiv 2411.04403).
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from askew.encoders.loading import signature
from askew.encoders.onnx.compiled import blueprint, compiled
from askew.encoders.onnx.session import BATCH_TOKENS, Session
from askew.encoders.signature import Signature
from askew.encoders.sparse.token_weights import TOKENIZER, SparseEncoded, TokenWeights
from askew.encoders.texts import checked, joined, once
from askew.encoders.tokens import Tokenised, Tokens, batches
from askew.environment import cores
from askew.errors import ModelError
from askew.models import pull
from askew.models.card import Card
from askew.progress import Progress, Report, silent
from askew.types import Role, SparseRows

KIND = "sparse"
"""The kind of a sparse encoder's card."""
WINDOW = 512
"""Texts tokenised and sorted by length together; their weights are held at full width for a batch only."""


class SparseEncoder(Protocol):
    """A score is the inner product of a query's weights with a document's."""

    @property
    def signature(self) -> Signature: ...

    def encode(
        self, texts: Sequence[str], role: Role, report: Report = silent, titles: Sequence[str] = ()
    ) -> SparseEncoded:
        """Encode texts; see `encoders.Encoder.encode`."""

    def spans(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """Return the token offsets of documents; see `encoders.Encoder.spans`."""

    def room(self, role: Role) -> int:
        """Return how many tokens are left for a text after the special tokens and the role's prompt."""


def load(card: Card, task: str) -> SparseEncoder:
    """Load the sparse encoder of this card. Raises `ModelError` unless it is one and its files are here."""
    if card.kind != KIND:
        raise ModelError(f"{card.name} is a {card.kind}, not a sparse encoder. Pass it with --model instead.")
    sealed = signature(card, task, "fp32")
    if not card.towers:
        return Splade(sealed, pull.find(card))
    folders = {part: pull.find(card, part) for part in card.parts}
    return InferenceFree(
        sealed, Splade(sealed, folders[Role.DOCUMENT], Role.DOCUMENT), TokenWeights(sealed, folders[Role.QUERY])
    )


class Splade:
    """SPLADE, whose session opens on first use. part: the signature's weights that `folder` holds."""

    def __init__(self, signature: Signature, folder: Path, part: str = "both") -> None:
        self.signature = signature
        self._blueprint = blueprint(signature, part)
        self._folder = folder

    def encode(
        self, texts: Sequence[str], role: Role, report: Report = silent, titles: Sequence[str] = ()
    ) -> SparseEncoded:
        unique, rows = once(checked(joined(texts, titles)))
        prompt = self.signature.prompts.get(role, "")
        parts, tokens, seen = [], np.empty(len(unique), np.int64), np.empty(len(unique), np.int64)
        for start in range(0, len(unique), WINDOW):
            here = slice(start, start + WINDOW)
            window = self._tokens.tokenise(unique[here], prompt)
            tokens[here], seen[here] = window.tokens, window.seen
            parts.append(self._encode(window))
            report(Progress("encode", min(here.stop, len(unique)), len(unique)))
        return SparseEncoded(SparseRows.joined(parts).take(rows), tokens[rows], seen[rows])

    def spans(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        return self._tokens.spans(texts)

    def room(self, role: Role) -> int:
        return self._tokens.room(self.signature.prompts.get(role, ""))

    @cached_property
    def _tokens(self) -> Tokens:
        return Tokens(self._folder / TOKENIZER, self.signature.max_tokens, self.signature.lower_case)

    @cached_property
    def _session(self) -> Session:
        session = Session(compiled(self._blueprint, self._folder, self._tokens))
        if session.width != self.signature.dim:
            raise ModelError(
                f"{self.signature.model} has a vocabulary of {session.width} terms, but its card says "
                f"dim = {self.signature.dim}: correct the card."
            )
        return session

    def _encode(self, window: Tokenised) -> SparseRows:
        session = self._session
        if len(window.ids) == 1:  # a query: no thread computes it faster
            return SparseRows.of(session.run(window, np.zeros(1, np.int64)))
        lengths = np.fromiter((len(ids) for ids in window.ids), np.int64, len(window.ids))
        order = list(batches(lengths, BATCH_TOKENS))
        with ThreadPoolExecutor(cores()) as pool:
            found = list(pool.map(lambda rows: SparseRows.of(session.run(window, rows)), order))
        return SparseRows.joined(found).take(np.argsort(np.concatenate(order)))


class InferenceFree:
    """Documents by SPLADE, queries by the weights of their tokens."""

    def __init__(self, signature: Signature, documents: Splade, queries: TokenWeights) -> None:
        self.signature = signature
        self._documents = documents
        self._queries = queries

    def encode(
        self, texts: Sequence[str], role: Role, report: Report = silent, titles: Sequence[str] = ()
    ) -> SparseEncoded:
        if role is Role.DOCUMENT:
            return self._documents.encode(texts, role, report, titles)
        return self._queries.encode(joined(texts, titles), self._prompt(role))

    def spans(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        return self._documents.spans(texts)

    def room(self, role: Role) -> int:
        return self._documents.room(role) if role is Role.DOCUMENT else self._queries.room(self._prompt(role))

    def _prompt(self, role: Role) -> str:
        return self.signature.prompts.get(role, "")
