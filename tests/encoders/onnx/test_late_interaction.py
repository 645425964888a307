"""What the vectors are is held by tests/models/folder/test_late_interaction.py; here is what needs no reference."""

from pathlib import Path

import numpy as np
import pytest
from helpers import late_model

from askew.encoders.loading import load_late, load_reranker
from askew.encoders.onnx.late_interaction import LateInteractionEncoder, maximum_similarity
from askew.errors import AskewError, ModelError
from askew.index import Index
from askew.models import cards, own
from askew.types import Document, Role

PAIRS = [("how long", "the cat " * n) for n in range(12)] + [("the cat sat", "the cat "), ("", ""), ("how long", "a")]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))


def encoder(folder: Path, precision: str = "fp32", **told: object) -> LateInteractionEncoder:
    return load_late(own.add(late_model.pylate(folder, **told)), precision)


def test_a_score_does_not_depend_on_its_batch(tmp_path: Path) -> None:
    late = encoder(tmp_path / "model")
    together = late.score(PAIRS)
    assert together.dtype == np.float32
    assert np.abs(together - np.concatenate([late.score([pair]) for pair in PAIRS])).max() <= 1e-5
    assert together.std() > 0.01
    assert late.score([]).shape == (0,)


def test_vectors_are_of_length_one_and_documents_leave_out_what_is_skipped(tmp_path: Path) -> None:
    late = encoder(tmp_path / "model")
    (query,) = late.encode(["how long"], Role.QUERY).vectors
    one, two = late.encode(["the cat", "the, cat,"], Role.DOCUMENT).vectors
    assert query.shape == (12, late_model.DIM)  # filled up
    assert len(one) == len(two)
    assert np.abs(one - two).max() > 1e-3  # the model still reads the commas
    assert np.allclose(np.linalg.norm(np.concatenate([query, one, two]), axis=1), 1, atol=1e-5)


def test_what_is_beyond_the_length_is_counted(tmp_path: Path) -> None:
    late = encoder(tmp_path / "model")
    found = late.encode(["the cat", "the cat " * 20], Role.DOCUMENT)
    assert found.tokens.tolist() == [6, 120]  # letters, in this vocabulary
    assert found.seen.tolist() == [6, 17]  # of 20: [CLS], the marker and [SEP]
    assert late.encode(["the cat " * 20], Role.QUERY).seen.tolist() == [9]


@pytest.mark.parametrize("attended", [False, True])
def test_the_expansion_counts_and_whether_it_is_attended_to(attended: bool, tmp_path: Path) -> None:
    plain = encoder(tmp_path / "plain", do_query_expansion=False)
    late = encoder(tmp_path / "model", attend_to_expansion_tokens=attended)
    (short,), (full,) = (one.encode(["how long"], Role.QUERY).vectors for one in (plain, late))
    same = np.abs(full[: len(short)] - short).max() <= 1e-5
    assert same is not attended
    assert len(full) > len(short)


def test_int8_rounds(tmp_path: Path) -> None:
    place = late_model.pylate(tmp_path / "model")
    exact, rounded = (load_late(own.add(place), precision).score(PAIRS) for precision in ("fp32", "int8"))
    assert 1e-4 < np.abs(rounded - exact).max() < 1


def test_the_largest_similarity_of_each_token_of_the_query_is_added() -> None:
    query = np.array([[1, 0], [0, 1]], np.float32)
    document = np.array([[0.6, 0.8], [1, 0], [-1, 0]], np.float32)
    found = maximum_similarity(query, [document[:0], document, document[:0], document[1:]])
    assert found.tolist() == pytest.approx([0, 1.8, 0, 1])
    assert maximum_similarity(query, []).shape == (0,)


def test_it_reranks_in_place_of_a_cross_encoder(tmp_path: Path) -> None:
    place = late_model.pylate(tmp_path / "model")
    documents = [Document(str(number), text) for number, (_, text) in enumerate(PAIRS[1:6])]
    with Index.create(tmp_path / "i", task="question-answering", model="hashing") as index:
        index.add(documents)
        found = index.search("how long", rerank=str(place))
    scores = load_reranker(cards.get("model")).score([("how long", document.text) for document in documents])
    assert found.reranking.model == "model"
    assert [hit.score for hit in found] == pytest.approx(sorted(scores.tolist(), reverse=True), abs=1e-5)


def test_it_makes_no_vectors_for_an_index(tmp_path: Path) -> None:
    place = late_model.pylate(tmp_path / "model")
    with pytest.raises(ModelError, match="late-interaction"):
        Index.create(tmp_path / "i", task="question-answering", model=str(place))


CARD = """name = "mine"
summary = "x"
kind = "late-interaction"
architecture = "bert"
pooling = "none"
normalised = true
similarity = "cosine"
dim = 16
max_tokens = 20
languages = ["en"]
licence = "MIT"
commercial = true
size_mb = 1
tasks = []
verified = false
checked = "no"
"""
TABLE = "[late_interaction]\nquery_tokens = 12\ndocument_tokens = 20\n"


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("", "late_interaction"),
        (TABLE.replace("12", "0"), "query_tokens"),
        (TABLE + "expanded = 13\nfiller = '[MASK]'\n", "expanded"),
        (TABLE + "expanded = 12\n", "filler"),
        (TABLE + 'query_marker = "\\u001b"\n', "control"),
    ],
)
def test_a_card_that_says_something_impossible_is_refused(table: str, reason: str) -> None:
    assert cards.parse(CARD + TABLE, "here").late_interaction is not None
    with pytest.raises(AskewError, match=reason):
        cards.parse(CARD + table, "here")
