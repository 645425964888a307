"""The fast path: a model of the BERT kind through ONNX Runtime, without PyTorch."""

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from askew.encoders import Encoded
from askew.encoders.compiled import compiled, forget
from askew.encoders.cores import cores
from askew.encoders.signature import Signature
from askew.encoders.titles import joined
from askew.encoders.tokens import Ids, Tokenised, Tokens, batches
from askew.errors import ModelError
from askew.progress import Progress, Report, silent
from askew.types import FloatMatrix, Role

if TYPE_CHECKING:
    import onnxruntime

BATCH_TOKENS = 512  # measured: large enough for full matrix speed, small enough for the second-level cache
WINDOW = 4096  # texts tokenised and sorted by length together


class OnnxEncoder:
    """One session serves all cores: each core's thread runs its own batches through it on one thread.

    The session is opened at the first text, so that an encoder that is only compared with a contract costs
    nothing. `golden` is a text and the first components of its vector by the reference library.
    """

    def __init__(self, signature: Signature, folder: Path, golden: Sequence[tuple[str, Sequence[float]]]) -> None:
        self.signature = signature
        self._folder = folder
        self._golden = golden
        self._session: onnxruntime.InferenceSession | None = None
        self._loaded: Tokens | None = None

    def encode(self, texts: Sequence[str], role: Role, report: Report = silent, titles: Sequence[str] = ()) -> Encoded:
        texts = joined(texts, titles)
        unique = list(dict.fromkeys(texts))
        place = {text: i for i, text in enumerate(unique)}
        once = self._encode(unique, self.signature.prompts.get(role, ""), report)
        if len(unique) == len(texts):
            return once
        rows = np.fromiter((place[text] for text in texts), np.int64, len(texts))
        return Encoded(once.vectors[rows], once.tokens[rows], once.seen[rows])

    def spans(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        return self._tokens.spans(texts)

    def room(self, role: Role) -> int:
        return self._tokens.room(self.signature.prompts.get(role, ""))

    @property
    def _tokens(self) -> Tokens:
        if self._loaded is None:
            self._loaded = Tokens(self._folder / "tokenizer.json", self.signature.max_tokens)
        return self._loaded

    def _encode(self, texts: Sequence[str], prompt: str, report: Report) -> Encoded:
        """Windows of texts; while one is computed, the next is tokenised."""
        result = Encoded(
            np.empty((len(texts), self.signature.dim), np.float32),
            np.empty(len(texts), np.int64),
            np.empty(len(texts), np.int64),
        )
        if not texts:
            return result
        session = self._open()
        pool = ThreadPoolExecutor(cores())
        try:
            pending: set[Future[int]] = set()
            done = 0
            for start in range(0, len(texts), WINDOW):
                window = self._tokens.tokenise(texts[start : start + WINDOW], prompt)
                result.tokens[start : start + WINDOW] = window.tokens
                result.seen[start : start + WINDOW] = window.seen
                done = _drain(pending, done, len(texts), report)
                pending = _submit(pool, session, window, result.vectors[start : start + WINDOW])
            _drain(pending, done, len(texts), report)
        finally:
            pool.shutdown(cancel_futures=True)  # Ctrl-C: what has not begun is dropped
        return result

    def _open(self) -> "onnxruntime.InferenceSession":
        if self._session is None:
            graph = compiled(self.signature, self._folder, self._tokens)
            session = _session(graph)
            self._check(session)
            self._session = session
        return self._session

    def _check(self, session: "onnxruntime.InferenceSession") -> None:
        """The graph must give what the reference library gave; int8 rounds, so it is given more room."""
        room = 1e-4 if self.signature.precision == "fp32" else 3e-2
        for text, expected in self._golden[:1]:
            ids = self._tokens.tokenise([text]).ids[0]
            vector = session.run(["vectors"], {"ids": ids[None]})[0][0, : len(expected)]
            error = float(np.abs(vector - np.array(expected)).max())
            if not error <= room:
                forget(self.signature)
                raise ModelError(
                    f"{self.signature.model} does not give the vector its card promises (off by {error:.2g}). "
                    f"Run `askew models check {self.signature.model}`, then `askew models pull` it again."
                )


def _session(graph: Path) -> "onnxruntime.InferenceSession":
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as fault:  # the runtime's own errors have no common base
        raise ModelError(f"The compiled model {graph} cannot be opened: {fault}. Delete its folder.") from fault


def _submit(
    pool: ThreadPoolExecutor, session: "onnxruntime.InferenceSession", window: Tokenised, out: FloatMatrix
) -> set["Future[int]"]:
    def run(rows: Ids) -> int:
        ids: Any = np.stack([window.ids[row] for row in rows])
        out[rows] = session.run(["vectors"], {"ids": ids})[0]
        return len(rows)

    lengths = np.fromiter((len(ids) for ids in window.ids), np.int64, len(window.ids))
    return {pool.submit(run, rows) for rows in batches(lengths, BATCH_TOKENS)}


def _drain(pending: set["Future[int]"], done: int, total: int, report: Report) -> int:
    while pending:
        finished, pending = wait(pending, return_when=FIRST_COMPLETED)
        done += sum(future.result() for future in finished)
        report(Progress("encode", done, total))
    return done
