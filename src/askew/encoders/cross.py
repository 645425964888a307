"""Cross-encoders on the fast path: a model that reads two texts at once and says how well the second answers the first.

Slower than comparing vectors by as many forward passes as there are pairs, and better: it is for the best hits of a
search (Nogueira and Cho 2019, arXiv 1901.04085).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from askew.encoders.compiled import Blueprint, compiled
from askew.encoders.session import WINDOW, Session
from askew.encoders.tokens import Tokenised, Tokens
from askew.progress import Report, silent


class CrossEncoder:
    """The session is opened at the first pair. `blueprint` says what is computed, `folder` holds the files."""

    def __init__(self, blueprint: Blueprint, folder: Path) -> None:
        self.blueprint = blueprint
        self._folder = folder
        self._session: Session | None = None
        self._loaded: Tokens | None = None

    def score(self, pairs: Sequence[tuple[str, str]], report: Report = silent) -> NDArray[np.float32]:
        """(n,): higher is better. Where a pair is too long the longer of its texts is cut first; pairs that are equal
        are scored once.
        """
        unique = list(dict.fromkeys(pairs))
        scores = np.empty((len(unique), 1), np.float32)
        if unique:
            self._open().fill(self._windows(unique), scores, report, "score")
        place = {pair: i for i, pair in enumerate(unique)}
        rows = np.fromiter((place[pair] for pair in pairs), np.int64, len(pairs))
        return np.asarray(scores[rows, 0])

    @property
    def _tokens(self) -> Tokens:
        if self._loaded is None:
            self._loaded = Tokens(self._folder / "tokenizer.json", self.blueprint.max_tokens)
        return self._loaded

    def _windows(self, pairs: Sequence[tuple[str, str]]) -> Iterator[Tokenised]:
        for start in range(0, len(pairs), WINDOW):
            yield self._tokens.pairs(pairs[start : start + WINDOW])

    def _open(self) -> Session:
        if self._session is None:
            self._session = Session(compiled(self.blueprint, self._folder, self._tokens))
        return self._session


def blueprint(
    architecture: str, activation: str, max_tokens: int, hashes: Sequence[str], precision: str = "fp32", recipe: int = 1
) -> Blueprint:
    """`hashes`: the SHA-256 of weights, config and tokenizer. All these families score the first token's vector."""
    weights, config, tokenizer = hashes
    return Blueprint(
        weights=weights,
        config=config,
        tokenizer=tokenizer,
        architecture=architecture,
        pooling="cls",
        dense="",
        score=activation,
        pairs=True,
        normalised=False,
        max_tokens=max_tokens,
        precision=precision,
        recipe=recipe,
    )
