import pytest
from helpers.kinds import KINDS

from askew.recommend.task_detection import detect_task_kind, proposed_task
from askew.tasks import Kind, get
from askew.types import Document

FITTING = {
    "questions": "duplicate-questions",
    "Chinese questions": "duplicate-questions",
    "sentences": "paraphrase",
    "tweets": "paraphrase",
    "forum": "question-answering",
    "German": "question-answering",
    "Thai": "question-answering",
    "papers": "enterprise-search",
    "products": "enterprise-search",
    "entries": "faq",
}


@pytest.mark.parametrize("name", FITTING)
def test_a_task_is_proposed_that_fits(name: str) -> None:
    given = KINDS[name]
    assert proposed_task(detect_task_kind(given.documents, given.queries), given.documents).task == FITTING[name]


@pytest.mark.parametrize("name", KINDS)
def test_the_task_is_of_the_kind_that_was_found_and_has_a_reason(name: str) -> None:
    given = KINDS[name]
    for found in (detect_task_kind(given.documents, given.queries), detect_task_kind(given.documents)):
        proposal = proposed_task(found, given.documents)
        assert get(proposal.task).kind in (found.kind, Kind.BOTH)
        assert proposal.reason.endswith(".")


def test_long_texts_of_one_kind_are_compared_for_copies_or_for_their_subject() -> None:
    town = (
        "The mayor said that the mill by the lake will be sold to the {} of the town before the {} is over. He told us "
    )
    things = ["baker", "smith", "weaver", "miller", "potter", "tailor"]
    seasons = ["winter", "spring", "summer", "autumn", "year", "decade"]
    texts = [
        f"{town.format(a, b)}why {a} and {b} matter to him: {f'{a} {b} ' * 30}."
        for a, b in zip(things, seasons, strict=False)
    ]
    documents = [Document(str(number), text) for number, text in enumerate(texts)]
    assert proposed_task(detect_task_kind(documents, texts), documents).task == "article-similarity"
    twice = [*documents, Document("again", texts[0])]
    assert proposed_task(detect_task_kind(twice, texts), twice).task == "near-duplicate"


def test_long_pages_are_searched_in_a_company() -> None:
    pages = [
        Document(str(n), f"Section {n} of the handbook. " + "The rules hold for all who work here. " * 60)
        for n in range(5)
    ]
    assert proposed_task(detect_task_kind(pages), pages).task == "enterprise-search"
