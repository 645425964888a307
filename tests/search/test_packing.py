import random
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askew.encoders.loading import load
from askew.models import cards
from askew.search.context import Counter, LeftOut, Piece, encoder_counter, packed
from askew.types import Document

WORDS = Counter("words", lambda text: len(text.split()))
CHARACTERS = Counter("characters", len)


def document(id: str, sentences: int) -> Document:
    return Document(id, " ".join(f"Sentence {number} of {id} is here." for number in range(sentences)), f"Title {id}")


def whole(given: Document, score: float = 0.5) -> Piece:
    return Piece(given, 0, len(given.text), "", score)


THREE = [whole(document(id, 4)) for id in "abc"]


def test_all_of_it_where_there_is_room() -> None:
    context = packed(THREE, 1000, WORDS, repeated=2)
    assert [citation.document for citation in context.citations] == ["a", "b", "c"]
    assert (context.tokens, context.budget, context.tokenizer) == (WORDS.count(context.text), 1000, "words")
    assert context.left_out == LeftOut(0, 2)
    assert "…" not in context.text


def test_the_last_passage_is_cut_at_the_end_of_a_sentence_and_what_follows_is_left_out() -> None:
    context = packed(THREE, 27 + 3 + 12 + 1, WORDS)
    assert [citation.document for citation in context.citations] == ["a", "b"]
    assert context.text.endswith("[2] Title b\nSentence 0 of b is here. Sentence 1 of b is here. …")
    assert [citation.cut for citation in context.citations] == [False, True]
    assert (context.tokens, context.left_out.budget) == (43, 1)
    one_less = packed(THREE, 42, WORDS)
    assert one_less.text.endswith("Sentence 0 of b is here. …")


def test_a_budget_for_no_sentence_is_an_empty_context() -> None:
    context = packed(THREE, 9, WORDS)
    assert (context.text, context.citations, context.tokens, context.left_out.budget) == ("", (), 0, 3)
    assert packed([], 9, WORDS).left_out == LeftOut()


@settings(deadline=None)
@given(st.integers(1, 900), st.randoms(use_true_random=False))
def test_never_over_the_budget_and_never_wasteful(budget: int, chance: random.Random) -> None:
    documents = [document(id, chance.randint(1, 6)) for id in "abcde"]
    found = []
    for _ in range(chance.randint(0, 9)):
        chosen = chance.choice(documents)
        start, end = sorted(chance.sample(range(len(chosen.text)), 2))
        found.append(Piece(chosen, start, end, "", chance.random()))
    context = packed(found, budget, CHARACTERS)
    assert len(context.text) == context.tokens <= budget
    assert sum(context.text.count(f"[{citation.number}] ") for citation in context.citations) == len(context.citations)
    for citation in context.citations:
        text = next(one.text for one in documents if one.id == citation.document)
        assert text[citation.start : citation.end].rstrip() in context.text
    if not context.left_out.budget and not any(citation.cut for citation in context.citations):
        assert packed(found, 10**6, CHARACTERS).text == context.text


@pytest.mark.parametrize("model", ["hashing", "all-MiniLM-L6-v2"])
def test_never_over_the_budget_of_a_model(model: str) -> None:
    counter = encoder_counter(load(cards.get(model), "question-answering", "fp32"))
    full = packed(THREE, 10**6, counter)
    tokens = []
    for budget in range(1, full.tokens + 2):
        context = packed(THREE, budget, counter)
        assert counter.count(context.text) == context.tokens <= budget
        tokens.append(context.tokens)
    assert tokens == sorted(tokens)
    assert tokens[-1] == tokens[-2] == full.tokens
    assert tokens[-3] < full.tokens


def test_a_counter_that_joins_tokens_across_borders_is_believed_for_the_whole_text_only() -> None:
    pairs = Counter("pairs", lambda text: (len(text) + 1) // 2)
    assert all(pairs.count(packed(THREE, budget, pairs).text) <= budget for budget in range(1, 250))


def test_counting_is_sparing() -> None:
    calls = []
    counter = Counter("n", partial(_counted, calls))
    packed([whole(document(f"d{number}", 9)) for number in range(500)], 9000, counter)
    assert len(calls) < 20


def _counted(calls: list[int], text: str) -> int:
    calls.append(1)
    return len(text.split())
