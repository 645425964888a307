"""A compiled graph at work: one session serves all cores, each core's thread runs its own batches on one thread."""

from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import numpy as np

from askew.encoders.tokens import Ids, Tokenised, batches
from askew.environment import cores
from askew.errors import ModelError
from askew.progress import Progress, Report
from askew.types import FloatMatrix

BATCH_TOKENS = 512  # measured: large enough for full matrix speed, small enough for the second-level cache
WINDOW = 4096  # texts tokenised and sorted by length together


class Session:
    """width: of the vectors that the graph gives, 1 for scores."""

    def __init__(self, graph: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        except Exception as fault:  # the runtime's own errors have no common base
            raise ModelError(f"The compiled model {graph} cannot be opened: {fault}. Delete its folder.") from fault
        self._typed = len(self._session.get_inputs()) > 1
        self.width = int(self._session.get_outputs()[0].shape[1])

    def fill(self, windows: Iterable[Tokenised], out: FloatMatrix, report: Report, what: str) -> None:
        """The rows of `out`, window after window; while one is computed, the next is tokenised."""
        pool = ThreadPoolExecutor(cores())
        try:
            pending: set[Future[int]] = set()
            start = done = 0
            for window in windows:
                done = _drain(pending, Progress(what, done, len(out)), report)
                pending = self._submit(pool, window, out[start : start + len(window.ids)])
                start += len(window.ids)
            _drain(pending, Progress(what, done, len(out)), report)
        finally:
            pool.shutdown(cancel_futures=True)  # Ctrl-C: what has not begun is dropped

    def run(self, window: Tokenised, rows: Ids) -> FloatMatrix:
        """Vectors of texts that have one length; without types every token is of the first text."""
        ids = np.stack([window.ids[row] for row in rows])
        inputs: dict[str, Any] = {"ids": ids}
        if self._typed:
            inputs["types"] = np.stack([window.types[row] for row in rows]) if window.types else np.zeros_like(ids)
        try:
            return self._session.run(["vectors"], inputs)[0]  # type: ignore[no-any-return]  # onnxruntime is untyped
        except Exception as fault:
            raise ModelError(f"The tokenizer and the weights of a model do not fit together: {fault}") from fault

    def _submit(self, pool: ThreadPoolExecutor, window: Tokenised, out: FloatMatrix) -> set["Future[int]"]:
        def run(rows: Ids) -> int:
            out[rows] = self.run(window, rows)
            return len(rows)

        lengths = np.fromiter((len(ids) for ids in window.ids), np.int64, len(window.ids))
        return {pool.submit(run, rows) for rows in batches(lengths, BATCH_TOKENS)}


def _drain(pending: set["Future[int]"], progress: Progress, report: Report) -> int:
    done = progress.done
    while pending:
        finished, pending = wait(pending, return_when=FIRST_COMPLETED)
        done += sum(future.result() for future in finished)
        report(Progress(progress.what, done, progress.total))
    return done
