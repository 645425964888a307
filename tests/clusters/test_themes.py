from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.themes import same_partition, themed

from askew.clusters import themes as module
from askew.clusters.themes import COLUMNS, Themes, means, text_of
from askew.compare import cluster
from askew.dedup.exact.vectors import InMemory
from askew.errors import InputError, UnknownNameError
from askew.index import Index
from askew.similarity import Similarity
from askew.types import Document

TEXTS, _, TRUTH = themed(each=8, subjects=3)
ROWS = [
    {"text": text, "topic": "abc"[topic] if n > 2 else None}
    for n, (text, topic) in enumerate(zip(TEXTS, TRUTH, strict=True))
]


def test_texts_are_clustered_named_and_measured() -> None:
    found = cluster(["red tent", "blue tent", "gas stove", "fuel stove"], clusters=2, model="hashing")
    assert found.labels.tolist() == [0, 0, 1, 1]
    assert [group.name for group in found.clusters] == ["red tent", "gas stove"]
    assert found.silhouette == pytest.approx(0.5, abs=0.01)
    assert [document.id for document in found.documents_of(1)] == ["2", "3"]
    assert found.outliers == []
    assert repr(found).startswith("Themes(2 clusters of 4 texts, by kmeans; ")


def test_the_real_model_separates_themes() -> None:
    inbox = [
        "My parcel has not arrived.",
        "Where is my delivery?",
        "The courier lost my parcel.",
        "How do I reset my password?",
        "I cannot log in.",
        "My account is locked.",
        "I want my money back.",
        "When will I get my refund?",
    ]
    found = cluster(inbox, clusters=3)
    assert same_partition(found.labels, [0, 0, 0, 1, 1, 1, 2, 2])
    assert found.silhouette > 0.3


def test_the_number_of_clusters_is_chosen() -> None:
    found = cluster(TEXTS, model="hashing")
    assert same_partition(found.labels, TRUTH)
    assert set(found.clustering.tried) == {2, 3, 4}
    assert found.summary().startswith("3 clusters of 24 texts, by kmeans; of 2 to 4 clusters, 3 ")
    none = cluster(TEXTS, method="communities", threshold=0.99, model="hashing")
    assert none.summary() == "0 clusters of 24 texts, by communities at 0.99 or more."
    assert none.outliers == list(range(24))


def test_labels_are_a_field_or_a_list() -> None:
    by_field = cluster(ROWS, clusters=3, labels="topic", model="hashing").agreement
    by_list = cluster(TEXTS, clusters=3, labels=[row["topic"] or "" for row in ROWS], model="hashing").agreement
    assert by_field is not None
    assert by_field == by_list
    assert (by_field.labelled, by_field.classes) == (21, 3)
    assert by_field.ari == pytest.approx(1)
    gaps = [row["topic"] or gap for row, gap in zip(ROWS, [None, float("nan"), ""] * 8, strict=True)]
    assert cluster(TEXTS, clusters=3, labels=gaps, model="hashing").agreement == by_field
    with pytest.raises(UnknownNameError):
        cluster(ROWS, clusters=3, labels="topics", model="hashing")
    with pytest.raises(InputError):
        cluster(TEXTS, clusters=3, labels="topic", model="hashing")
    with pytest.raises(InputError):
        cluster(TEXTS, clusters=3, labels=["a", "b"], model="hashing")


def test_a_table_has_each_text_once_with_its_metadata() -> None:
    rows = [{"text": text, "title": "T", "score": n} for n, text in enumerate(TEXTS)]
    found = cluster(rows, clusters=3, model="hashing")
    table = found.to_pandas()
    assert isinstance(table, pd.DataFrame)
    assert list(table.columns) == [*COLUMNS, "metadata.score"]
    assert table["cluster"].tolist() == found.labels.tolist()
    assert table["metadata.score"].tolist() == list(range(24))
    assert [row["id"] for row in found.to_dicts()] == [str(n) for n in range(24)]
    assert "title" not in cluster(TEXTS, clusters=3, model="hashing").columns()
    assert "<table>" in found._repr_html_()


def test_a_document_in_passages_counts_by_their_mean(tmp_path: Path) -> None:
    pages = [f"# A\n\n{'red tents and pegs. ' * 30}", f"# B\n\n{'gas for a stove. ' * 30}", "red tents", "gas stove"]
    with Index.create(tmp_path / "x", "question-answering", model="hashing", chunk_tokens=16) as index:
        index.add([Document(f"d{i}", text, metadata={"n": i}) for i, text in enumerate(pages)])
        assert index.sizes().passages > 8
        found = cluster(index, clusters=2)
        part = cluster(index, clusters=1, where={"n": {"$gt": 1}})
        with pytest.raises(InputError):
            cluster(index, where={"n": 9})
    assert [document.id for document in part.documents] == ["d2", "d3"]
    assert found.vectors.shape == (4, found.contract.encoder.dim)
    assert np.linalg.norm(found.vectors, axis=1) == pytest.approx(np.ones(4))
    assert same_partition(found.labels, [0, 1, 0, 1])
    assert cluster(str(tmp_path / "x"), clusters=2).labels.tolist() == found.labels.tolist()


@pytest.mark.parametrize("name", ["map.html", "map.png"])
def test_a_map_is_drawn(tmp_path: Path, name: str) -> None:
    found = cluster(TEXTS, clusters=3, model="hashing")
    size = found.save_map(tmp_path / name, title="Gear")
    data = (tmp_path / name).read_bytes()
    assert len(data) == size
    assert (b"<h1>Gear</h1>" in data) == name.endswith("html")
    for wrong in (tmp_path / "map.pdf", tmp_path / "none" / "map.png"):
        with pytest.raises(InputError):
            found.save_map(wrong)


@pytest.mark.parametrize(
    "arguments", [{"clusters": 99}, {"method": "kmeens"}, {"method": "hdbscan", "clusters": 2}, {"where": {"a": 1}}]
)
def test_arguments_that_cannot_be_met_are_input_errors(arguments: dict[str, object]) -> None:
    with pytest.raises(InputError):
        cluster(TEXTS, model="hashing", **arguments)
    with pytest.raises(InputError):
        cluster([], model="hashing")


def test_a_title_is_part_of_the_text() -> None:
    assert text_of(Document("a", "text", "Title")) == "Title · text"
    assert text_of(Document("a", "text")) == "text"


def test_results_do_not_compare_or_print_their_vectors() -> None:
    found = cluster(TEXTS, clusters=3, model="hashing")
    assert isinstance(found, Themes)
    assert len(repr(found)) < 160


VECTORS = np.array([[1, 0], [0, 1], [0, 3], [4, 0], [0, 1]], np.float32)
OWNERS = np.array([0, 0, 1, 1, 0])


@pytest.mark.parametrize("rows", [1, 2, 100])
def test_the_mean_of_a_documents_passages(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS", rows)
    assert means(InMemory(VECTORS), OWNERS, 2, Similarity.DOT) == pytest.approx(np.array([[1 / 3, 2 / 3], [2, 1.5]]))


def test_by_cosine_it_has_length_one() -> None:
    made = means(InMemory(VECTORS), OWNERS, 2, Similarity.COSINE)
    assert np.linalg.norm(made, axis=1) == pytest.approx([1, 1])
    assert made[1] == pytest.approx([0.8, 0.6])
    assert made.dtype == np.float32
