import re

import pytest

from askew.errors import InputError
from askew.evaluation.synthetic_queries import ASKED, SyntheticQueries, synthetic_queries
from askew.text.words import word_count
from askew.types import Document

LONG = "The old harbour was rebuilt in the spring by forty masons. Its lighthouse shines far over the water at night. "
REST = "Visitors climb the tower on Sundays, and children pay half of the price there."


def one(document: Document) -> tuple[str, str, Document]:
    found = synthetic_queries([document])
    [query], [left] = found.queries, found.documents
    assert found.qrels == {query.id: {document.id: 1.0}}
    return found.ways[query.id], query.text, left


def test_a_title_is_taken_from_its_body() -> None:
    way, query, left = one(Document("a", "Harbour tours. " + REST, title="Harbour tours"))
    assert (way, query, left.title, left.text) == ("title", "Harbour tours", "", REST)


def test_a_heading_is_taken_from_its_section() -> None:
    way, query, left = one(Document("a", f"# Harbour tours\n\n{REST}"))
    assert (way, query) == ("heading", "Harbour tours")
    assert "Harbour tours" not in left.text
    assert REST in left.text


def test_a_question_is_taken_from_its_answer() -> None:
    way, query, left = one(Document("a", f"Who may climb the tower? {REST}"))
    assert (way, query, left.text) == ("question", "Who may climb the tower?", REST)
    way, query, left = one(Document("a", REST, metadata={"question": "Who may climb it?"}))
    assert (way, query, left.text, dict(left.metadata)) == ("question", "Who may climb it?", REST, {})


def marked(n: int) -> str:
    """Words of its own in every stretch, as no two documents may ask the same."""
    return " ".join(word if place % 5 else f"{word} W{n}x{place}" for place, word in enumerate((LONG + REST).split()))


def test_of_a_sentence_some_words_are_asked_for_and_some_of_these_stay() -> None:
    texts = [marked(n) for n in range(60)]
    found = synthetic_queries([Document(f"d{n}", text) for n, text in enumerate(texts)])
    assert set(found.ways.values()) == {"first sentence", "sentence"}
    missing = kept = 0
    for query in found.queries:
        [id] = found.qrels[query.id]
        before, left = texts[int(id[1:])], found.documents[int(id[1:])].text
        asked = re.findall(r"\w+", query.text)
        assert len(asked) <= ASKED
        assert query.text in before
        lost = word_count(before) - word_count(left)
        missing, kept = missing + lost, kept + len(asked) - lost
    assert 0.3 < missing / (missing + kept) < 0.7


def test_a_single_sentence_gives_half_of_its_words_and_stays_whole() -> None:
    text = "forty masons rebuilt the old harbour in the spring"
    way, query, left = one(Document("a", text))
    assert (way, left.text) == ("words", text)
    assert set(query.split()) < set(text.split())


def test_texts_without_spaces() -> None:
    text = "今天我们去海边看日出然后回家吃早饭。下午孩子们在花园里踢足球玩得很开心。晚上全家人一起看了一部老电影。"
    way, query, left = one(Document("a", text))
    assert way in ("first sentence", "sentence")
    assert query in text
    assert len(left.text) <= len(text)


def test_what_many_documents_would_ask_asks_for_none_of_them() -> None:
    pages = [Document(f"p{n}", marked(n), title="The harbour book") for n in range(5)]
    assert "title" not in synthetic_queries(pages).ways.values()


def balanced() -> SyntheticQueries:
    pages = [Document(f"p{n}", marked(n), title=f"Harbour part {n}") for n in range(50)]
    return synthetic_queries(pages, limit=20)


def test_no_more_than_asked_for_in_equal_parts_and_always_the_same() -> None:
    found = balanced()
    assert found == balanced()
    counts = [list(found.ways.values()).count(way) for way in set(found.ways.values())]
    assert sum(counts) == 20
    assert max(counts) - min(counts) <= 7
    assert len({id for relevant in found.qrels.values() for id in relevant}) == 20
    assert len(found.documents) == 50


def test_documents_that_give_nothing_are_refused() -> None:
    with pytest.raises(InputError, match="8 words"):
        synthetic_queries([Document("a", "Hello."), Document("b", "")])


def test_of_two_documents_with_one_text_neither_is_asked_for() -> None:
    words = "forty masons rebuilt the old harbour in the cold spring"
    twins = [Document("a", words), Document("b", words.replace(" ", "\n").capitalize())]
    assert synthetic_queries([*twins, Document("c", marked(1))]).qrels == {"own-1": {"c": 1.0}}
    with pytest.raises(InputError):
        synthetic_queries(twins)
