"""Late interaction on ONNX Runtime: a vector for every token, and scores of pairs by their most similar tokens.

A document is encoded without knowing the query, and a score is the sum over the query's tokens of each one's largest
similarity to a token of the document (MaxSim; Khattab and Zaharia 2020, arXiv 2004.12832; Santhanam et al. 2022, arXiv
2112.01488).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from askew.encoders import ScoredPairs
from askew.encoders.onnx.compiled import ALL, FEWER, Blueprint, compiled
from askew.encoders.onnx.session import WINDOW, Session
from askew.encoders.tokens import Ids, Tokenised, Tokens
from askew.errors import ModelError
from askew.models.card import LateInteraction, Module
from askew.progress import Report, silent
from askew.types import FloatMatrix, Role

PAIRS = 1024
"""Pairs scored together; the token vectors of their documents are in memory at once, about 100 KB each."""


@dataclass(frozen=True)
class TokenVectors:
    """Token vectors of texts. vectors: for each text (its tokens, dim) float32 of length one; of a document without
    the tokens that are not compared. tokens, seen: (n,), counted as in `Encoded`.
    """

    vectors: Sequence[FloatMatrix]
    tokens: Ids
    seen: Ids


class LateInteractionEncoder:
    """Late-interaction encoder whose session opens on first use. `folder` holds the model's files.

    prompts: text before that of each role, where a model has any.
    """

    def __init__(
        self, blueprint: Blueprint, folder: Path, reading: LateInteraction, prompts: Mapping[Role, str] | None = None
    ) -> None:
        self.blueprint = blueprint
        self._folder = folder
        self._reading = reading
        self._prompts = prompts or {}

    def score(self, pairs: Sequence[tuple[str, str]], report: Report = silent) -> NDArray[np.float32]:
        """Return how well the second text of each pair answers the first, (n,): higher is better, at most the number
        of the query's tokens. Too long a text is truncated.
        """
        return self.scored(pairs, report).scores

    def scored(self, pairs: Sequence[tuple[str, str]], report: Report = silent) -> ScoredPairs:
        """Return the same scores with the tokens of each pair."""
        scores = np.empty(len(pairs), np.float32)
        counts = np.empty((3, len(pairs)), np.int64)
        order = sorted(range(len(pairs)), key=lambda place: pairs[place][0])  # a query's pairs together
        for start in range(0, len(order), PAIRS):
            places = order[start : start + PAIRS]
            found = self._scored([pairs[place] for place in places], report)
            scores[places], counts[:, places] = found.scores, (found.tokens, found.seen, found.unknown)
        return ScoredPairs(scores, *counts)

    def encode(self, texts: Sequence[str], role: Role, report: Report = silent) -> TokenVectors:
        """Encode texts. Vectors depend on their text and its role alone, not on the batch."""
        windows = list(self._windows(texts, role))
        found: list[FloatMatrix] = [np.empty((0, 0), np.float32)] * len(texts)
        counts = np.empty((2, len(texts)), np.int64)
        for places, window in windows:
            counts[:, places] = window.tokens, window.seen
        order = [place for places, _ in windows for place in places.tolist()]
        shown: list[Ids] = [ids for _, window in windows for ids in window.ids]

        def keep(rows: Ids, vectors: FloatMatrix) -> None:
            places: list[int] = rows.tolist()
            for row, vector in zip(places, vectors, strict=True):
                found[order[row]] = vector if role is Role.QUERY else vector[self._compared(shown[row])]

        if windows:
            self._session.each((window for _, window in windows), len(texts), keep, report, "encode")
        return TokenVectors(found, counts[0], counts[1])

    def _scored(self, pairs: Sequence[tuple[str, str]], report: Report) -> ScoredPairs:
        asked, query = self._once([query for query, _ in pairs], Role.QUERY)
        held, document = self._once([document for _, document in pairs], Role.DOCUMENT, report)
        scores = np.empty(len(pairs), np.float32)
        for place, vectors in enumerate(asked.vectors):
            rows = np.flatnonzero(query == place)
            scores[rows] = maximum_similarity(vectors, [held.vectors[row] for row in document[rows].tolist()])
        tokens, seen = asked.tokens[query] + held.tokens[document], asked.seen[query] + held.seen[document]
        unknown = self._unknown(asked, Role.QUERY)[query] + self._unknown(held, Role.DOCUMENT)[document]
        return ScoredPairs(scores, tokens, seen, unknown)

    def _unknown(self, made: TokenVectors, role: Role) -> Ids:
        """Return how many tokens of each text were not cut off, and mean nothing to the model."""
        room = self._tokens.room(self._prompts.get(role, ""), longest=self._longest(role))
        return np.maximum(np.minimum(made.tokens, room) - made.seen, 0)

    def _longest(self, role: Role) -> int:
        """Return how many tokens the model reads of a text, without its marker."""
        reading = self._reading
        if role is Role.QUERY:
            return reading.query_tokens - bool(reading.query_marker)
        return reading.document_tokens - bool(reading.document_marker)

    def _once(self, texts: Sequence[str], role: Role, report: Report = silent) -> tuple[TokenVectors, Ids]:
        """Encode the different ones of these texts, and return the place of each text among them."""
        place = {text: number for number, text in enumerate(dict.fromkeys(texts))}
        rows = np.fromiter((place[text] for text in texts), np.int64, len(texts))
        return self.encode(list(place), role, report), rows

    def _windows(self, texts: Sequence[str], role: Role) -> Iterator[tuple[Ids, Tokenised]]:
        """Yield tokenised texts with their places: WINDOW at a time, and of expanded queries those of one length."""
        query, reading = role is Role.QUERY, self._reading
        marker = reading.query_marker if query else reading.document_marker
        for start in range(0, len(texts), WINDOW):
            part = self._tokens.tokenise(
                texts[start : start + WINDOW], self._prompts.get(role, ""), self._longest(role)
            )
            ids = [np.insert(one, 1, self._id(marker)) for one in part.ids] if marker else part.ids
            window = replace(part, ids=ids, lead=0)
            places = np.arange(start, start + len(ids))
            yield from self._expanded(places, window) if query and reading.expanded else [(places, window)]

    def _expanded(self, places: Ids, window: Tokenised) -> Iterator[tuple[Ids, Tokenised]]:
        """Fill queries up to the same length, and yield those that had as many tokens together."""
        lengths = np.fromiter(map(len, window.ids), np.int64, len(window.ids))
        for length in np.unique(lengths).tolist():
            rows = np.flatnonzero(lengths == length)
            fill = np.full(max(0, self._reading.expanded - length), self._id(self._reading.filler), np.int64)
            ids = [np.concatenate((window.ids[row], fill)) for row in rows.tolist()]
            attended = 0 if self._reading.attended else length
            yield places[rows], Tokenised(ids, window.tokens[rows], window.seen[rows], attended=attended)

    def _compared(self, ids: Ids) -> NDArray[np.bool_]:
        return ~np.isin(ids, self._skipped)

    def _id(self, token: str) -> int:
        """Return the id of a token that a model needs; a marker may be told with the space that follows it."""
        known = next((found for name in (token, token.strip()) if (found := self._tokens.id(name)) >= 0), -1)
        if known < 0:
            raise ModelError(f"The tokenizer in {self._folder} has no token {token!r}, which the model's card names.")
        return known

    @cached_property
    def _skipped(self) -> Ids:
        """Ids of the tokens that are not compared. Not every tokenizer has all of them."""
        found = (self._tokens.id(token) for token in self._reading.skipped)
        return np.array([number for number in found if number >= 0], np.int64)

    @cached_property
    def _tokens(self) -> Tokens:
        file = self._folder / self.blueprint.root / "tokenizer.json"
        found = Tokens(file, self.blueprint.max_tokens)
        if found.first != 1 and (self._reading.query_marker or self._reading.document_marker):
            raise ModelError(f"{file} puts {found.first} special tokens before a text; a marker needs exactly one.")
        return found

    @cached_property
    def _session(self) -> Session:
        return Session(compiled(self.blueprint, self._folder, self._tokens))


def maximum_similarity(query: FloatMatrix, documents: Sequence[FloatMatrix]) -> FloatMatrix:
    """Return for each document (m, dim) the sum over the query's tokens (n, dim) of the largest similarity to one of
    its tokens; 0 for a document of which no token is compared. One product for all of them: many small ones wait for
    the threads of each.
    """
    sizes = np.array([len(document) for document in documents], np.int64)
    scores, filled = np.zeros(len(documents), np.float32), np.flatnonzero(sizes)
    if len(filled):
        similarities = np.concatenate([documents[place] for place in filled.tolist()]) @ query.T
        starts = np.cumsum(sizes[filled]) - sizes[filled]
        scores[filled] = np.maximum.reduceat(similarities, starts, axis=0).sum(axis=1)
    return scores


def blueprint(
    architecture: str,
    reading: LateInteraction,
    modules: Sequence[Module],
    hashes: Sequence[str],
    precision: str = "fp32",
    recipe: int = 1,
    root: str = "",
) -> Blueprint:
    """Return a late-interaction encoder's blueprint. `hashes`: SHA-256 of weights, config and tokenizer."""
    weights, config, tokenizer = hashes
    return Blueprint(
        weights=weights,
        config=config,
        tokenizer=tokenizer,
        architecture=architecture,
        pooling=FEWER if reading.expanded and not reading.attended else ALL,
        dense="",
        score="",
        pairs=False,
        normalised=True,
        max_tokens=max(reading.query_tokens, reading.document_tokens),
        precision=precision,
        recipe=recipe,
        modules=tuple(modules),
        root=root,
    )
