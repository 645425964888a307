import pytest

from askew import validation
from askew.errors import InputError
from askew.types import Document


def test_numbers_that_make_no_sense_are_refused() -> None:
    for recall in (0.2, 1, float("nan")):
        with pytest.raises(InputError, match="recall"):
            validation.check_recall(recall)
    with pytest.raises(InputError, match="threshold"):
        validation.check_threshold(float("inf"))
    for candidates in (0, -5):
        with pytest.raises(InputError, match="At least 1 candidate"):
            validation.check_candidates(candidates)


def test_documents_need_an_id_of_their_own_and_a_text() -> None:
    validation.check_documents([Document("a", "x"), Document("b", "y")])
    with pytest.raises(InputError, match="'a' is given twice"):
        validation.check_documents([Document("a", "x"), Document("a", "y")])
    with pytest.raises(InputError, match="'a' has no text"):
        validation.check_documents([Document("a", "\n")])


def test_a_budget_is_a_time_and_for_reranking() -> None:
    validation.check_budget(0.3, rerank=True)
    validation.check_budget(float("inf"), rerank=False)
    for wrong in (0, -1, float("nan")):
        with pytest.raises(InputError, match="more than 0 seconds"):
            validation.check_budget(wrong, rerank=True)
    with pytest.raises(InputError, match="for reranking"):
        validation.check_budget(1, rerank=False)
