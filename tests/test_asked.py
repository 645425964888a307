from dataclasses import replace

import pytest

from askew import validation
from askew.encoders.hashing import HashingEncoder
from askew.encoders.loading import signature
from askew.errors import InputError, UnknownNameError
from askew.models import cards
from askew.search.ranking import SearchParams
from askew.tasks import get
from askew.types import Document

ENCODER = HashingEncoder(replace(signature(cards.get("hashing"), "faq", "fp32"), max_tokens=50))


def test_what_is_not_said_follows_from_task_and_model() -> None:
    assert validation.chunk_tokens(None, get("faq"), ENCODER) == 50
    assert validation.overlap(None, get("faq")) == 32
    assert validation.chunk_tokens(7, get("faq"), ENCODER) == 7
    assert validation.overlap(0, get("faq")) == 0


@pytest.mark.parametrize("tokens", [0, -1, 51])
def test_a_passage_must_fit_the_model(tokens: int) -> None:
    with pytest.raises(InputError, match="1 to 50 tokens"):
        validation.chunk_tokens(tokens, get("faq"), ENCODER)


def test_policies_have_names() -> None:
    assert validation.policy("warn") == "warn"
    with pytest.raises(UnknownNameError, match="no policy 'split'"):
        validation.policy("split")


def test_numbers_that_make_no_sense_are_refused() -> None:
    for weights in ((-1, 1), (0, 0), (float("nan"), 1), (float("inf"), 1)):
        with pytest.raises(InputError, match="weights"):
            validation.check_weights(weights)
    validation.check_weights((0, 1))
    for recall in (0.2, 1, float("nan")):
        with pytest.raises(InputError, match="recall"):
            validation.check_recall(recall)
    with pytest.raises(InputError, match="threshold"):
        validation.check_threshold(float("inf"))
    with pytest.raises(InputError, match="k must be at least 1"):
        validation.check_k(0)
    for candidates in (0, -5):
        with pytest.raises(InputError, match="At least 1 candidate"):
            validation.check_candidates(candidates)


def test_documents_need_an_id_of_their_own_and_a_text() -> None:
    validation.check_documents([Document("a", "x"), Document("b", "y")])
    with pytest.raises(InputError, match="'a' is given twice"):
        validation.check_documents([Document("a", "x"), Document("a", "y")])
    with pytest.raises(InputError, match="'a' has no text"):
        validation.check_documents([Document("a", "\n")])


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"k": 0}, "k must be at least 1"),
        ({"offset": -1}, "offset must be at least 0"),
        ({"passages": 0}, "A document can have 1 hit or more"),
        ({"mode": "fuzzy"}, "no search mode 'fuzzy'"),
        ({"document_score": "sum"}, "no document score 'sum'. Known: max, mean2, mean3"),
        ({"document_score": "mean2", "passages": 2}, "one hit a document"),
        ({"document_score": "mean2", "mode": "lexical"}, "by meaning"),
        ({"weights": (0, 0)}, "not both 0"),
    ],
)
def test_a_search_that_cannot_be_made_is_refused(how: dict, words: str) -> None:
    with pytest.raises(InputError, match=words):
        validation.check_how(SearchParams(**how))


def test_a_budget_is_a_time_and_for_reranking() -> None:
    validation.check_budget(0.3, rerank=True)
    validation.check_budget(float("inf"), rerank=False)
    for wrong in (0, -1, float("nan")):
        with pytest.raises(InputError, match="more than 0 seconds"):
            validation.check_budget(wrong, rerank=True)
    with pytest.raises(InputError, match="for reranking"):
        validation.check_budget(1, rerank=False)
