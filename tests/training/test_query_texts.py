import pytest

from askew.errors import InputError
from askew.text.normalise import normalise
from askew.text.words import word_count
from askew.training.query_texts import LONGEST, PHRASE, query_texts
from askew.types import Document

PAGE = """# Insurance of guides

Every mountain guide is insured by the tour operator. The insurance of a guide ends with the season, unless the operator
extends it in writing before October.

## Claims

A claim has to be reported within three days. Later ones are not paid."""


def page(number: int) -> Document:
    return Document(f"d{number}", PAGE.replace("three", str(number)), title=f"Handbook {number}")


def test_each_form_is_cut_from_the_documents() -> None:
    found = query_texts([page(1)])
    assert {"Handbook 1", "Insurance of guides", "Claims", "Later ones are not paid."} <= set(found)
    begun = [text for text in found if PAGE.replace("\n", " ").startswith(text[:20], PAGE.find("Every"))]
    assert any(not text.endswith(".") and word_count(text) < 9 for text in begun)
    whole = " ".join(f"Handbook 1 {PAGE}".replace("three", "1").split())
    assert all(text in whole for text in found)
    assert max(map(word_count, found)) <= LONGEST


def test_phrases_neither_begin_nor_end_with_a_function_word() -> None:
    text = "The insurance of a guide ends with the season. " * 3
    found = query_texts([Document(str(n), f"{text}{n}") for n in range(40)])
    phrases = [one for one in found if not one.startswith("The") and not one.endswith(".")]
    assert "insurance of a guide" in found or "guide ends" in found
    assert all(one.split()[0].lower() not in ("the", "of", "a", "with") for one in phrases)
    assert max(map(word_count, phrases)) <= PHRASE


def test_texts_are_distinct_spread_and_the_same_every_time() -> None:
    documents = [page(n) for n in range(30)]
    found = query_texts(documents, limit=60, seed=4)
    assert found == query_texts(documents, limit=60, seed=4) != query_texts(documents, limit=60, seed=5)
    assert len(found) == 60 == len({normalise(text) for text in found})
    assert sum(text.startswith("Handbook") for text in found) >= 10


def test_texts_to_be_asked_are_left_out_in_any_spelling() -> None:
    assert "Claims" in query_texts([page(1)])
    assert not {"Claims", "Handbook 1"} & set(query_texts([page(1)], without=["claims", "HANDBOOK 1!"]))


def test_documents_without_text_are_refused() -> None:
    with pytest.raises(InputError, match="no titles"):
        query_texts([Document("a", "..."), Document("b", " ")])
