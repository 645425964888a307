"""Parity figures, against numpy on the vectors."""

import json
from pathlib import Path

import numpy as np
import pytest
from helpers.projected import Projected
from helpers.to_migrate import answer, documents
from numpy.typing import NDArray

from askew.errors import InputError
from askew.index import Index
from askew.migration.change import ContractChange
from askew.migration.parity import (
    BATCH,
    CHANGED,
    HITS,
    Replayed,
    ReplayedHits,
    document_titles,
    keep,
    kept,
    most_changed,
    parity,
    replay,
    sampled,
    score_scale,
    void,
)
from askew.migration.steps import begin, both, build, place_of_next
from askew.progress import Progress
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
        for note in ("estimate", "since-estimate", "edits", "touched", "version"):  # of an FAQ
            index.store.set_note(note, "3")
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


def test_overlap_and_ndcg_match_numpy(built: Path) -> None:
    with both(built, OLD, NEW) as (old, new):
        found = parity(old, new, sampled(ASKED, "a log"), K, qrels=QRELS)
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


def test_both_indexes_are_described_and_void_settings_listed(built: Path) -> None:
    with both(built, OLD, NEW) as (old, new):
        found = parity(old, new, sampled(ASKED, "a log"), 3)
        assert void(new) == ()
    assert (found.old.model, found.new.model) == ("projected-200", "projected-24")
    assert found.old.documents == found.new.documents == 300
    assert found.old.bytes > found.new.bytes > 0
    assert found.old.scale["best"] > found.old.scale["floor"] > found.old.scale["unrelated"]
    assert [name.partition(":")[0] for name in found.void] == [
        "the estimate of the FAQ's scores",
        "the note 'other'",
        "the weights of hybrid search",
    ]
    assert found.judged == ()
    told = json.loads(json.dumps(found.as_json()))
    assert told["replayed"][0]["overlap"] == found.replayed[0].overlap
    assert len(told["replayed"][0]["old"]) == 3


def test_with_judgements_only_judged_queries_are_replayed(built: Path) -> None:
    with both(built, OLD, NEW) as (old, new):
        found = parity(old, new, sampled(ASKED, "a log"), 3, qrels={"q1": {"d1": 1.0}})
        assert found.asked == 1
        assert len(found.replayed[0].old) == 3
        with pytest.raises(InputError):
            parity(old, new, sampled(ASKED, "a log"), qrels={"x": {"d1": 1.0}})
        with pytest.raises(InputError):
            parity(old, new, sampled(ASKED, "a log"), qrels={"q1": {"d1": 0.0}})


def test_lexical_search_does_not_depend_on_the_model(built: Path) -> None:
    with both(built, OLD, NEW) as (old, new):
        found = parity(old, new, sampled(ASKED, "a log"), 5, "lexical")
    assert (found.overlap, found.same_first, found.old.scale, found.mode) == (1.0, 1.0, {}, "lexical")


def test_figures_are_stored_without_the_queries(built: Path) -> None:
    place = place_of_next(built)
    assert kept(place) == {}
    with both(built, OLD, NEW) as (old, new):
        found = parity(old, new, sampled(ASKED, "a log"), 3, qrels=QRELS)
    keep(place, found)
    assert (kept(place)["overlap"], kept(place)["k"]) == (found.overlap, 3)
    assert "river" not in (place / "parity.json").read_text()
    (place / "parity.json").write_text("{")
    assert kept(place) == {}


@pytest.fixture
def two_models(book: Path, card: str) -> Path:
    begin(book, ContractChange(model=card))
    build(book)
    return book


def found(*ids: str) -> tuple[ReplayedHits, ...]:
    return tuple(ReplayedHits(id, 1.0) for id in ids)


def test_overlap_is_the_share_found_by_both() -> None:
    assert Replayed("q", "", found("a", "b", "c", "d"), found("d", "x", "a", "y")).overlap == 0.5
    assert Replayed("q", "", found("a"), found("a", "b")).overlap == 0.5
    assert Replayed("q", "", (), found("a")).overlap == 0
    assert Replayed("q", "", (), ()).overlap == 1
    assert Replayed("q", "", (), ()).same_first
    assert not Replayed("q", "", found("a", "b"), found("b", "a")).same_first


@pytest.mark.parametrize("mode", ["dense", "lexical", "hybrid"])
def test_replay_returns_the_rankings_of_each_index(two_models: Path, mode: str) -> None:
    queries = documents(BATCH + 5)
    told: list[Progress] = []
    with both(two_models) as (old, new):
        replayed = replay(old, new, queries, 7, mode, told.append)
        for index, side in ((old, "old"), (new, "new")):
            ranked = index.rank([query.text for query in queries], 7, mode=mode)
            assert [[(hit.document, hit.score) for hit in getattr(one, side)] for one in replayed] == [
                [(hit.document, pytest.approx(hit.score, abs=1e-6)) for hit in ranking] for ranking in ranked
            ]
        alone = answer(old, queries[9].text, 7, mode)
        assert [(found.document, pytest.approx(found.score, abs=1e-5)) for found in replayed[9].old] == alone
    assert [one.query for one in replayed] == [query.id for query in queries]
    assert [step.done for step in told] == [BATCH, BATCH + 5]


def test_the_score_scale_matches_numpy(two_models: Path) -> None:
    queries = documents(20)
    texts = [query.text for query in queries]
    with both(two_models) as (old, new):
        replayed = replay(old, new, queries, 3)
        told = score_scale(new, texts, [one.new for one in replayed])
        vectors = new.sealed.encode(Role.QUERY, "testing", texts)
        passages = new.sealed.encode(Role.DOCUMENT, "testing", [document.text for document in documents(300)])
    scores = vectors @ passages.T
    ordered = np.sort(scores, axis=1)[:, ::-1]
    assert told.best == pytest.approx(np.median(ordered[:, 0]), abs=1e-6)
    assert told.last == pytest.approx(np.median(ordered[:, 2]), abs=1e-6)
    assert told.unrelated == pytest.approx(np.median(scores), abs=1e-6)
    assert told.floor == pytest.approx(np.quantile(scores, 0.99), abs=1e-6)


def test_unchanged_queries_are_left_out() -> None:
    same, order, other = (
        Replayed("1", "a", found("x", "y"), found("x", "y")),
        Replayed("2", "b", found("x", "y"), found("y", "x")),
        Replayed("3", "c", found("x", "y"), found("z")),
    )
    assert most_changed([other, order, same]) == [other, order]
    assert len(most_changed([other] * 50)) == CHANGED


def test_documents_have_a_title_or_their_beginning(tmp_path: Path) -> None:
    with (
        Index.create(tmp_path / "old", "question-answering", model="hashing") as old,
        Index.create(tmp_path / "new", "question-answering", model="hashing") as new,
    ):
        old.add([Document("t", "some text", title="Title"), Document("long", "word " * 100)])
        new.add([Document("n", "in the\nnew one only")])
        deep = ["t", "long", "x", "deeper"]
        known = document_titles(old, new, [Replayed("q", "q", found(*deep), found("n", "t"))])
    assert HITS == 3
    assert known == {"t": "Title", "n": "in the new one only", "long": " ".join(["word"] * 23) + " …"}
