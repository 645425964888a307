"""The parity report against the same figures reckoned with numpy from vectors alone."""

import json
from pathlib import Path

import numpy as np
import pytest
from helpers.projected import Projected
from helpers.to_migrate import documents
from numpy.typing import NDArray

from askew.errors import InputError
from askew.index import Index
from askew.migration.migrate import ContractChange, begin, both, build, place_of_next
from askew.migration.parity import keep, kept, parity, void
from askew.migration.queries import drawn
from askew.types import Document, Role

K = 10
ASKED = [Document(f"q{n}", f"{document.text} river") for n, document in enumerate(documents(300)[::6])]
QRELS = {
    query.id: {f"d{n * 6 % 18 + 18 * j}": 1.0 for j in range(8)} | {f"d{n * 6}": 2.0} for n, query in enumerate(ASKED)
}
"""The document itself, and some that begin with the same word."""
TASK = "question-answering"
OLD, NEW = Projected(TASK, 200), Projected(TASK, 24)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    name = tmp_path / "book"
    with Index.create(name, TASK, encoder=OLD) as index:
        index.add(documents(300))
        index.store.set_note("weights", '{"dense": 1, "lexical": 1}')
        index.store.set_note("since-scale", "3")
        index.store.set_note("other", "x")
    begin(name, ContractChange(encoder=NEW))
    build(name, NEW)
    return name


def best(index: Index, k: int) -> NDArray[np.int64]:
    """Numbers of the k best documents of every query: (n, k)."""
    vectors = index.sealed.encode(Role.QUERY, "testing", [query.text for query in ASKED])
    passages = index.sealed.encode(Role.DOCUMENT, "testing", [document.text for document in documents(300)])
    return np.argsort(-(vectors @ passages.T), axis=1)[:, :k]


def ndcg(ranking: NDArray[np.int64], relevant: dict[str, float]) -> float:
    gains = np.array([relevant.get(f"d{number}", 0.0) for number in ranking])
    ideal = np.sort(list(relevant.values()))[::-1]
    discounts = 1 / np.log2(np.arange(2, 12))
    return float((gains * discounts).sum() / (ideal * discounts[: len(ideal)]).sum())


def test_overlap_and_ndcg_are_those_reckoned_by_hand(built: Path) -> None:
    with both(built, OLD, NEW) as (old, new):
        found = parity(old, new, drawn(ASKED, "a log"), K, qrels=QRELS)
        before, after = best(old, K), best(new, K)
    shared = np.array([len(np.intersect1d(*pair)) / K for pair in zip(before, after, strict=True)])
    by_id = {one.query: one for one in found.replayed}
    assert len(by_id) == found.asked == found.total == len(ASKED)
    for row, query in enumerate(ASKED):
        one = by_id[query.id]
        assert [hit.document for hit in one.old] == [f"d{number}" for number in before[row]]
        assert [hit.document for hit in one.new] == [f"d{number}" for number in after[row]]
        assert one.overlap == pytest.approx(shared[row])
    assert 0.05 < found.overlap < 0.95
    assert found.overlap == pytest.approx(shared.mean())
    assert found.interval.low < shared.mean() < found.interval.high
    spread = 1.96 * shared.std(ddof=1) / np.sqrt(len(shared))
    assert found.interval.high - found.interval.low == pytest.approx(2 * spread, rel=0.1)
    assert found.same_first == pytest.approx((before[:, 0] == after[:, 0]).mean())
    ordered = [one.overlap for one in found.replayed]
    assert ordered == sorted(ordered)
    [judged] = found.judged
    values = np.array(
        [[ndcg(ranking[row], QRELS[query.id]) for row, query in enumerate(ASKED)] for ranking in (before, after)]
    )
    assert (judged.old, judged.new) == (pytest.approx(values[0].mean()), pytest.approx(values[1].mean()))
    assert judged.compared.difference == pytest.approx(values[1].mean() - values[0].mean())
    assert judged.compared.lost == (values[1] < values[0] - 1e-12).sum() > 0
    assert judged.compared.won == (values[1] > values[0] + 1e-12).sum() > 0
    differing = np.flatnonzero(np.abs(values[0] - values[1]) > 1e-12)
    assert {one.query for one in judged.outcomes} == {ASKED[row].id for row in differing}
    changes = [one.new - one.old for one in judged.outcomes]
    assert changes == sorted(changes)


def test_both_sides_are_described_and_what_becomes_void_named(built: Path) -> None:
    with both(built, OLD, NEW) as (old, new):
        found = parity(old, new, drawn(ASKED, "a log"), 3)
        assert void(new) == ()
    assert (found.old.model, found.new.model) == ("projected-200", "projected-24")
    assert found.old.documents == found.new.documents == 300
    assert found.old.bytes > found.new.bytes > 0
    assert found.old.scale["best"] > found.old.scale["floor"] > found.old.scale["unrelated"]
    assert found.void == ("the note 'other'", "the weights of hybrid search: learn them anew with askew weights")
    assert found.judged == ()
    told = json.loads(json.dumps(found.as_json()))
    assert told["replayed"][0]["overlap"] == found.replayed[0].overlap
    assert len(told["replayed"][0]["old"]) == 3


def test_judged_queries_only_are_asked_where_there_are_judgements(built: Path) -> None:
    with both(built, OLD, NEW) as (old, new):
        found = parity(old, new, drawn(ASKED, "a log"), 3, qrels={"q1": {"d1": 1.0}})
        assert found.asked == 1
        assert len(found.replayed[0].old) == 3
        with pytest.raises(InputError, match="ids of the queries and of the judgements do not meet"):
            parity(old, new, drawn(ASKED, "a log"), qrels={"x": {"d1": 1.0}})
        with pytest.raises(InputError, match="nothing to measure"):
            parity(old, new, drawn(ASKED, "a log"), qrels={"q1": {"d1": 0.0}})


def test_words_rank_alike_whatever_the_model(built: Path) -> None:
    with both(built, OLD, NEW) as (old, new):
        found = parity(old, new, drawn(ASKED, "a log"), 5, "lexical")
    assert (found.overlap, found.same_first, found.old.scale, found.mode) == (1.0, 1.0, {}, "lexical")


def test_what_was_measured_is_kept_without_what_was_asked(built: Path) -> None:
    place = place_of_next(built)
    assert kept(place) == {}
    with both(built, OLD, NEW) as (old, new):
        found = parity(old, new, drawn(ASKED, "a log"), 3, qrels=QRELS)
    keep(place, found)
    assert (kept(place)["overlap"], kept(place)["k"]) == (found.overlap, 3)
    assert "river" not in (place / "parity.json").read_text()
    (place / "parity.json").write_text("{")
    assert kept(place) == {}
