from collections.abc import Sequence

import numpy as np

from askew.explain.inputs import WORDS, occlude, without

WEIGHTS = {"red": 3.0, "tent": 2.0, "not": -1.0}


def score(texts: Sequence[str]) -> np.ndarray:
    return np.array([sum(WEIGHTS.get(word, 0.0) for word in text.split()) for text in texts], np.float32)


def test_the_strongest_word_is_first_and_what_does_harm_is_last() -> None:
    found = occlude("not a red tent", 4.0, score)
    assert [(word.word, word.effect) for word in found.words] == [("red", 3), ("tent", 2), ("a", 0), ("not", -1)]
    assert [word.score_without for word in found.words] == [1, 2, 4, 5]
    assert all("not a red tent"[word.start : word.end] == word.word for word in found.words)
    assert (found.text, found.score, found.left_out) == ("not a red tent", 4.0, 0)


def test_a_word_that_stands_twice_is_taken_out_once_at_a_time() -> None:
    found = occlude("red red", 6.0, score)
    assert [(word.start, word.effect) for word in found.words] == [(0, 3), (4, 3)]


def test_the_only_word_cannot_be_taken_out_and_no_text_is_scored() -> None:
    def refuse(texts: Sequence[str]) -> np.ndarray:
        raise AssertionError(texts)

    assert occlude(" red ", 3.0, refuse).words == ()
    assert occlude("…", 0.0, refuse).words == ()


def test_all_are_scored_together_and_no_more_than_the_limit() -> None:
    calls: list[int] = []

    def counted(texts: Sequence[str]) -> np.ndarray:
        calls.append(len(texts))
        return score(texts)

    found = occlude("red " * (WORDS + 6), 3.0 * (WORDS + 6), counted)
    assert calls == [WORDS]
    assert (len(found.words), found.left_out) == (WORDS, 6)


def test_no_double_space_is_left_where_a_word_was() -> None:
    assert without("a red tent", 2, 5) == "a tent"
    assert without("red tent", 0, 3) == "tent"
    assert without("a red, tent", 2, 5) == "a , tent"
    assert without("the tent", 4, 8) == "the "
    assert without("l'eau", 0, 1) == "'eau"
