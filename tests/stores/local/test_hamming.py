from pathlib import Path

import numpy as np
import pytest

from askew.quantisation import Precision, RowFormat
from askew.stores import Entry
from askew.stores.flat import Found, nearest
from askew.stores.local import hamming
from askew.stores.local.store import LocalStore
from askew.types import Document, Passage

DIM = 64
ROWS = 4000


def given(count: int = ROWS) -> np.ndarray:
    """Rows around common centres: rows without any neighbours are nobody's texts."""
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(40, DIM))[rng.integers(40, size=count)] + 0.5 * rng.normal(size=(count, DIM))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def filled(folder: Path, rows: np.ndarray) -> LocalStore:
    store = LocalStore.create(folder, DIM, "m", precision=Precision.BINARY)
    entries = []
    for number, row in enumerate(rows):
        document = Document(f"d{number}", "x", metadata={"even": number % 2 == 0, "few": number < 50})
        entries.append(Entry(document, "d", [Passage(document.id, 0, 0, 1, "x")], row[None], 1, 1))
    store.write(entries)
    return store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    return filled(tmp_path_factory.mktemp("stores") / "x.askew", given())


def stored(rows: np.ndarray) -> np.ndarray:
    form = RowFormat(DIM, Precision.BINARY)
    return form.decode(form.encode(rows))


def shared(found: np.ndarray, truth: Found) -> float:
    pairs = zip(found.tolist(), truth.rows.tolist(), strict=True)
    return float(np.mean([len(set(a) & set(b)) / len(b) for a, b in pairs]))


def test_candidates_are_rescored_on_the_stored_vectors(store: LocalStore) -> None:
    queries = given()[:50]
    found = store.nearest(queries, 10)
    assert shared(found.keys, nearest(stored(given()), queries, 10)) > 0.97
    scores = np.einsum("ikj,ij->ik", stored(given())[found.keys], queries)
    assert found.scores == pytest.approx(scores, abs=1e-6)
    assert (np.diff(found.scores, axis=1) <= 0).all()
    again = store.nearest(queries[7:8], 10)
    assert again.keys.tolist() == found.keys[7:8].tolist()


def test_of_few_rows_all_are_scored(store: LocalStore) -> None:
    found = store.nearest(given()[:5], 10, {"few": True})
    truth = nearest(stored(given()[:50]), given()[:5], 10)
    assert found.keys.tolist() == truth.rows.tolist()


def test_a_filter_holds_for_candidates(store: LocalStore) -> None:
    found = store.nearest(given()[:20], 10, {"even": True})
    assert (found.keys % 2 == 0).all()
    truth = nearest(stored(given()), given()[:20], 10, np.arange(ROWS) % 2 == 0)
    assert shared(found.keys, truth) > 0.97


def test_the_recall_is_measured_and_kept(store: LocalStore) -> None:
    assert store.facts()["method"] == "hamming"
    assert "recall" not in store.facts()
    store.optimise()
    facts = store.facts()
    assert facts["recall"] >= 0.95
    assert (facts["rows"], facts["recall_asked"], facts["rescored"]) == (ROWS, 0.99, hamming.LADDER[0])
    assert facts["stored"]["precision"] == "binary"
    assert (facts["stored"]["rows"], facts["stored"]["queries"]) == (ROWS, 500)
    assert 0.5 < facts["stored"]["recall"] < 1
    assert store.check() == []


def test_the_signs_of_any_dimension_make_whole_words() -> None:
    for width in (1, 7, 8, 9):
        signs = np.random.default_rng(1).integers(0, 256, size=(3, width)).astype(np.uint8)
        assert np.bitwise_count(hamming._words(signs)).sum() == np.unpackbits(signs).sum()
