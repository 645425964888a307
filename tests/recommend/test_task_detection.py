import json
import os
from pathlib import Path

import pytest
from helpers.kinds import BODIES, KINDS

from askew.encoders import Encoder
from askew.encoders.loading import load
from askew.errors import InputError
from askew.models import cards
from askew.recommend import task_detection
from askew.recommend.task_detection import DOCUMENTS, detect_task_kind, proposed_task
from askew.tasks import Kind, get
from askew.types import Document, Role

DATA = Path(os.environ.get("ASKEW_DATA", Path(__file__).parents[3] / "shared" / "data"))
UNSURE = 0.65
"""A wrong answer from the corpus alone may be this sure at the most."""


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load(cards.get("all-MiniLM-L6-v2"), "question-answering")


@pytest.mark.parametrize("name", KINDS)
def test_the_kind_is_told_from_a_dozen_queries(name: str, encoder: Encoder) -> None:
    given = KINDS[name]
    assert detect_task_kind(given.documents, given.queries, encoder).kind == given.truth
    assert detect_task_kind(given.documents, given.queries).kind == given.truth


@pytest.mark.parametrize("name", KINDS)
def test_the_corpus_alone_is_right_or_unsure(name: str) -> None:
    given = KINDS[name]
    found = detect_task_kind(given.documents)
    assert found.kind == given.truth or found.confidence <= UNSURE
    assert found.confidence < 0.9
    assert any("weak evidence" in note for note in found.notes)


def test_what_could_be_either_is_called_unsure(encoder: Encoder) -> None:
    assert detect_task_kind(BODIES.documents, BODIES.queries, encoder).confidence < 0.75


def test_the_answer_is_the_same_at_every_run() -> None:
    given, encoder = KINDS["papers"], load(cards.get("hashing"), "question-answering")
    many = [Document(f"{n}-{d.id}", f"{d.text} {n}", d.title) for n in range(60) for d in given.documents]
    first, second = (detect_task_kind(many, given.queries, encoder) for _ in range(2))
    assert first == second
    assert len(first.tokens) == DOCUMENTS
    assert any("sampled" in note for note in first.notes)


def test_it_tells_what_the_encoder_cannot_see() -> None:
    encoder = load(cards.get("hashing"), "question-answering")
    documents = [Document("a", "word " * 900), Document("b", "word " * 10, "two words"), Document("c", "word " * 300)]
    found = detect_task_kind(documents, ["word"] * 5, encoder)
    assert found.limit == encoder.room(Role.DOCUMENT)
    assert sorted(found.tokens) == [12, 300, 900]
    assert found.longer_than(256) == pytest.approx(2 / 3)
    assert found.ratio == pytest.approx(300)


def test_without_an_encoder_the_flip_test_is_left_out_and_said_to_be() -> None:
    given = KINDS["claims"]
    found = detect_task_kind(given.documents, given.queries)
    assert "drift" not in {sign.name for sign in found.signs}
    assert any("flip test" in note for note in found.notes)
    assert (found.tokens, found.limit, found.longer_than(10)) == ((), 0, 0)


def test_the_strongest_signs_come_first() -> None:
    given = KINDS["claims"]
    sizes = [abs(sign.weight) for sign in detect_task_kind(given.documents, given.queries).signs]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("documents", [[], [Document("a", " ")]])
def test_a_corpus_without_text_is_refused(documents: list[Document]) -> None:
    with pytest.raises(InputError, match="no documents with text"):
        detect_task_kind(documents)


@pytest.mark.parametrize("queries", [[], [" "], ["one"], ["?", "…", "💡"]])
def test_queries_that_say_nothing_do_no_harm(queries: list[str], encoder: Encoder) -> None:
    given = KINDS["claims"]
    assert 0.5 <= detect_task_kind(given.documents, queries, encoder).confidence < 0.98
    assert 0.5 <= detect_task_kind(given.documents[:1], queries, encoder).confidence < 0.98


@pytest.mark.parametrize("name", ["squad-dev", "xquad/th", "xquad/zh", "wikiqa"])
def test_real_sets_are_told_apart(name: str) -> None:
    folder = DATA / name
    if not folder.exists():
        pytest.skip(f"{name} is not in {DATA}; set ASKEW_DATA to the folder that holds it")
    rows = map(json.loads, (folder / "corpus.jsonl").read_text("utf-8").rstrip("\n").split("\n"))
    documents = [Document(row["_id"], row["text"], row.get("title", "")) for row in rows]
    asked = (folder / "queries.jsonl").read_text("utf-8").rstrip("\n").split("\n")[:50]
    assert detect_task_kind(documents, [json.loads(row)["text"] for row in asked]).kind == "asymmetric"
    assert detect_task_kind(documents).kind == "asymmetric"


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


def test_the_task_is_that_of_the_whole_corpus_and_not_of_its_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_detection, "DOCUMENTS", 20)
    answers = [Document(f"e{n}", "You send it back to us within a month, with the form.", f"How do I return item {n}?")
               for n in range(20)]  # fmt: skip
    others = [Document(f"o{n}", f"Room {n} of the castle was built by masons. Its walls are thick. " * 3)
              for n in range(180)]  # fmt: skip
    asked = ["who built the rooms", "how thick are the walls", "what did masons build"]
    for documents in ([*answers, *others], [*others, *answers]):
        found = detect_task_kind(documents, asked)
        assert found.entries < 0.5
        assert proposed_task(found, documents).task == "question-answering"


def test_long_pages_are_searched_in_a_company() -> None:
    pages = [
        Document(str(n), f"Section {n} of the handbook. " + "The rules hold for all who work here. " * 60)
        for n in range(5)
    ]
    assert proposed_task(detect_task_kind(pages), pages).task == "enterprise-search"
