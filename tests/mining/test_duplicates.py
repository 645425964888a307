from pathlib import Path

import pytest
from helpers.entries import DIM, entry, vector

from askew.mining.duplicates import duplicates
from askew.progress import Progress
from askew.stores.local import LocalStore


@pytest.fixture
def store(tmp_path: Path):
    made = LocalStore.create(tmp_path / "x.askew", DIM, "m")
    made.write(
        [
            entry("a", ("a0", vector(1.0)), ("a1", vector(1.0))),
            entry("b", ("b0", vector(0.0, 1.0)), ("b1", vector(0.9))),
            entry("c", ("c0", vector(0.8))),
        ],
    )
    yield made
    made.close()


def test_two_documents_are_one_pair_by_their_best_passages_and_none_pairs_with_itself(store: LocalStore) -> None:
    found = duplicates(store, 0.75)
    assert [(pair.a, pair.b) for pair in found] == [("a", "b"), ("a", "c")]
    assert [pair.score for pair in found] == pytest.approx([0.9, 0.8])


def test_what_a_writer_takes_away_meanwhile_is_left_out(store: LocalStore) -> None:
    def meanwhile(_: Progress) -> None:
        store.delete(["b"])

    assert [(pair.a, pair.b) for pair in duplicates(store, 0.75, report=meanwhile)] == [("a", "c")]
