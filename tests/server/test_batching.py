"""Dynamic batching, and the threads around it."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import CancelledError
from pathlib import Path

import numpy as np
import pytest
from helpers.hashing_card import hashing_card

from askew.encoders import Encoded, Encoder
from askew.encoders.loading import load
from askew.errors import InputError
from askew.models import own
from askew.progress import Report, silent
from askew.server.config import ServerLimits
from askew.server.errors import BusyError
from askew.server.queues import BatchedEncoder, EncodeQueue, Turns, calling
from askew.types import Role

TEXTS = [" ".join(f"word{n % 7}" for n in range(length)) for length in range(1, 40)]


class Gated:
    """A real encoder that waits for a gate, and notes what it was given together. It refuses the text "bad"."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.signature, self.spans, self.room = encoder.signature, encoder.spans, encoder.room
        self.gate, self.begun = threading.Event(), threading.Semaphore(0)
        self.batches: list[list[str]] = []

    def encode(self, texts: Sequence[str], role: Role, report: Report = silent, titles: Sequence[str] = ()) -> Encoded:
        self.begun.release()
        self.gate.wait()
        self.batches.append(list(texts))
        if "bad" in texts:
            raise InputError("A bad text.")
        return self._encoder.encode(texts, role, report, titles)


@pytest.fixture
def gated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gated:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    return Gated(load(own.resolve(hashing_card(tmp_path)), "paraphrase"))


def held(queue: EncodeQueue, gated: Gated) -> None:
    """Let the worker begin with a text and wait at the gate."""
    queue.submit(["first"], Role.DOCUMENT)
    gated.begun.acquire()


def test_what_comes_while_the_worker_is_busy_is_encoded_together(gated: Gated) -> None:
    queue = EncodeQueue(gated, ServerLimits())
    held(queue, gated)
    futures = [queue.submit([text], Role.DOCUMENT) for text in TEXTS]
    gated.gate.set()
    vectors = np.concatenate([future.result().vectors for future in futures])
    queue.close()
    assert [len(batch) for batch in gated.batches] == [1, len(TEXTS)]
    assert np.array_equal(vectors, gated.encode(TEXTS, Role.DOCUMENT).vectors)


def test_a_long_request_is_cut_and_keeps_its_order(gated: Gated) -> None:
    queue = EncodeQueue(gated, ServerLimits(batch_tokens=60))
    held(queue, gated)
    long, short = queue.submit(TEXTS, Role.DOCUMENT), queue.submit(["short"], Role.QUERY)
    gated.gate.set()
    made = long.result()
    short.result()
    queue.close()
    assert np.array_equal(made.vectors, gated.encode(TEXTS, Role.DOCUMENT).vectors)
    assert made.tokens.tolist() == [len(text.split()) for text in TEXTS]
    place = gated.batches.index(["short"])
    assert 1 < place < len(gated.batches) - 2  # between the parts of the long one


def test_a_full_queue_refuses(gated: Gated) -> None:
    queue = EncodeQueue(gated, ServerLimits(queued_tokens=50))
    held(queue, gated)
    queue.submit(["x " * 500], Role.DOCUMENT)  # larger than the queue, but nothing else waits
    with pytest.raises(BusyError):
        queue.submit(["x"], Role.DOCUMENT)
    gated.gate.set()
    queue.close()
    with pytest.raises(BusyError):
        queue.submit(["x"], Role.DOCUMENT)


def test_what_nobody_waits_for_is_not_encoded(gated: Gated) -> None:
    queue = EncodeQueue(gated, ServerLimits())
    held(queue, gated)
    dropped, kept = queue.submit(["dropped"], Role.DOCUMENT), queue.submit(["kept"], Role.DOCUMENT)
    assert dropped.cancel()
    gated.gate.set()
    assert len(kept.result().vectors) == 1
    with pytest.raises(CancelledError):
        dropped.result()
    queue.close()
    assert gated.batches == [["first"], ["kept"]]


def test_the_fault_of_one_request_is_not_that_of_others(gated: Gated) -> None:
    queue = EncodeQueue(gated, ServerLimits())
    held(queue, gated)
    good, bad = queue.submit(["good"], Role.DOCUMENT), queue.submit(["bad"], Role.DOCUMENT)
    gated.gate.set()
    assert len(good.result().vectors) == 1
    with pytest.raises(InputError):
        bad.result()
    queue.close()


def test_closing_finishes_what_waits(gated: Gated) -> None:
    queue = EncodeQueue(gated, ServerLimits())
    held(queue, gated)
    futures = [queue.submit([text], Role.DOCUMENT) for text in TEXTS]
    closing = threading.Thread(target=queue.close)
    closing.start()
    gated.gate.set()
    closing.join()
    assert all(future.done() for future in futures)
    assert queue.depth == 0


def test_few_calls_compute_at_a_time() -> None:
    turns, inside, most, count = Turns(2), 0, 0, threading.Lock()

    def call() -> None:
        nonlocal inside, most
        with calling(time.monotonic() + 30, turns):
            with count:
                inside += 1
                most = max(most, inside)
            time.sleep(0.005)
            with count:
                inside -= 1

    threads = [threading.Thread(target=call) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (inside, most) == (0, 2)


def test_a_call_that_waits_for_a_model_leaves_its_turn_to_others(gated: Gated) -> None:
    queue, turns = EncodeQueue(gated, ServerLimits()), Turns(1)
    encoder = BatchedEncoder(queue)

    def search() -> None:
        with calling(time.monotonic() + 30, turns):
            encoder.encode(["text"], Role.QUERY)

    waiting = threading.Thread(target=search)
    waiting.start()
    gated.begun.acquire()
    with calling(time.monotonic() + 30, turns) as other:
        assert other.has_turn
        gated.gate.set()
    waiting.join()
    queue.close()
    assert turns.take(0)  # given back


def test_a_turn_that_does_not_come_keeps_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Turns, "PATIENCE", 0.01)
    turns = Turns(1)
    with calling(time.monotonic() + 30, turns) as stuck, calling(time.monotonic() + 30, turns) as other:
        assert stuck.has_turn
        assert not other.has_turn
    assert turns.take(0)
    assert not turns.take(0)  # one alone was given back
