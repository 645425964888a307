"""NUDGE: its shifts beside a search for better ones, and what it does to documents that it saw and did not see."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from askew import Document, Index, InputError, adapt, migrate
from askew.similarity import normalise
from askew.stores.shifts import StoredShifts
from askew.training.nudge import BOUNDS, M, N, nudged

pytest.importorskip("scipy")

PLACES = np.arange(5)


def given() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    vectors, queries = (normalise(rng.normal(size=(n, 8)).astype(np.float32)) for n in (5, 12))
    return vectors, queries, np.stack([np.arange(12), np.arange(12) % 5], axis=1)


@pytest.mark.parametrize("method", [M, N])
def test_no_allowed_shift_brings_a_document_nearer_to_its_queries(method: str) -> None:
    vectors, queries, pairs = given()
    rng = np.random.default_rng(1)
    for shifts in nudged(method, vectors, PLACES, queries, pairs):
        moved = shifts.vectors - vectors
        assert (np.linalg.norm(moved, axis=1) <= shifts.bound + 1e-5).all()
        if method == N:
            assert np.linalg.norm(shifts.vectors, axis=1) == pytest.approx(1, abs=1e-5)
        for passage in range(5):
            pull = queries[pairs[pairs[:, 1] == passage, 0]].sum(axis=0)
            tried = shifts.bound * normalise(rng.normal(size=(4000, 8)).astype(np.float32))
            others = vectors[passage] + tried
            if method == N:
                others = normalise(others)
                others = others[np.linalg.norm(others - vectors[passage], axis=1) <= shifts.bound]
            assert (others @ pull).max(initial=-9) <= shifts.vectors[passage] @ pull + 1e-5


@pytest.mark.parametrize("method", [M, N])
def test_a_passage_that_no_query_pulls_does_not_move(method: str) -> None:
    vectors, queries, pairs = given()
    for shifts in nudged(method, vectors, PLACES, queries, pairs[pairs[:, 1] != 3]):
        assert shifts.places.tolist() == [0, 1, 2, 4]
        assert len(shifts.vectors) == 4


def test_a_pull_straight_backwards_leaves_a_vector_of_length_one() -> None:
    vector = np.array([[1, 0, 0]], np.float32)
    for shifts in nudged(N, vector, np.arange(1), -vector, np.array([[0, 0]])):
        assert np.linalg.norm(shifts.vectors, axis=1) == pytest.approx(1)


def test_a_large_bound_turns_a_document_to_its_queries() -> None:
    vectors, queries, pairs = given()
    *_, last = nudged(N, vectors, PLACES, queries, pairs)
    assert last.bound == BOUNDS[-1] == 1.4
    wanted = normalise(np.stack([queries[pairs[pairs[:, 1] == one, 0]].sum(axis=0) for one in range(5)]))
    near = np.linalg.norm(wanted - vectors, axis=1) <= 1.4
    assert near.any()
    assert last.vectors[near] == pytest.approx(wanted[near], abs=1e-5)


@pytest.fixture
def asked(tmp_path: Path) -> tuple[Path, dict[str, str], dict[str, dict[str, float]]]:
    """Each document is asked for in words of which it has none, the same ones every time."""
    names = [f"w{n}" for n in range(40)]
    with Index.create(tmp_path / "book", "question-answering", model="hashing") as index:
        index.add([Document(f"d{n}", f"the page of {name} and its number") for n, name in enumerate(names)])
    queries = {f"q{n}": f"other{n % 40} word{n % 40} of number {n}" for n in range(600)}
    return tmp_path / "book", queries, {f"q{n}": {f"d{n % 40}": 1.0} for n in range(600)}


def test_documents_that_were_judged_gain_and_the_others_are_reported_apart(
    asked: tuple[Path, dict[str, str], dict[str, dict[str, float]]],
) -> None:
    name, queries, qrels = asked
    found = adapt(name, queries, qrels, method=N)
    assert found.method == N
    assert found.seen is not None
    assert found.unseen is not None
    assert found.seen.compared.difference > 0.3
    withheld = {change.text for change in found.unseen.changes}
    assert not withheld & {change.text for change in found.seen.changes}
    assert found.unseen.compared.difference < 0.1
    assert found.verdict.forgetting == (found.unseen,)
    assert found.folder is not None
    shifts = json.loads((found.folder / "shifts.json").read_text("utf-8"))
    vectors = load_file(found.folder / "shifts.safetensors")["vectors"]
    assert len(shifts["passages"]) == len(vectors) == 36
    with Index.open(name) as index:
        assert shifts["fingerprint"] == index.contract.encoder.fingerprint
        assert index.store.digests([shifts["passages"][0][0]]) == {shifts["passages"][0][0]: shifts["passages"][0][2]}


def test_shifts_are_put_into_an_index_and_taken_back(
    asked: tuple[Path, dict[str, str], dict[str, dict[str, float]]],
) -> None:
    name, queries, qrels = asked
    folder = adapt(name, queries, qrels, method=N).folder
    assert folder is not None
    made = StoredShifts.load(folder)
    moved = migrate(name, shifts=folder, switch=True)
    assert (moved.written, moved.copied, moved.switched) == (0, 40, True)
    with Index.open(name, writable=True) as index:
        assert index.contract.shifts == made.digest
        assert index.check() == []
        keys = index.store.keys().tolist()
        rows = dict(zip(index.store.owners(keys), index.store.vectors(keys), strict=True))
        for (document, _, _), vector in zip(made.passages, made.vectors, strict=True):
            assert np.array_equal(rows[document], vector)
        first = made.passages[0][0]
        index.add([Document(first, "another text"), Document("late", "the page of w99 and its number")])
        assert not np.array_equal(index.store.vectors(list(index.store.extents([first])[0]))[0], rows[first])
    migrate(name, drop_old=True)
    with pytest.raises(InputError, match="already"):
        migrate(name, shifts=folder)


def test_going_back_from_shifts_brings_the_vectors_back(
    asked: tuple[Path, dict[str, str], dict[str, dict[str, float]]],
) -> None:
    name, queries, qrels = asked
    folder = adapt(name, queries, qrels, method=N).folder
    assert folder is not None
    with Index.open(name) as index:
        before = index.store.vectors(index.store.keys())
    migrate(name, shifts=folder, switch=True)
    migrate(name, back=True)
    with Index.open(name) as index:
        assert index.contract.shifts == ""
        assert np.array_equal(index.store.vectors(index.store.keys()), before)


def test_shifts_of_another_model_and_damaged_ones_are_refused(
    asked: tuple[Path, dict[str, str], dict[str, dict[str, float]]], tmp_path: Path
) -> None:
    name, queries, qrels = asked
    folder = adapt(name, queries, qrels, method=M, force=True).folder
    assert folder is not None
    with Index.create(tmp_path / "other", "question-answering", model="hashing", chunk_tokens=20) as index:
        index.add([Document("d1", "something")])
    with pytest.raises(InputError, match="alone"):
        migrate(name, shifts=folder, overlap=3)
    made = StoredShifts.load(folder)
    (tmp_path / "odd").mkdir()
    replace(made, fingerprint="x").save(tmp_path / "odd")
    with pytest.raises(InputError, match="another model"):
        migrate(name, shifts=tmp_path / "odd")
    (tmp_path / "odd" / "shifts.safetensors").write_bytes(b"no")
    for place in (tmp_path / "odd", tmp_path / "none"):
        with pytest.raises(InputError, match="no shifts"):
            migrate(name, shifts=place)
