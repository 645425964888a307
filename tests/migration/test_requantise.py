"""Migration to another precision of the stored vectors."""

from pathlib import Path

import numpy as np
import pytest
from helpers.to_migrate import documents

from askew.errors import ContractError, InputError
from askew.index import Index
from askew.migration.change import ContractChange
from askew.migration.copying import same_vectors
from askew.migration.migrate import migrate
from askew.migration.steps import begin, build, switch
from askew.quantisation import Precision, RowFormat


@pytest.mark.parametrize("precision", ["float16", "int8", "binary"])
def test_float32_vectors_are_stored_in_another_precision_without_encoding(
    book: Path, precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Index.open(book) as old:
        vectors, form = old.store.vectors(old.store.keys()), RowFormat(old.contract.encoder.dim, Precision(precision))
        digests = old.store.digests(["d7"])
    begin(book, ContractChange(vectors=precision))
    monkeypatch.setattr("askew.migration.copying._copy", lambda *_: pytest.fail("nothing is to be encoded"))
    assert build(book).written == 300
    assert switch(book).written == 0
    with Index.open(book) as new:
        assert (new.contract.vectors, new.check()) == (precision, [])
        assert (new.store.vectors(new.store.keys()) == form.decode(form.encode(vectors))).all()
        assert new.store.digests(["d7"]) == digests
        assert new.documents("d7")[0].metadata == {"n": 7, "odd": True}
        assert new.search(documents(300)[7].text, 1)[0].document.id == "d7"


def test_back_to_float32_everything_is_encoded_again(tmp_path: Path) -> None:
    with Index.create(tmp_path / "x", "question-answering", model="hashing", vectors="int8") as index:
        index.add(documents(20))
        old = index.contract
    with Index.create(tmp_path / "y", "question-answering", model="hashing") as index:
        index.add(documents(20))
        assert not same_vectors(old, index.contract)
        assert same_vectors(index.contract, old)
        vectors = index.store.vectors(index.store.keys())
    result = migrate(tmp_path / "x", vectors="float32", switch=True)
    assert (result.written, result.switched) == (20, True)
    with Index.open(tmp_path / "x") as index:
        assert index.contract.vectors == "float32"
        assert (index.store.vectors(index.store.keys()) == vectors).all()


def test_another_setting_keeps_the_precision(book: Path) -> None:
    migrate(book, vectors="int8", switch=True)
    migrate(book, drop_old=True)
    begin(book, ContractChange(overlap=3))
    with pytest.raises(ContractError, match="vectors"):
        begin(book, ContractChange(vectors="binary"))
    build(book)
    switch(book)
    with Index.open(book) as index:
        assert (index.contract.vectors, index.contract.overlap) == ("int8", 3)


def test_of_own_vectors_only_the_precision_changes_and_not_back(tmp_path: Path) -> None:
    rows = np.random.default_rng(1).normal(size=(30, 16)).astype(np.float32)
    name = tmp_path / "own"
    with Index.create(name, "article-similarity", dim=16) as index:
        index.add([f"text {n}" for n in range(30)], vectors=rows)
    with pytest.raises(InputError, match="--vectors"):
        migrate(name, overlap=3)
    result = migrate(name, vectors="int8", switch=True)
    assert (result.written, result.switched) == (30, True)
    with Index.open(name, writable=True) as index:
        assert index.add([f"text {n}" for n in range(30)], vectors=rows).unchanged == 30
        assert index.search(rows[4], 1)[0].document.text == "text 4"
    migrate(name, drop_old=True)
    with pytest.raises(InputError, match="Add them"):
        migrate(name, vectors="float32")
    with pytest.raises(InputError, match="nothing to migrate"):
        migrate(name, vectors="int8")
