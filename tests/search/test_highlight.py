from collections.abc import Sequence

import numpy as np

from askew.search.highlight import highlight_by_vector, highlight_by_words
from askew.types import Document, Hit, Passage, Span

TEXT = "# Dogs\n\nCats stay at home. Dogs may come on Fridays! Parrots may not."


def hit(text: str = TEXT, start: int = 0, end: int | None = None) -> Hit:
    end = len(text) if end is None else end
    return Hit(1, 0.5, Document("d", text), Passage("d", 0, start, end, text[start:end]), "dense", Span(start, end))


def sentence(found: Hit) -> str:
    return found.document.text[found.sentence.start : found.sentence.end]


def test_the_sentence_with_the_best_score_is_marked() -> None:
    [found] = highlight_by_words([hit()], "when may DOGS come?")
    assert sentence(found) == "Dogs may come on Fridays!"


def test_a_heading_is_no_sentence_unless_there_is_nothing_else() -> None:
    [found] = highlight_by_words([hit()], "# dogs")
    assert sentence(found) == "Dogs may come on Fridays!"
    [alone] = highlight_by_words([hit("# Dogs")], "dogs")
    assert sentence(alone) == "# Dogs"


def test_only_what_is_shown_is_looked_at() -> None:
    begin = TEXT.index("Parrots")
    [found] = highlight_by_words([hit(start=begin)], "dogs on Fridays")
    assert sentence(found) == "Parrots may not."


def test_all_sentences_are_encoded_in_one_call_unless_a_hit_has_only_one() -> None:
    calls = []

    def encode(texts: Sequence[str]) -> np.ndarray:
        calls.append(list(texts))
        return np.array([[len(text), 0] for text in texts], np.float32)

    two = [hit("A short one. A sentence that is longer."), hit("The longest sentence of all. No.")]
    found = highlight_by_vector(two, np.array([1, 0], np.float32), encode)
    assert [sentence(each) for each in found] == ["A sentence that is longer.", "The longest sentence of all."]
    assert len(calls) == 1
    (single, *_) = found = highlight_by_vector([hit("Alone."), two[0]], np.array([1, 0], np.float32), encode)
    assert [sentence(each) for each in found] == ["Alone.", "A sentence that is longer."]
    assert len(calls) == 2
    assert len(calls[1]) == 2
    assert highlight_by_vector([hit("Alone.")], np.array([1, 0], np.float32), encode) == (single,)
    assert highlight_by_vector([], np.array([1, 0], np.float32), encode) == ()
    assert len(calls) == 2
