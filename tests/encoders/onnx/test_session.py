import ctypes
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from askew.encoders.onnx import session as module
from askew.encoders.onnx.compiled import blueprint, compiled
from askew.encoders.onnx.session import Session
from askew.encoders.signature import Signature
from askew.encoders.tokens import Tokens
from askew.errors import ModelError
from askew.progress import Progress, silent

TEXTS = ["the cat", "a dog", "how long can i stay", "the", "money back"]


@pytest.fixture
def tokens(tiny: Path) -> Tokens:
    return Tokens(tiny / "tokenizer.json", 16)


@pytest.fixture
def session(tiny: Path, signature: Signature, tokens: Tokens) -> Session:
    return Session(compiled(blueprint(signature), tiny, tokens))


def test_windows_fill_their_rows_in_order_and_tell_of_it(session: Session, tokens: Tokens) -> None:
    told: list[Progress] = []
    out, whole = np.empty((5, session.width), np.float32), np.empty((5, session.width), np.float32)
    session.fill((tokens.tokenise(TEXTS[at : at + 2]) for at in (0, 2, 4)), out, told.append, "encode")
    session.fill([tokens.tokenise(TEXTS)], whole, silent, "encode")
    assert np.allclose(out, whole, atol=1e-6)
    assert (told[-1].what, told[-1].done, told[-1].total) == ("encode", 5, 5)


def test_what_goes_wrong_in_a_thread_is_raised(session: Session, tokens: Tokens) -> None:
    window = tokens.tokenise(TEXTS)
    window.ids[3][1] = 10**6
    with pytest.raises(ModelError, match="tokenizer"):
        session.fill([window], np.empty((5, session.width), np.float32), silent, "encode")


def test_no_memory_is_told_as_that(session: Session, tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def run(self, *given: object) -> None:
            raise RuntimeError("BFCArena::AllocateRawInternal Failed to allocate memory for requested buffer of size 9")

    monkeypatch.setattr(session, "_opened", Full())
    with pytest.raises(MemoryError):
        session.fill([tokens.tokenise(TEXTS)], np.empty((5, session.width), np.float32), silent, "encode")


def test_a_damaged_graph_is_refused(tmp_path: Path) -> None:
    (tmp_path / "encoder.onnx").write_bytes(b"not a graph")
    with pytest.raises(ModelError, match=str(tmp_path)):
        Session(tmp_path / "encoder.onnx")


def test_batches_are_of_the_size_that_was_measured_to_be_fast() -> None:
    assert (module.BATCH_TOKENS, module.WINDOW) == (512, 4096)


class Counts(ctypes.Structure):
    """What glibc's malloc.h calls mallinfo2. uordblks: bytes that are allocated."""

    names = ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")
    _fields_ = [(name, ctypes.c_size_t) for name in names]


@pytest.fixture
def used() -> Callable[[], int]:
    """Return the bytes that are allocated by glibc's malloc."""
    find = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if find is None:
        pytest.skip("only glibc counts what is allocated")
    find.restype = Counts
    return lambda: int(find().uordblks)


def test_nothing_is_kept_for_each_shape_of_a_batch(session: Session, tokens: Tokens, used: Callable[[], int]) -> None:
    """A server meets new ones for as long as it runs."""
    windows = [tokens.tokenise(["the cat " * n] * 120) for n in range(1, 7)]
    session.run(windows[-1], np.arange(120))
    before = used()
    for window in windows:
        for count in range(1, 120):
            session.run(window, np.arange(count))
    assert used() - before < 100_000
