"""Cross-encoders on ONNX Runtime: scores for pairs of texts that the model reads together, or one for each label.

More accurate than comparing vectors, but every pair costs a forward pass, so they only rerank the top hits of a search
(Nogueira and Cho 2019, arXiv 1901.04085). With three labels they infer whether one text follows from the other, or
contradicts it (Bowman et al. 2015, arXiv 1508.05326).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from askew.encoders import ScoredPairs
from askew.encoders.onnx.compiled import Blueprint, compiled
from askew.encoders.onnx.session import WINDOW, Session
from askew.encoders.tokens import Ids, Tokenised, Tokens
from askew.errors import ModelError
from askew.models.card import RIGHT
from askew.progress import Report, silent
from askew.types import FloatMatrix


class CrossEncoder:
    """Cross-encoder whose session opens on first use. `folder` holds the model's files.

    labels: what its outputs stand for, empty for a single score. truncation_side: of its tokenizer.
    """

    def __init__(
        self, blueprint: Blueprint, folder: Path, labels: Sequence[str] = (), truncation_side: str = RIGHT
    ) -> None:
        self.blueprint = blueprint
        self.labels = tuple(labels)
        self._folder = folder
        self._side = truncation_side
        self._session: Session | None = None
        self._loaded: Tokens | None = None

    def score(self, pairs: Sequence[tuple[str, str]], report: Report = silent) -> NDArray[np.float32]:
        """Return scores (n,), higher is better. Too long a pair is truncated longest text first; equal pairs are
        scored once. Raises `ModelError` if the model has labels instead.
        """
        return self.scored(pairs, report).scores

    def scored(self, pairs: Sequence[tuple[str, str]], report: Report = silent) -> ScoredPairs:
        """Return the same scores with the tokens of each pair."""
        if self.labels:
            raise ModelError(f"The model in {self._folder} labels pairs ({', '.join(self.labels)}) and scores none.")
        outputs, tokens, seen = self._outputs(pairs, report)
        return ScoredPairs(np.asarray(outputs[:, 0]), tokens, seen, np.zeros_like(seen))

    def logits(self, pairs: Sequence[tuple[str, str]], report: Report = silent) -> FloatMatrix:
        """Return the output for each label (n, labels), before any activation."""
        if not self.labels:
            raise ModelError(f"The model in {self._folder} scores pairs and has no labels.")
        return self._outputs(pairs, report)[0]

    def probabilities(self, pairs: Sequence[tuple[str, str]], report: Report = silent) -> FloatMatrix:
        """Return the probability of each label (n, labels); those of a pair sum to one."""
        logits = self.logits(pairs, report)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True)) if len(logits) else logits
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)

    def _outputs(self, pairs: Sequence[tuple[str, str]], report: Report) -> tuple[FloatMatrix, Ids, Ids]:
        """Return the outputs (n, labels), and the tokens of each pair: all, and those that the model read."""
        unique = list(dict.fromkeys(pairs))
        outputs = np.empty((len(unique), self.blueprint.labels), np.float32)
        windows: list[Tokenised] = []
        if unique:
            self._open().fill(self._windows(unique, windows), outputs, report, "score")
        place = {pair: i for i, pair in enumerate(unique)}
        rows = np.fromiter((place[pair] for pair in pairs), np.int64, len(pairs))
        tokens, seen = (
            np.concatenate([np.empty(0, np.int64), *(getattr(window, name) for window in windows)])[rows]
            for name in ("tokens", "seen")
        )
        return outputs[rows], tokens, seen

    @property
    def _tokens(self) -> Tokens:
        if self._loaded is None:
            file = self._folder / "tokenizer.json"
            self._loaded = Tokens(file, self.blueprint.max_tokens, truncation_side=self._side)
        return self._loaded

    def _windows(self, pairs: Sequence[tuple[str, str]], made: list[Tokenised]) -> Iterator[Tokenised]:
        """Tokenise the pairs window by window, and keep what was made."""
        for start in range(0, len(pairs), WINDOW):
            made.append(self._tokens.pairs(pairs[start : start + WINDOW]))
            yield made[-1]

    def _open(self) -> Session:
        if self._session is None:
            self._session = Session(compiled(self.blueprint, self._folder, self._tokens))
        return self._session


def blueprint(
    architecture: str,
    activation: str,
    max_tokens: int,
    hashes: Sequence[str],
    precision: str = "fp32",
    recipe: int = 1,
    labels: int = 1,
) -> Blueprint:
    """Return a cross-encoder's blueprint. `hashes`: SHA-256 of weights, config and tokenizer. All supported families
    score the first token's vector. labels: how many outputs a pair has.
    """
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
        labels=labels,
    )
