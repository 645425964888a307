"""ONNX encoder: BERT-like models on ONNX Runtime, without PyTorch."""

import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from askew.encoders import Encoded
from askew.encoders.onnx.compiled import Check, blueprint, compiled, forget
from askew.encoders.onnx.session import WINDOW, Session
from askew.encoders.signature import Signature
from askew.encoders.texts import SEGMENT, joined
from askew.encoders.tokens import Tokenised, Tokens
from askew.errors import ModelError
from askew.progress import Report, silent
from askew.types import Role

Golden = Sequence[tuple[str, Sequence[float]]]
"""Texts with the first components of their vectors, computed by the reference library without a prompt."""


class OnnxEncoder:
    """Encoder whose session opens on first use: comparing an encoder with a contract does not load the model.

    `part` selects which of the signature's weights `folder` holds: those of one role, or "both".
    """

    def __init__(self, signature: Signature, folder: Path, golden: Golden, part: str = "both") -> None:
        self.signature = signature
        self._blueprint = blueprint(signature, part)
        self._folder = folder
        self._golden = golden

    def encode(self, texts: Sequence[str], role: Role, report: Report = silent, titles: Sequence[str] = ()) -> Encoded:
        if any(titles) and self.signature.titles != SEGMENT:
            texts, titles = joined(texts, titles), ()
        given = list(zip(texts, titles or [""] * len(texts), strict=True))
        unique = list(dict.fromkeys(given))
        once = self._encode(unique, self.signature.prompts.get(role, ""), report)
        if len(unique) == len(given):
            return once
        place = {pair: i for i, pair in enumerate(unique)}
        rows = np.fromiter((place[pair] for pair in given), np.int64, len(given))
        return Encoded(once.vectors[rows], once.tokens[rows], once.seen[rows])

    def spans(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        return self._tokens.spans(texts)

    def room(self, role: Role) -> int:
        return self._tokens.room(self.signature.prompts.get(role, ""), self.signature.titles == SEGMENT)

    def decoded(self, ids: Sequence[int]) -> str:
        """Return the text of token ids. Raises InputError unless they are those of this model's tokenizer."""
        return self._tokens.decoded(ids)

    @cached_property
    def _tokens(self) -> Tokens:
        file = self._folder / self.signature.root / "tokenizer.json"
        sealed = self.signature
        return Tokens(file, sealed.max_tokens, sealed.lower_case, sealed.truncation_side)

    @cached_property
    def _session(self) -> Session:
        graph = compiled(self._blueprint, self._folder, self._tokens)
        session = Session(graph)
        if session.width != self.signature.dim:
            raise ModelError(
                f"{self.signature.model} outputs {session.width} dimensions, but its card says "
                f"dim = {self.signature.dim}: correct the card."
            )
        check = Check(graph, json.dumps(self._golden[:1]))
        if not check.passed():
            self._check(session)
            check.remember()
        return session

    def _encode(self, texts: Sequence[tuple[str, str]], prompt: str, report: Report) -> Encoded:
        count = len(texts)
        session = self._session if texts else None  # its graph has the card's dim, or this fails before any allocation
        vectors = np.empty((count, self.signature.dim), np.float32)
        result = Encoded(vectors, np.empty(count, np.int64), np.empty(count, np.int64))
        if session:
            session.fill(self._windows(texts, prompt, result), vectors, report, "encode")
        return result

    def _windows(self, texts: Sequence[tuple[str, str]], prompt: str, result: Encoded) -> Iterator[Tokenised]:
        """Tokenise the texts window by window, and write the token counts into the result."""
        for start in range(0, len(texts), WINDOW):
            part, titles = (list(column) for column in zip(*texts[start : start + WINDOW], strict=True))
            tokens = self._tokens
            window = tokens.titled(part, titles, prompt) if any(titles) else tokens.tokenise(part, prompt)
            result.tokens[start : start + WINDOW] = window.tokens
            result.seen[start : start + WINDOW] = window.seen
            yield window

    def _check(self, session: Session) -> None:
        """Compare the graph with the reference library; int8 has a wider tolerance because it rounds."""
        model = self.signature.model
        room = 1e-4 if self.signature.precision == "fp32" else 3e-2
        for text, expected in self._golden[:1]:
            vector = session.run(self._tokens.tokenise([text]), np.array([0]))[0, : len(expected)]
            error = float(np.abs(vector - np.array(expected)).max())
            if not error <= room:
                forget(self._blueprint)
                raise ModelError(
                    f"{model} does not reproduce the reference vector of its card (largest deviation {error:.2g}). "
                    f"Run: askew models check {model}. Then pull the model again."
                )
