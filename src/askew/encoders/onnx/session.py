"""Inference session of a compiled graph: one session shared by one thread per core, each running its own batches."""

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from askew.encoders.tokens import Ids, Tokenised, batches, shares
from askew.errors import ModelError
from askew.progress import Progress, Report
from askew.types import FloatMatrix

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

Keep = Callable[[Ids, FloatMatrix], None]
"""Takes the places of texts among all, and what the graph gives for them; called from several threads."""
BATCH_TOKENS = 512  # measured: large enough for full matrix throughput, small enough for the L2 cache
WINDOW = 4096  # texts tokenised and sorted by length together
NO_MEMORY = re.compile(r"failed to allocate|bad_alloc", re.IGNORECASE)
"""How the runtime says that it got no memory."""
WITHIN = "within"
"""Input of a packed batch (1, tokens): the place of each token in its text."""
PLACES = "places"
"""Input (texts, longest): where the tokens of each text are among all; beyond the end of a text, anywhere."""
BACK = "back"
"""Input (1, tokens, 2): text and place of each token."""
STARTS = "starts"
"""Input (texts,): where each text begins."""
LENGTHS = "lengths"
"""Input (texts,) int32: the number of tokens of each text."""


class Session:
    """Session of one graph. width: dimension of its output, 1 for scores.

    The runtime's threads and locks do not survive a fork: a child process opens the graph again when it first uses it.
    """

    def __init__(self, graph: Path) -> None:
        self._graph = graph
        self._process = os.getpid()
        self._opened = _open(graph)
        self._left: list[Any] = []  # closing a parent's session would wait for its threads
        self._wanted = {given.name for given in self._opened.get_inputs()}
        self._packed = PLACES in self._wanted
        self.width = int(self._opened.get_outputs()[0].shape[-1])

    def fill(self, windows: Iterable[Tokenised], out: FloatMatrix, report: Report, what: str) -> None:
        """Fill the rows of `out`; see `each`."""
        if len(out) == 1:  # a query is one batch: no thread computes it faster
            for window in windows:
                out[:] = self.run(window, np.zeros(1, np.int64))
            return
        self.each(windows, len(out), out.__setitem__, report, what)

    def each(self, windows: Iterable[Tokenised], count: int, keep: Keep, report: Report, what: str) -> None:
        """Compute all texts window by window, tokenising the next window while one is computed.

        count: of the texts of all windows. A single text is computed in the calling thread, without a report.
        """
        if count == 1:
            for window in windows:
                keep(np.zeros(1, np.int64), self.run(window, np.zeros(1, np.int64)))
            return
        from concurrent.futures import ThreadPoolExecutor

        from askew.environment import cores

        if self._process != os.getpid():
            self._reopen()  # before the threads would at once
        pool = ThreadPoolExecutor(cores())
        try:
            pending: set[Future[int]] = set()
            start = done = 0
            for window in windows:
                done = _drain(pending, Progress(what, done, count), report)
                pending = self._submit(pool, window, start, keep)
                start += len(window.ids)
            _drain(pending, Progress(what, done, count), report)
        finally:
            pool.shutdown(cancel_futures=True)  # on Ctrl-C, batches not yet started are dropped

    def run(self, window: Tokenised, rows: Ids) -> FloatMatrix:
        """Encode texts of equal length, or of any lengths with a graph for packed batches; without types, every token
        belongs to the first text.

        Returns (texts, width), or (texts, tokens, width) of a graph without a pooling.
        """
        inputs: dict[str, Any]
        if self._packed:
            inputs = packed(window, rows, typed="types" in self._wanted)
        else:
            ids = np.stack([window.ids[row] for row in rows])
            inputs = {"ids": ids}
            if "lead" in self._wanted:
                inputs["lead"] = np.array([window.lead], np.int64)
            if "attended" in self._wanted:
                inputs["attended"] = np.array([window.attended or ids.shape[1]], np.int64)
            if "types" in self._wanted:
                inputs["types"] = np.stack([window.types[row] for row in rows]) if window.types else np.zeros_like(ids)
        if self._process != os.getpid():
            self._reopen()
        try:
            return self._opened.run(["vectors"], inputs)[0]  # type: ignore[no-any-return]  # onnxruntime is untyped
        except MemoryError:
            raise
        except Exception as error:
            if NO_MEMORY.search(str(error)):
                raise MemoryError from error
            raise ModelError(f"The model's tokenizer and weights do not match: {error}") from error

    def _reopen(self) -> None:
        self._left.append(self._opened)
        self._opened, self._process = _open(self._graph), os.getpid()

    def _submit(self, pool: "ThreadPoolExecutor", window: Tokenised, start: int, keep: Keep) -> set["Future[int]"]:
        def run(rows: Ids) -> int:
            keep(start + rows, self.run(window, rows))
            return len(rows)

        from askew.environment import cores

        lengths = np.fromiter((len(ids) for ids in window.ids), np.int64, len(window.ids))
        parts = shares(lengths, BATCH_TOKENS, cores()) if self._packed else batches(lengths, BATCH_TOKENS)
        return {pool.submit(run, rows) for rows in parts}


def packed(window: Tokenised, rows: Ids, typed: bool) -> dict[str, Any]:
    """Return the inputs of a packed batch: the tokens of these texts one after another, and where each text is."""
    ids = [window.ids[row] for row in rows]
    lengths = np.fromiter(map(len, ids), np.int64, len(ids))
    starts = np.cumsum(lengths) - lengths
    texts = np.repeat(np.arange(len(ids)), lengths)
    within = np.arange(len(texts)) - starts[texts]
    inputs = {
        "ids": np.concatenate(ids)[None],
        WITHIN: within[None],
        PLACES: np.minimum(starts[:, None] + np.arange(lengths.max()), len(texts) - 1),
        BACK: np.stack([texts, within], axis=1)[None],
        STARTS: starts,
        LENGTHS: lengths.astype(np.int32),
    }
    if typed:
        inputs["types"] = np.concatenate([window.types[row] for row in rows])[None]
    return inputs


def _open(graph: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_mem_pattern = (
        False  # kept for every shape that ever came, and hardly two packed batches have the same
    )
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's errors have no common base class
        raise ModelError(
            f"Cannot open the compiled model {graph}: {error}. Delete the folder {graph.parent}."
        ) from error


def _drain(pending: set["Future[int]"], progress: Progress, report: Report) -> int:
    from concurrent.futures import FIRST_COMPLETED, wait

    done = progress.done
    while pending:
        finished, pending = wait(pending, return_when=FIRST_COMPLETED)
        done += sum(future.result() for future in finished)
        report(Progress(progress.what, done, progress.total))
    return done
