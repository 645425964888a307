"""Encoders in a forked child, after the parent has used them: real forks, each with a time limit."""

import os
import signal
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import tiny_families

from askew.encoders import Encoder
from askew.encoders.hashing import HashingEncoder
from askew.encoders.loading import load
from askew.encoders.onnx.cross import CrossEncoder, blueprint
from askew.encoders.onnx.encoder import OnnxEncoder
from askew.encoders.signature import Signature
from askew.models import cards
from askew.types import Role

pytestmark = pytest.mark.skipif(not hasattr(os, "fork") or sys.platform == "darwin", reason="needs a plain fork")
LIMIT = 30  # seconds, in which a child that waits for its parent's threads is killed
TEXTS = [f"text number {n} about a cat that sat on mat {n % 7}" for n in range(200)]


def in_child(work: Callable[[], bool]) -> bool:
    """Return whether the work succeeded in a forked child within the limit."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of Python 3.12, about forks of processes with threads
        child = os.fork()
    if not child:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(LIMIT)
        try:
            os._exit(0 if work() else 1)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def same(encoder: Encoder) -> bool:
    """Encode here, and compare with a child's vectors, of one text and of many."""
    vectors = encoder.encode(TEXTS, Role.DOCUMENT).vectors

    def work() -> bool:
        one, many = (encoder.encode(texts, Role.DOCUMENT).vectors for texts in (TEXTS[:1], TEXTS))
        return bool(np.array_equal(many, vectors) and np.allclose(one, vectors[:1], atol=1e-6))

    return in_child(work) and in_child(lambda: in_child(work))


def transformer(signature: Signature, folder: Path) -> OnnxEncoder:
    """Return an encoder whose compiled graph no other test shares: the cache is keyed by the signature."""
    return OnnxEncoder(replace(signature, weights={"both": "forks"}), tiny_families.save("bert", folder), [])


@pytest.mark.parametrize("setting", ["", "true", "false"])
def test_a_transformer(signature: Signature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    monkeypatch.delenv("TOKENIZERS_PARALLELISM", raising=False)
    if setting:
        monkeypatch.setenv("TOKENIZERS_PARALLELISM", setting)
    assert same(transformer(signature, tmp_path))


def test_the_encoder_of_words(signature: Signature) -> None:
    assert same(HashingEncoder(signature))


def test_a_real_model(model_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CACHE", str(model_cache))
    assert same(load(cards.get("all-MiniLM-L6-v2"), "faq"))


def test_a_cross_encoder(tmp_path: Path) -> None:
    folder = tiny_families.save("bert", tmp_path, labels=1, prefix=1)
    encoder = CrossEncoder(blueprint("bert", "identity", 16, ("fork", "c", "t")), folder)
    pairs = [("the cat", text) for text in TEXTS[:40]]
    scores = encoder.score(pairs)
    assert in_child(lambda: bool(np.array_equal(encoder.score(pairs), scores)))


def test_a_child_opens_its_own_session_and_the_parent_keeps_its_own(signature: Signature, tmp_path: Path) -> None:
    encoder = transformer(signature, tmp_path)
    encoder.encode(TEXTS[:2], Role.DOCUMENT)
    session = encoder._session
    opened = session._opened

    def work() -> bool:
        encoder.encode(TEXTS[:1], Role.DOCUMENT)
        return session._opened is not opened

    assert in_child(work)
    encoder.encode(TEXTS[:1], Role.DOCUMENT)
    assert session._opened is opened
