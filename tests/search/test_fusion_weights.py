import json
from pathlib import Path

import ir_measures
import numpy as np
import pytest
from helpers.entries import DIM
from ir_measures import nDCG

from askew.errors import InputError
from askew.search.hybrid import (
    ChannelRanking,
    FusionWeights,
    gain,
    learn_weights,
    read_weights,
    tried_weights,
    write_weights,
)
from askew.search.ranking import Ranked
from askew.stores.local.store import LocalStore


def ranking(*documents: str) -> list[Ranked]:
    return [Ranked(document, 0, 9.0 - i) for i, document in enumerate(documents)]


def half(*documents: str) -> ChannelRanking:
    return ChannelRanking(ranking(*documents))


def test_the_better_half_weighs_more() -> None:
    words_right = [(half("x", "y"), half("a", "b"))] * 3
    learned = learn_weights(words_right, [{"a": 1}] * 3)
    assert learned.lexical > learned.dense
    assert (learned.fused, learned.lexical_alone, learned.dense_alone, learned.queries) == (1, 1, 0, 3)
    assert learned.dense + learned.lexical == pytest.approx(1)


def test_both_halves_are_kept_where_each_knows_something() -> None:
    pairs = [(half("a", "x"), half("y", "z")), (half("p", "b"), half("b", "q"))]
    learned = learn_weights(pairs, [{"a": 1}, {"b": 1}])
    assert 0 < learned.dense < 1
    assert learned.fused >= max(learned.dense_alone, learned.lexical_alone)


def test_three_channels_are_weighed_together() -> None:
    rankings = [(half("x", "a"), half("y", "a"), half("a", "x"))] * 2
    learned = learn_weights(rankings, [{"a": 1}] * 2)
    assert (learned.fused, learned.sparse_alone) == (1, 1)
    assert learned.dense_alone == learned.lexical_alone < 1
    assert learned.dense + learned.lexical + learned.sparse == pytest.approx(1)
    assert learned.sparse > max(learned.dense, learned.lexical)


def test_the_weights_tried_sum_to_one_and_have_each_channel_alone() -> None:
    for channels, count in ((2, 21), (3, 66)):
        tried = tried_weights(channels)
        assert tried.shape == (count, channels)
        assert tried.sum(axis=1) == pytest.approx(1)
        assert (tried.max(axis=1) == 1).sum() == channels


def test_the_gain_is_that_of_ir_measures() -> None:
    random = np.random.default_rng(5)
    for _ in range(40):
        names = [f"d{i}" for i in random.permutation(30)]
        judged = {f"d{i}": int(random.integers(-1, 4)) for i in range(0, 30, 3)}
        judged["d0"] = 2
        run = {"q": {name: 30.0 - i for i, name in enumerate(names[:20])}}
        expected = ir_measures.calc_aggregate([nDCG @ 10], {"q": judged}, run)[nDCG @ 10]
        assert gain(ranking(*names[:20]), judged) == pytest.approx(expected, abs=1e-9)


def test_a_query_without_an_answer_gains_nothing() -> None:
    assert gain(ranking("a"), {}) == gain(ranking("a"), {"a": 0}) == gain([], {"a": 1}) == 0


def test_what_was_learned_is_kept_with_the_store(tmp_path: Path) -> None:
    store = LocalStore.create(tmp_path / "x.askew", DIM, "m")
    assert read_weights(store) == (1.0, 1.0)
    write_weights(store, FusionWeights(0.7, 0.3, 0.9, 0.8, 0.5, 12))
    assert read_weights(store) == (0.7, 0.3)
    write_weights(store, FusionWeights(0.5, 0.3, 0.9, 0.8, 0.5, 12, 0.2, 0.6))
    assert read_weights(store, sparse=True) == (0.5, 0.3, 0.2)
    store.set_note("weights", json.dumps({"dense": 0.6, "lexical": 0.4, "scale": "evidence"}))
    assert read_weights(store, sparse=True) == (0.6, 0.4, 0.5)  # learned by an askew that knew two
    store.close()


def test_weights_that_an_older_askew_learned_for_other_scores_do_not_count(tmp_path: Path) -> None:
    store = LocalStore.create(tmp_path / "x.askew", DIM, "m")
    store.set_note("weights", json.dumps(vars(FusionWeights(0.9, 0.1, 0.9, 0.8, 0.5, 12))))
    assert read_weights(store) == (1.0, 1.0)
    store.close()


def test_where_no_ranking_has_a_relevant_document_nothing_is_learned() -> None:
    for judged in ({}, {"a": 0}, {"elsewhere": 1}):
        with pytest.raises(InputError):
            learn_weights([(half("a"), half("b"))], [judged])
