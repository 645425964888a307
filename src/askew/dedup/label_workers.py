"""Labels of many pairs on all cores, in processes of this module; the answers are those of one process.

A process reads a line of JSON, a list of pairs, and answers with one. It is started by its own command and not by
`multiprocessing`, which would run the user's script a second time. Where none can be started, or one dies, the work is
done here.
"""

import gc
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import NamedTuple

from askew.environment import cores
from askew.pair_labels.judge import judge
from askew.pair_labels.safety import difference
from askew.pair_labels.verdict import DUPLICATE, Kind, Verdict
from askew.progress import Progress, Report, silent
from askew.types import Span

FEW = 4000
"""Pairs up to which one process is as fast: another needs half a second to start."""
KNOWN = 1 << 21
"""Pairs of texts whose differences are kept: copies have the same. Those of a million messages fit."""
CHUNK = 256
"""Pairs sent at a time."""
SELDOM = 100_000
"""Objects between two searches for garbage, which would take a fifth of the time: labels leave none behind."""
START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from askew.dedup.label_workers import serve; serve()"
WHAT = "label pairs"


class Question(NamedTuple):
    """Two texts and their score. label, safety: what is asked for; safety is whether `b` may go where `a` stays."""

    a: str
    b: str
    score: float
    label: bool = True
    safety: bool = False


class Answer(NamedTuple):
    """verdict: "paraphrase" where no label was asked for. harm: as in `difference`, None where the texts were not
    compared, as it was not asked for, or the label says already that they differ.
    """

    verdict: Verdict
    harm: str | None


UNASKED = Verdict(Kind.PARAPHRASE, "")


def answer(question: Question) -> Answer:
    verdict = judge(question.a, question.b, question.score) if question.label else UNASKED
    if not question.safety:
        return Answer(verdict, None)
    alike = verdict.kind in DUPLICATE  # of other pairs none is safe, so nothing more has to be compared
    return Answer(verdict, difference(question.b, question.a) if alike else None)


def answers(questions: Sequence[Question], report: Report = silent) -> list[Answer]:
    """Return the answers in order. Neighbouring questions should share texts, whose words are kept for a while."""
    chunks = [questions[start : start + CHUNK] for start in range(0, len(questions), CHUNK)]
    made: list[Answer] = []
    report(Progress(WHAT, 0, len(questions)))
    for part in map(_here, chunks) if len(questions) <= FEW or cores() == 1 else _everywhere(chunks):
        made += part
        report(Progress(WHAT, len(made), len(questions)))
    return made


def harmful(a: str, b: str) -> str:
    """Return what speaks against removing one of two texts, as `difference`, which many pairs of copies share."""
    if (known := _harms.get((a, b))) is None:
        known = difference(a, b)
        if len(_harms) < KNOWN:  # what the workers found is asked for again, so nothing makes room
            _harms[a, b] = known
    return known


def learn(questions: Iterable[Question], given: Iterable[Answer]) -> None:
    """Keep for `harmful` what is known of the safety of these pairs."""
    _harms.clear()
    _harms.update(
        ((question.b, question.a), one.harm)
        for question, one in zip(questions, given, strict=True)
        if one.harm is not None
    )


_harms: dict[tuple[str, str], str] = {}


def _here(questions: Iterable[Question]) -> list[Answer]:
    return [answer(question) for question in questions]


def _everywhere(chunks: Sequence[Sequence[Question]]) -> Iterable[list[Answer]]:
    """Yield the answers to each chunk. If the caller stops, or is interrupted, so do the processes."""
    free: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
    workers = [_Worker() for _ in range(cores())]
    for worker in workers:
        free.put(worker)

    def ask(chunk: Sequence[Question]) -> list[Answer]:
        worker = free.get()
        try:
            return worker.ask(chunk)
        finally:
            free.put(worker)

    pool = ThreadPoolExecutor(len(workers), thread_name_prefix="askew-labels")
    try:
        yield from pool.map(ask, chunks)
    finally:
        for worker in workers:
            worker.stop()
        pool.shutdown(wait=True, cancel_futures=True)


class _Worker:
    """A process that labels, for one thread at a time."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        with suppress(OSError, ValueError):
            command = [sys.executable, "-c", START, json.dumps(sys.path)]
            self._process = subprocess.Popen(  # noqa: S603  # our own module
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )

    def ask(self, chunk: Sequence[Question]) -> list[Answer]:
        process = self._process
        if process is not None and process.stdin and process.stdout:
            with suppress(OSError, ValueError):
                process.stdin.write(json.dumps(chunk).encode("ascii") + b"\n")
                process.stdin.flush()
                return [_answer(*one) for one in json.loads(process.stdout.readline())]
        return [] if self._stopped.is_set() else _here(chunk)

    def stop(self) -> None:
        self._stopped.set()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for stream in filter(None, (self._process.stdin, self._process.stdout)):
                with suppress(OSError, ValueError):
                    stream.close()


def _answer(kind: str, reason: str, a: list[list[int]], b: list[list[int]], harm: str | None) -> Answer:
    return Answer(Verdict(Kind(kind), reason, *(tuple(Span(*span) for span in side) for side in (a, b))), harm)


def serve() -> None:
    """Answer on stdout what is asked on stdin, until it ends. Ctrl-C is the parent's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(SELDOM)
    out = os.fdopen(os.dup(1), "wb")
    for line in sys.stdin.buffer:
        told = [_told(answer(Question(*one))) for one in json.loads(line)]
        out.write(json.dumps(told).encode("ascii") + b"\n")
        out.flush()


def _told(given: Answer) -> tuple[str, str, list[tuple[int, int]], list[tuple[int, int]], str | None]:
    verdict = given.verdict
    a, b = ([(span.start, span.end) for span in side] for side in (verdict.evidence_a, verdict.evidence_b))
    return str(verdict.kind), verdict.reason, a, b, given.harm
