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


def test_a_damaged_graph_is_refused(tmp_path: Path) -> None:
    (tmp_path / "encoder.onnx").write_bytes(b"not a graph")
    with pytest.raises(ModelError, match=str(tmp_path)):
        Session(tmp_path / "encoder.onnx")


def test_batches_are_of_the_size_that_was_measured_to_be_fast() -> None:
    assert (module.BATCH_TOKENS, module.WINDOW) == (512, 4096)
