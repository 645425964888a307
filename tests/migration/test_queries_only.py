"""Migrations that concern queries only: no document is encoded again."""

from pathlib import Path

import pytest
from helpers.encoder_pairs import document_encoder, query_encoder, texts
from helpers.to_migrate import answers

from askew.encoders.pairing import make_pair
from askew.index import Index
from askew.migration.migrate import migrate
from askew.migration.steps import state
from askew.stores.local import versions
from askew.types import Document

TASK = "question-answering"
QUERIES = ["playing chess", "my password", "a dog in the park"]


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index of 120 documents by a tiny encoder, two of them changed, with a note; and the pair "both"."""
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))
    large = document_encoder(tmp_path / "large")
    make_pair("both", large, query_encoder(tmp_path / "small", large))
    name = tmp_path / "book"
    with Index.create(name, TASK, model=large) as index:
        index.add([Document(f"d{n}", text) for n, text in enumerate(texts(120))])
        index.add([Document("d3", "one anew"), Document("d4", "another one")])
        index.store.set_note("mine", "a note")
    return name


def vectors_of(home: Path, number: int) -> bytes:
    [file] = versions.place(home, number).glob("vectors-*.f32")
    return file.read_bytes()


def test_no_document_is_encoded_again_and_the_vectors_stay(book: Path) -> None:
    home, before = book.with_suffix(".askew"), answers(book, QUERIES)
    made = migrate(book, to="both", queries=QUERIES, k=3)
    assert (made.copied, made.written, made.removed) == (120, 0, 0)
    assert 0 < made.overlap <= 1
    assert vectors_of(home, 1) == vectors_of(home, 0)
    assert answers(book, QUERIES) == before
    migrate(book, switch=True)
    with Index.open(book, writable=True) as index:
        assert index.check() == []
        assert index.contract.encoder.model == "both"
        assert index.store.notes() == []
        assert [hit.document for hit in index.rank(["another one"], 1)[0]] == ["d4"]
        assert index.search("anew", 1, mode="lexical")[0].document.id == "d3"
        index.add([Document("late", "came late")])
    assert state(book).kept is not None
    migrate(book, back=True)
    with Index.open(book) as index:
        assert index.contract.encoder.model == "large"
        assert "late" in index


def test_the_precision_stays_with_the_model_of_the_documents(book: Path) -> None:
    small = book.with_name("small-book")
    with Index.create(small, TASK, model="large", precision="int8") as index:
        index.add([Document(f"d{n}", text) for n, text in enumerate(texts(120))])
    made = migrate(small, to="both", queries=QUERIES, switch=True)
    assert (made.copied, made.written) == (120, 0)
    with Index.open(small) as index:
        assert (index.contract.encoder.model, index.contract.encoder.precision) == ("both", "int8")
    migrate(small, drop_old=True)
    migrate(small, to="hashing", queries=QUERIES, switch=True)
    with Index.open(small) as index:
        assert index.contract.encoder.precision == "fp32"


def test_what_was_written_meanwhile_is_caught_up(book: Path) -> None:
    migrate(book, to="both", queries=QUERIES)
    with Index.open(book, writable=True) as index:
        index.add([Document("late", "came late")])
        index.delete(["d7"])
    made = migrate(book, switch=True)
    assert (made.written, made.removed, made.copied) == (1, 1, 0)
    with Index.open(book) as index:
        assert index.check() == []
        assert ("late" in index, "d7" in index, len(index)) == (True, False, 120)


def test_a_prompt_for_queries_alone_copies_and_one_for_documents_encodes(book: Path) -> None:
    made = migrate(book, prompts={"query": "question: "}, queries=QUERIES)
    assert (made.copied, made.written) == (120, 0)
    migrate(book, abandon=True)
    made = migrate(book, prompts={"document": "the text "}, queries=QUERIES)
    assert (made.copied, made.written) == (0, 120)
    migrate(book, abandon=True)
    made = migrate(book, to="both", chunk_tokens=9, queries=QUERIES)
    assert (made.copied, made.written) == (0, 120)
