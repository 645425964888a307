from pathlib import Path

import numpy as np
import pytest
from helpers.to_migrate import answer, documents

from askew.migration.migrate import ContractChange, begin, both, build
from askew.migration.parity import BATCH, Replayed, ReplayedHits, replay, score_scale
from askew.progress import Progress
from askew.types import Role


@pytest.fixture
def built(book: Path, card: str) -> Path:
    begin(book, ContractChange(model=card))
    build(book)
    return book


def found(*ids: str) -> tuple[ReplayedHits, ...]:
    return tuple(ReplayedHits(id, 1.0) for id in ids)


def test_overlap_is_the_share_that_both_find() -> None:
    assert Replayed("q", "", found("a", "b", "c", "d"), found("d", "x", "a", "y")).overlap == 0.5
    assert Replayed("q", "", found("a"), found("a", "b")).overlap == 0.5
    assert Replayed("q", "", (), found("a")).overlap == 0
    assert Replayed("q", "", (), ()).overlap == 1
    assert Replayed("q", "", (), ()).same_first
    assert not Replayed("q", "", found("a", "b"), found("b", "a")).same_first


@pytest.mark.parametrize("mode", ["dense", "lexical", "hybrid"])
def test_each_index_answers_as_it_does_alone(built: Path, mode: str) -> None:
    queries = documents(BATCH + 5)
    told: list[Progress] = []
    with both(built) as (old, new):
        replayed = replay(old, new, queries, 7, mode, told.append)
        for index, side in ((old, "old"), (new, "new")):
            ranked = index.rank([query.text for query in queries], 7, mode=mode)
            assert [[(hit.document, hit.score) for hit in getattr(one, side)] for one in replayed] == [
                [(hit.document, pytest.approx(hit.score, abs=1e-6)) for hit in ranking] for ranking in ranked
            ]
        assert mode != "dense" or [(f.document, round(f.score, 5)) for f in replayed[9].old] == answer(
            old, queries[9].text, 7
        )
    assert [one.query for one in replayed] == [query.id for query in queries]
    assert [step.done for step in told] == [BATCH, BATCH + 5]


def test_the_scale_of_scores_by_hand(built: Path) -> None:
    queries = documents(20)
    texts = [query.text for query in queries]
    with both(built) as (old, new):
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
