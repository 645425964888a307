from pathlib import Path

import numpy as np
import pytest

from askew.contract import Contract
from askew.dedup.corpus import Corpus, ListCorpus, of_index
from askew.dedup.texts import encoded
from askew.index import Index
from askew.types import Document

DOCUMENTS = [
    Document("a", "red tents stand on the hill", metadata={"shop": 1}),
    Document("b", "a blue kayak floats", metadata={"shop": 1}),
    Document("c", "red tents stand on a hill", metadata={"shop": 2}),
]


@pytest.fixture(params=["list", "index"])
def corpus(request: pytest.FixtureRequest, tmp_path: Path):
    if request.param == "list":
        yield ListCorpus(encoded(DOCUMENTS, *Contract.for_task("paraphrase", model="hashing"), tmp_path / "x"))
        return
    with Index.create(tmp_path / "x", "paraphrase", model="hashing") as index:
        index.add(DOCUMENTS)
        yield of_index(index)


def test_ids_texts_and_owners_belong_together(corpus: Corpus) -> None:
    assert list(corpus.ids) == ["a", "b", "c"]
    assert corpus.texts(np.array([2, 0])) == [DOCUMENTS[2].text, DOCUMENTS[0].text]
    assert [(document.id, document.text) for document in corpus.documents()] == [(d.id, d.text) for d in DOCUMENTS]
    assert corpus.owners(corpus.vectors.keys).tolist() == [0, 1, 2]
    assert corpus.keep is not None


def test_a_part_has_the_vectors_of_its_documents(corpus: Corpus) -> None:
    part = corpus.only(np.array([0, 2]))
    assert corpus.owners(part.keys).tolist() == [0, 2]
    whole = corpus.vectors.vectors(corpus.vectors.keys)
    assert np.array_equal(part.vectors(part.keys), whole[[0, 2]])


def test_of_an_index_every_passage_counts_and_a_filter_holds(tmp_path: Path) -> None:
    with Index.create(tmp_path / "x", "question-answering", model="hashing", chunk_tokens=4, overlap=0) as index:
        index.add(DOCUMENTS)
        corpus = of_index(index)
        assert len(corpus.vectors.keys) > 3
        assert sorted(set(corpus.owners(corpus.vectors.keys).tolist())) == [0, 1, 2]
        part = of_index(index, {"shop": 1})
        assert list(part.ids) == ["a", "b"]
        assert part.keep is None


def test_a_document_that_is_gone_since_has_no_text(tmp_path: Path) -> None:
    with Index.create(tmp_path / "x", "paraphrase", model="hashing") as index:
        index.add(DOCUMENTS)
        corpus = of_index(index)
        index.delete(["b"])
        assert corpus.texts(np.arange(3)) == [DOCUMENTS[0].text, "", DOCUMENTS[2].text]
        assert len(corpus.vectors.vectors(corpus.vectors.keys)) == 3
