from dataclasses import replace

import pytest

from askew import asked
from askew.encoders.hashing import HashingEncoder
from askew.encoders.loading import signature
from askew.errors import InputError, UnknownNameError
from askew.models import cards
from askew.tasks import get
from askew.types import Document

ENCODER = HashingEncoder(replace(signature(cards.get("hashing"), "faq", "fp32"), max_tokens=50))


def test_what_is_not_said_follows_from_task_and_model() -> None:
    assert asked.chunk_tokens(None, get("faq"), ENCODER) == 50
    assert asked.overlap(None, get("faq")) == 32
    assert asked.chunk_tokens(7, get("faq"), ENCODER) == 7
    assert asked.overlap(0, get("faq")) == 0


@pytest.mark.parametrize("tokens", [0, -1, 51])
def test_a_passage_must_fit_the_model(tokens: int) -> None:
    with pytest.raises(InputError, match="1 to 50 tokens"):
        asked.chunk_tokens(tokens, get("faq"), ENCODER)


def test_policies_have_names() -> None:
    assert asked.policy("warn") == "warn"
    with pytest.raises(UnknownNameError, match="no policy 'split'"):
        asked.policy("split")


def test_numbers_that_make_no_sense_are_refused() -> None:
    for weights in ((-1, 1), (0, 0), (float("nan"), 1), (float("inf"), 1)):
        with pytest.raises(InputError, match="weights"):
            asked.check_weights(weights)
    asked.check_weights((0, 1))
    for recall in (0.2, 1, float("nan")):
        with pytest.raises(InputError, match="recall"):
            asked.check_recall(recall)
    with pytest.raises(InputError, match="threshold"):
        asked.check_threshold(float("inf"))
    with pytest.raises(InputError, match="k must be at least 1"):
        asked.check_queries(["x"], 0)


def test_documents_need_an_id_of_their_own_and_a_text() -> None:
    asked.check_documents([Document("a", "x"), Document("b", "y")])
    with pytest.raises(InputError, match="'a' is given twice"):
        asked.check_documents([Document("a", "x"), Document("a", "y")])
    with pytest.raises(InputError, match="'a' has no text"):
        asked.check_documents([Document("a", "\n")])


def test_a_title_counts_to_what_would_be_lost() -> None:
    with pytest.raises(InputError, match="a: 51 tokens, 1 would be lost"):
        asked.check_truncation([Document("a", "word " * 49, "two words")], ENCODER)
    asked.check_truncation([Document("a", "word " * 48, "two words")], ENCODER)
