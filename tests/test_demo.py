from collections import Counter

from askew import demo


def test_the_handbook_has_its_pages_and_titles() -> None:
    pages = demo.handbook()
    assert len(pages) >= 40
    assert all(page.title and page.text and not page.text.startswith("# ") for page in pages)
    assert len({page.id for page in pages}) == len(pages)


def test_thirty_questions_are_answered_by_a_sentence_of_their_page_in_other_words() -> None:
    pages = {page.id: " ".join(page.text.split()) for page in demo.handbook()}
    questions = demo.questions()
    assert len(questions) == 30
    for question in questions:
        assert question.answer in pages[question.document]
        assert not content_words(question.text) & content_words(question.answer), question


def content_words(text: str) -> set[str]:
    return {word.strip("?,.;:'").lower() for word in text.split() if len(word.strip("?,.;:'")) > 4}


def test_a_hundred_and_fifty_support_questions_with_pairs_and_traps() -> None:
    support = {document.id for document in demo.support()}
    truth = demo.support_truth()
    assert len(support) == 150
    assert {id for pair in truth for id in pair} <= support
    kinds = Counter(truth.values())
    assert kinds["paraphrase"] == 30
    assert sum(kinds.values()) - kinds["paraphrase"] == 10
