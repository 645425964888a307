from pathlib import Path

import numpy as np
import pytest
from helpers.themes import themed

from askew.cli.cluster import Themes, compared, how, text_of, themes
from askew.cli.corpus import ComparedTexts, corpus
from askew.documents.fields import Fields
from askew.errors import InputError, UnknownNameError
from askew.index import Index
from askew.mining.clusters.settings import Settings
from askew.types import Document

GIVEN = ComparedTexts(Fields(), None, False, "article-similarity", "hashing", role="document")


def found(path: Path, settings: Settings, labels: str | None = None) -> Themes:
    with corpus(str(path), GIVEN, True) as texts:
        return themes(texts, settings, labels, quiet=True)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    texts, _, truth = themed(each=8, subjects=3)
    lines = [
        f"{text},{'abc'[subject] if i > 2 else ''}" for i, (text, subject) in enumerate(zip(texts, truth, strict=True))
    ]
    (tmp_path / "rows.csv").write_text("\n".join(["text,topic", *lines]))
    return tmp_path / "rows.csv"


def test_a_sentence_tells_how(rows: Path) -> None:
    assert how(found(rows, Settings(clusters=3))) == "3 clusters of 24 texts, by kmeans."
    chosen = how(found(rows, Settings()))
    assert chosen == "3 clusters of 24 texts, by kmeans; of 2 to 4 clusters, 3 have the best silhouette."
    told = how(found(rows, Settings("communities", threshold=0.99)))
    assert told == "0 clusters of 24 texts, by communities at 0.99 or more."


def test_a_field_of_labels_is_compared_where_there_is_one(rows: Path) -> None:
    made = found(rows, Settings(clusters=3), "topic")
    assert made.agreement is not None
    assert made.agreement.labelled == 21
    assert (
        compared(made.agreement, "topic") == "against topic: V-measure 1.000, ARI 1.000, NMI 1.000 (21 texts, 3 labels)"
    )
    with pytest.raises(UnknownNameError, match="Did you mean topic"):
        found(rows, Settings(clusters=3), "topics")


def test_without_fields_there_is_nothing_to_compare(tmp_path: Path) -> None:
    (tmp_path / "lines.txt").write_text("red tent\nblue tent\ngas stove\n")
    with pytest.raises(InputError, match="no fields of their own"):
        found(tmp_path / "lines.txt", Settings(clusters=2), "topic")


def test_of_a_document_in_passages_the_mean_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pages = [f"# A\n\n{'red tents and pegs. ' * 30}", f"# B\n\n{'gas for a stove. ' * 30}", "red tents", "gas stove"]
    with Index.create("x", "question-answering", model="hashing", chunk_tokens=16) as index:
        index.add([Document(f"d{i}", text) for i, text in enumerate(pages)])
        assert index.sizes().passages > 8
    made = found(Path("x"), Settings(clusters=2))
    assert made.vectors.shape[0] == 4
    assert np.linalg.norm(made.vectors, axis=1) == pytest.approx(np.ones(4))
    first, second, third, fourth = made.clustering.labels.tolist()
    assert first == third != second == fourth


def test_a_title_is_part_of_what_is_shown() -> None:
    assert text_of(Document("a", "text", "Title")) == "Title · text"
    assert text_of(Document("a", "text")) == "text"
