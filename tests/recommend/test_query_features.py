import numpy as np
import pytest
from helpers.kinds import KINDS

from askew.recommend.query_features import Flip, flip, flipped, query_features
from askew.recommend.text_stats import side_stats


def weights(queries: list[str], documents: list[str]) -> dict[str, float]:
    return {sign.name: sign.weight for sign in query_features(side_stats(queries), side_stats(documents))}


def test_the_same_texts_on_both_sides_speak_for_one_kind_in_every_sign() -> None:
    texts = [document.text for document in KINDS["forum"].documents]
    found = weights(texts, texts)
    assert max(found.values()) <= 0
    assert found["length"] <= -1


def test_questions_and_answers_differ_in_length_form_and_words() -> None:
    given = KINDS["forum"]
    found = weights(list(given.queries), [document.text for document in given.documents])
    assert min(found[name] for name in ("length", "form", "questions", "frequent words")) > 0


def test_questions_on_both_sides_speak_for_one_kind_also_where_one_is_told_at_length() -> None:
    found = weights(["Why is it loud?"] * 5, ["My mill is loud, and has been for a week. Why is it so loud?"] * 5)
    assert found["questions"] < -1.5
    assert found["length"] > 1


def test_longer_queries_are_two_kinds_as_much_as_longer_documents() -> None:
    short, long = ["It is old."] * 4, ["It is old, and was so when we came here with our children years ago."] * 4
    assert weights(short, long)["length"] == weights(long, short)["length"] > 1


def test_each_sign_has_a_sentence_and_names_what_it_measures() -> None:
    given = KINDS["claims"]
    signs = query_features(side_stats(given.queries), side_stats([document.text for document in given.documents]))
    for sign in [*signs, *flipped(Flip(0.3, 0.9)), *flipped(Flip(0.0, 0.5))]:
        assert sign.sentence.endswith(".")
        assert sign.name


def test_the_flip_test_speaks_both_ways() -> None:
    assert min(sign.weight for sign in flipped(Flip(0.3, 0.9))) > 0
    assert max(sign.weight for sign in flipped(Flip(0.0, 0.5))) < 0


RNG = np.random.default_rng(1)


def cloud(count: int, dim: int = 16) -> np.ndarray:
    return RNG.normal(size=(count, dim)).astype(np.float32)


def test_draws_of_one_kind_drift_nowhere_and_come_back_as_often_as_others() -> None:
    found = flip(cloud(200), cloud(400))
    assert found.drift == pytest.approx(0, abs=0.02)
    assert found.returned == pytest.approx(0.5, abs=0.06)


def test_a_way_that_all_steps_share_is_seen_whatever_the_subject() -> None:
    documents = cloud(200)
    queries = documents[:80] + 0.2 * cloud(80)
    away = np.zeros(16, np.float32)
    away[0] = 3
    assert flip(queries, documents).drift < 0.1
    assert flip(queries, documents + away).drift > 0.5


def test_queries_that_no_document_finds_back_to_are_seen() -> None:
    documents = np.repeat(cloud(40), 4, axis=0) + 0.05 * cloud(160)
    assert flip(documents[::4] + 0.6 * cloud(40), documents).returned > 0.9


def test_a_twin_of_every_query_is_no_sign_of_two_kinds() -> None:
    documents = cloud(100)
    assert flip(documents[:50].copy(), documents).returned < 0.5
