from collections.abc import Sequence

import numpy as np

from askew.search.highlight import highlight, vector_scorer, word_scorer
from askew.types import Document, Hit, Passage, Span

TEXT = "# Dogs\n\nCats stay at home. Dogs may come on Fridays! Parrots may not."


def hit(text: str = TEXT, start: int = 0, end: int | None = None) -> Hit:
    end = len(text) if end is None else end
    return Hit(1, 0.5, Document("d", text), Passage("d", 0, start, end, text[start:end]), "dense", Span(start, end))


def sentence(found: Hit) -> str:
    return found.document.text[found.sentence.start : found.sentence.end]


def test_the_sentence_with_the_best_score_is_marked() -> None:
    [found] = highlight([hit()], word_scorer("when may DOGS come?"))
    assert sentence(found) == "Dogs may come on Fridays!"


def test_a_heading_is_no_sentence_unless_there_is_nothing_else() -> None:
    [found] = highlight([hit()], word_scorer("# dogs"))
    assert sentence(found) == "Dogs may come on Fridays!"
    [alone] = highlight([hit("# Dogs")], word_scorer("dogs"))
    assert sentence(alone) == "# Dogs"


def test_only_what_is_shown_is_looked_at() -> None:
    begin = TEXT.index("Parrots")
    [found] = highlight([hit(start=begin)], word_scorer("dogs on Fridays"))
    assert sentence(found) == "Parrots may not."


def test_all_sentences_are_scored_in_one_call_and_come_back_to_their_hits() -> None:
    calls = []

    def encode(texts: Sequence[str]) -> np.ndarray:
        calls.append(list(texts))
        return np.array([[len(text), 0] for text in texts], np.float32)

    two = [hit("A short one. A sentence that is longer."), hit("The longest sentence of all. No.")]
    found = highlight(two, vector_scorer(encode, np.array([1, 0], np.float32)))
    assert [sentence(each) for each in found] == ["A sentence that is longer.", "The longest sentence of all."]
    assert len(calls) == 1
    assert highlight([], vector_scorer(encode, np.array([1, 0], np.float32))) == []
    assert len(calls) == 1
