"""An index as a collection, its ways to open, and vectors of the user's own."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from askew.collection import PAGE
from askew.errors import ContractError, InputError, ModelError, StoreError
from askew.index import Index
from askew.types import Document

VECTORS = np.array([[3, 0, 0], [0, 1, 0]], np.float32)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.create(tmp_path / "shelf", "enterprise-search", model="hashing") as made:
        made.add([Document("leave", "28 days of holiday."), Document("dogs", "Dogs on Fridays."), (13, "Thirteen.")])
        yield made


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Index]:
    with Index.create(tmp_path / "own", "article-similarity", dim=3) as made:
        made.add([Document("red", "red tent"), Document("blue", "blue tent")], vectors=VECTORS)
        yield made


def test_it_has_a_length_and_members(index: Index) -> None:
    assert len(index) == 3
    assert "dogs" in index
    assert 13 in index
    assert np.int64(13) in index
    assert Document("dogs", "") in index
    for absent in ("cats", "", None, ["dogs"], object(), float("nan"), b"dogs"):
        assert absent not in index


def test_an_empty_index_is_true(tmp_path: Path) -> None:
    with Index.create(tmp_path / "x", "paraphrase", model="hashing") as index:
        assert index
        assert len(index) == 0
        assert list(index) == []


def test_documents_come_in_the_order_in_which_they_were_stored(index: Index) -> None:
    assert [document.id for document in index] == ["leave", "dogs", "13"]
    index.add(Document("leave", "30 days of holiday."))
    assert [document.id for document in index] == ["dogs", "13", "leave"]


def test_documents_deleted_during_iteration_are_left_out(tmp_path: Path) -> None:
    with Index.create(tmp_path / "x", "paraphrase", model="hashing") as index:
        index.add([(str(n), f"text {n}") for n in range(PAGE + 5)])
        documents = iter(index)
        first = next(documents)
        index.delete([str(PAGE + 1), str(1)])
        rest = [document.id for document in documents]
    assert first.id == "0"
    assert str(PAGE + 1) not in rest
    assert str(PAGE + 2) in rest


def test_documents_are_read_by_one_id_or_many(index: Index) -> None:
    assert index.get("dogs").text == "Dogs on Fridays."
    assert index.get(13).id == "13"
    assert [document.id for document in index.documents(["13", "dogs"])] == ["13", "dogs"]
    for wrong in ("cats", ["dogs", "leave"], []):
        with pytest.raises(InputError):
            index.get(wrong)


def test_a_string_is_one_id_to_delete(index: Index) -> None:
    index.add([("1", "One."), ("3", "Three.")])
    assert index.delete("13") == 1
    assert "1" in index
    assert "3" in index


def test_its_representation_names_task_model_and_size(index: Index, own: Index) -> None:
    for part in ("shelf", "enterprise-search", "hashing", "3"):
        assert part in repr(index)
        assert part in index._repr_html_()
    assert "cosine" in repr(own)
    index.close()
    assert "closed" in repr(index)
    assert "closed" in index._repr_html_()


def test_a_closed_index_says_so(index: Index) -> None:
    index.close()
    index.close()
    for act in (
        lambda: len(index),
        lambda: "dogs" in index,
        lambda: list(index),
        lambda: index.search("dogs"),
        lambda: index.add("text"),
        lambda: index.delete("dogs"),
        lambda: index.check(),
        lambda: index.discard(),
    ):
        with pytest.raises(StoreError, match="shelf"):
            act()


def test_a_read_only_index_is_refused_before_anything_is_encoded(index: Index, tmp_path: Path) -> None:
    with Index.open(tmp_path / "shelf") as reader:
        encoded = []
        reader.sealed.encoder = lambda act: encoded.append(act)  # type: ignore[method-assign]
        for act in (
            lambda: reader.add(["text"]),
            lambda: reader.delete("dogs"),
            lambda: reader.optimise(),
            lambda: reader.discard(),
            lambda: reader.learn(["dogs"], [{"dogs": 1}]),
        ):
            with pytest.raises(StoreError, match="writable=True"):
                act()
        assert encoded == []
        assert len(reader) == 3


def test_it_opens_or_creates_itself_twice(tmp_path: Path) -> None:
    for _ in range(2):
        with Index.open_or_create(tmp_path / "notes", "enterprise-search", model="hashing") as index:
            index.add(["The same note is stored once."])
    with Index.open_or_create(tmp_path / "notes", "enterprise-search") as index:
        assert len(index) == 1


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"task": "question-answering"}, {"task"}),
        ({"model": "all-MiniLM-L6-v2"}, {"model"}),
        ({"chunk_tokens": 99, "overlap": 1}, {"chunk_tokens", "overlap"}),
        ({"policy": "warn", "prompts": {"query": "q "}}, {"policy", "prompts"}),
        ({"dim": 3, "similarity": "dot"}, {"model", "dim", "similarity"}),
    ],
)
def test_other_settings_than_those_sealed_are_listed(index: Index, tmp_path: Path, given: dict, fields: set) -> None:
    index.close()
    with pytest.raises(ContractError) as caught:
        Index.open_or_create(tmp_path / "shelf", **{"task": "enterprise-search", **given})
    assert {difference.field for difference in caught.value.differences} == fields
    Index.open(tmp_path / "shelf", writable=True).close()  # the lock is free again


def test_own_vectors_are_stored_and_compared(own: Index) -> None:
    assert own.contract.has_model is False
    assert own.store.vectors(own.store.keys()).tolist() == [[1, 0, 0], [0, 1, 0]]  # unit length, for the cosine
    assert [(pair.a, pair.b) for pair in own.duplicates(-1)] == [("red", "blue")]
    assert own.search("tent", mode="lexical")[0].text in ("red tent", "blue tent")


def test_own_vectors_that_change_are_stored_again(own: Index) -> None:
    both = [Document("red", "red tent"), Document("blue", "blue tent")]
    assert own.add(both, vectors=VECTORS).unchanged == 2
    added = own.add(both, vectors=VECTORS[::-1])
    assert (added.changed, added.unchanged) == (2, 0)
    assert own.check() == []


def test_vectors_of_any_library_are_taken_with_a_table(tmp_path: Path) -> None:
    table = pd.DataFrame({"id": ["a", "b"], "text": ["one", "two"], "year": [1, 2]})
    with Index.create(tmp_path / "x", "paraphrase", dim=2, similarity="dot") as index:
        index.add(table, vectors=pd.Series([np.array([2.0, 0]), np.array([0, 3.0])]), metadata=["year"])
        assert index.store.vectors(index.store.keys()).tolist() == [[2, 0], [0, 3]]
        assert index.get("b").metadata == {"year": 2}


def test_vectors_and_models_are_never_mixed(index: Index, own: Index) -> None:
    with pytest.raises(InputError):
        index.add(["text"], vectors=np.zeros((1, 512), np.float32))
    for act in (
        lambda: own.add(["text"]),
        lambda: own.add(["text"], vectors=VECTORS),
        lambda: own.add(["text"], vectors=[[1.0, 2.0]]),
        lambda: own.add(["text"], vectors=[[1.0, 2.0, float("nan")]]),
        lambda: own.search("red"),
        lambda: own.similar("red"),
    ):
        with pytest.raises(InputError):
            act()
    assert len(index) == 3
    assert len(own) == 2


@pytest.mark.parametrize(
    "given",
    [
        {"dim": 0},
        {"dim": 3, "model": "hashing"},
        {"dim": 3, "chunk_tokens": 5},
        {"dim": 3, "similarity": "euclid"},
        {"similarity": "dot"},
    ],
)
def test_an_index_has_a_model_or_a_dimension(tmp_path: Path, given: dict) -> None:
    with pytest.raises((InputError, ModelError)):
        Index.create(tmp_path / "x", "paraphrase", **given)
    assert list(tmp_path.iterdir()) == []


def test_names_that_no_folder_can_have_are_refused(tmp_path: Path) -> None:
    for wrong in ("", "..", "a\0b", None, 3, b"x"):
        with pytest.raises(InputError):
            Index.create(wrong, "paraphrase", model="hashing")  # type: ignore[arg-type]
    with pytest.raises(StoreError):
        Index.create(tmp_path / ("x" * 300), "paraphrase", model="hashing")
    with pytest.raises(StoreError):
        Index.open(tmp_path / ("x" * 300))


def test_everything_a_document_can_be_made_from_is_added(tmp_path: Path) -> None:
    with Index.create(tmp_path / "x", "enterprise-search", model="hashing") as index:
        index.add("One plain string.")
        index.add(["A list of strings.", "Another one."])
        index.add([{"id": "d1", "text": "A dict.", "title": "Dicts", "year": 2024}])
        index.add([("t1", "A tuple of id and text.")])
        index.add(document := Document("g0", "A single document."))
        index.add((f"g{n}", f"Generated text {n}.") for n in range(1, 4))
        assert len(index) == 9
        assert index.add(replace(document)).unchanged == 1
        assert index.get("d1").metadata == {"year": 2024}
