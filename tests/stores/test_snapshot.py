from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry, vector

from askew.stores import snapshot, tuning
from askew.stores.local import LocalStore
from askew.stores.snapshot import words


def test_the_words_of_a_passage_are_title_heading_and_text() -> None:
    assert words("Title", "", "text") == "Title\ntext"
    assert words("", "A › B", "text") == "A › B\ntext"


def test_a_view_is_kept_until_something_changes(tmp_path: Path) -> None:
    writer = LocalStore.create(tmp_path / "store.askew", DIM, "m")
    writer.write([entry("a", ("red", vector(1)))])
    reader = LocalStore.open(tmp_path / "store.askew")
    first = reader._view()
    assert reader._view() is first
    writer.write([entry("b", ("blue", vector(0, 1)))])
    second = reader._view()
    assert (first.vectors.shape[0], second.vectors.shape[0]) == (1, 2)
    writer.delete(["a"])
    third = reader._view()
    assert (second.alive.tolist(), third.alive.tolist()) == ([True, True], [False, True])
    writer.close()
    reader.close()


def test_the_first_query_over_few_bytes_needs_no_approximate_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuning, "PATIENCE", 0.0)
    rows = np.random.default_rng(1).normal(size=(5000, DIM)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    with_index = LocalStore.create(tmp_path / "store.askew", DIM, "m")
    with_index.write([entry(f"d{i}", ("w", row)) for i, row in enumerate(rows)])
    with_index.optimise()
    with_index.close()

    def loaded(limit: int, *sizes: int) -> list[bool]:
        monkeypatch.setattr(snapshot, "LOADING", limit)
        store = LocalStore.open(tmp_path / "store.askew")
        found = []
        for size in sizes:
            assert store.nearest(rows[:size], 1).keys[:, 0].tolist() == list(range(size))
            found.append("ivf" in vars(store._view().file))
        store.close()
        return found

    assert loaded(rows.nbytes, 1, 1) == [False, True]
    assert loaded(rows.nbytes, 2) == [True]
    assert loaded(rows.nbytes - 1, 1) == [True]
