from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry, vector
from helpers.judged import corpus, queries

from askew.calibration.labelled import calibrate_search, judged_queries
from askew.confidence.risk_control import guarantee
from askew.errors import ContractError, InputError
from askew.evaluation.qrels import by_id
from askew.index import Index
from askew.search.abstention import calibrated, settings, top_hits
from askew.search.ranking import SearchParams
from askew.search.search import rank_once
from askew.stores.local.store import LocalStore
from askew.types import FloatMatrix

MEANING = {"water": vector(1.0), "camp": vector(0.0, 1.0), "zebra": vector(0.5, 0.0)}


def encode(texts: Sequence[str]) -> FloatMatrix:
    return np.array([MEANING[text] for text in texts], np.float32)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    made = LocalStore.create(tmp_path / "x.askew", DIM, "m")
    made.write(
        [
            entry("boats", ("kayak", vector(0.9)), ("canoe", vector(0.8))),
            entry("words", ("water", vector(0.1, 0.2))),
            entry("tents", ("camp", vector(0.0, 0.9)), ("fire", vector(0.3, 0.1))),
        ]
    )
    yield made
    made.close()


def test_the_lead_is_over_the_next_document_and_both_rankings_are_asked(store: LocalStore) -> None:
    water, camp, zebra = top_hits(store, ["water", "camp", "zebra"], encode(["water", "camp", "zebra"]), SearchParams())
    assert (water.document, water.agreed) == ("boats", 0.5)
    assert (water.score, water.lead) == (pytest.approx(0.9), pytest.approx(0.9 - 0.3))
    assert (camp.document, camp.agreed) == ("tents", 1.0)
    assert (zebra.document, zebra.agreed) == ("boats", 0.5)


def test_in_hybrid_search_the_score_is_that_by_meaning_which_queries_share(store: LocalStore) -> None:
    """The hybrid score of a query's best document is 1 where both channels agree, however bad it is."""
    texts = ["camp", "zebra"]
    params = SearchParams(mode="hybrid")
    camp, zebra = top_hits(store, texts, encode(texts), params)
    assert (camp.document, camp.score) == ("tents", pytest.approx(0.9))
    assert (zebra.document, zebra.score) == ("boats", pytest.approx(0.45))
    assert [one[0].score for one in rank_once(store, texts, encode(texts), params)] == pytest.approx([1, 1])
    [words] = top_hits(store, ["water"], encode(["water"]), SearchParams(mode="hybrid", weights=(0.0, 1.0)))
    assert (words.document, words.score) == ("words", pytest.approx(0.1))


def test_how_many_are_wanted_makes_no_difference(store: LocalStore) -> None:
    assert top_hits(store, ["water"], encode(["water"]), SearchParams(1)) == top_hits(
        store, ["water"], encode(["water"]), SearchParams(3, offset=1)
    )


def test_by_word_a_lone_hit_leads_by_its_score_and_nothing_is_no_hit(store: LocalStore) -> None:
    camp, zebra = top_hits(store, ["camp", "zebra"], encode(["camp", "zebra"]), SearchParams(mode="lexical"))
    assert camp.document == "tents"
    assert camp.lead == camp.score > 0
    assert (zebra.document, zebra.agreed) == ("", 0.0)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.create(tmp_path / "x", "question-answering", model="hashing") as made:
        made.add(corpus())
        yield made


def test_only_what_reaches_the_threshold_is_given(index: Index) -> None:
    texts, qrels = queries(corpus())
    record = calibrate_search(index, judged_queries(by_id(texts, ""), qrels, unanswerable=True), SearchParams())
    assert calibrated(index.store, SearchParams()) == record
    threshold = guarantee(record.scores, 0.9).threshold
    new, truth = queries(corpus(), 120, seed=5)
    asked = [query.text for query in new]
    vectors = index.sealed.encode_queries(asked, "testing")
    sure = [record.model.of(one) for one in top_hits(index.store, asked, vectors, SearchParams())]  # type: ignore[union-attr]
    given = 0
    right = 0
    for query, value in zip(new, sure, strict=True):
        found = index.search(query.text, k=5, mode="dense", min_confidence=0.9)
        assert len(found) == (value >= threshold)
        given += len(found)
        right += sum(hit.document.id in truth.get(query.id, {}) for hit in found)
    assert given >= 40
    assert right / given >= 0.9
    assert given < 120


def test_what_was_not_calibrated_is_refused(index: Index) -> None:
    with pytest.raises(InputError):
        index.search("bonax", min_confidence=0.9)
    texts, qrels = queries(corpus())
    calibrate_search(index, judged_queries(by_id(texts, ""), qrels, unanswerable=True), SearchParams())
    with pytest.raises(ContractError, match=r"mode +index: dense +given: hybrid") as caught:
        index.search("bonax", mode="hybrid", min_confidence=0.9)
    assert [difference.field for difference in caught.value.differences] == ["mode", "weights"]
    with pytest.raises(ContractError):
        index.search("bonax", mode="dense", where={"$page": {"$exists": False}}, min_confidence=0.9)
    with pytest.raises(InputError):
        index.search("bonax", mode="dense", min_confidence=0.9999)


def test_a_promise_goes_with_nothing_that_changes_the_first_hit(index: Index) -> None:
    for given in ({"offset": 1}, {"passages": 2}, {"rerank": "ms-marco-MiniLM-L6-v2"}):
        with pytest.raises(InputError):
            index.search("bonax", min_confidence=0.9, **given)  # type: ignore[arg-type]
    with pytest.raises(InputError):
        index.search("bonax", min_confidence=1.5)


def test_weights_matter_where_there_are_any(index: Index) -> None:
    one, two = (settings(index.store, SearchParams(weights=(1.0, share), mode="dense")) for share in (1.0, 2.0))
    assert one == two
    one, two = (settings(index.store, SearchParams(weights=(1.0, share), mode="hybrid")) for share in (1.0, 2.0))
    assert one != two
