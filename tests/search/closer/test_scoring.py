from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry, vector

from askew.search.ranking import dense, mean_of_best
from askew.stores.local import LocalStore


def test_several_good_passages_can_beat_one_that_is_better(tmp_path: Path) -> None:
    store = LocalStore.create(tmp_path / "x.askew", DIM, "m")
    store.write(
        [
            entry("peak", ("p0", vector(0.9)), ("p1", vector(0.1)), ("p2", vector(0.0))),
            entry("broad", ("b0", vector(0.7)), ("b1", vector(0.5)), ("b2", vector(0.6))),
            entry("short", ("s0", vector(0.65))),
        ]
    )
    query = np.array(vector(1.0), np.float32)
    [ranking] = dense(store, query[None], 3)
    assert [entry.document for entry in ranking] == ["peak", "broad", "short"]
    means = mean_of_best(store, query, ranking, 2, 3)
    assert [entry.document for entry in means] == ["broad", "short", "peak"]
    assert [entry.score for entry in means] == pytest.approx([0.65, 0.65, 0.5])
    assert [entry.key for entry in means] == [3, 6, 0]
    threes = mean_of_best(store, query, ranking, 3, 2)
    assert [entry.document for entry in threes] == ["short", "broad"]
    assert [entry.score for entry in threes] == pytest.approx([0.65, 0.6])
    assert mean_of_best(store, query, [], 2, 3) == []
    store.close()
