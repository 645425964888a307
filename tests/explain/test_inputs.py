from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from askew import Document, Index
from askew.encoders.hashing import HashingEncoder
from askew.encoders.loading import signature
from askew.encoders.signature import Signature
from askew.explain.inputs import alike, to_passage, to_query
from askew.models import cards
from askew.types import Passage, Role

HASHING = signature(cards.get("hashing"), "question-answering", "fp32")


def first(index: Index, id: str) -> tuple[Passage, Document]:
    """The first passage of a document, and the document."""
    [document], [extent] = index.documents([id]), index.store.extents([id])
    return index.store.passages([extent[0]])[0], document


def index_of(tmp_path: Path, sealed: Signature) -> Index:
    return Index.create(tmp_path / "x", "question-answering", encoder=HashingEncoder(sealed))


def passages(index: Index, id: str) -> list[tuple[str, np.ndarray]]:
    [own] = index.store.extents([id])
    return [(index.store.passages([key])[0].text, index.store.vectors([key])[0]) for key in own]


def test_a_prompt_is_part_of_what_is_read_and_not_counted(tmp_path: Path) -> None:
    prompts = {"query": "ask: ", "document": "text: "}
    with index_of(tmp_path, replace(HASHING, prompts=prompts)) as index:
        index.add([Document("a", "red tents", "Camping")])
        encoder, contract = index.encoder("testing"), index.contract
        query, vector = to_query(encoder, contract, "a tent", Role.QUERY)
        assert (query.given, query.prompt, query.word, query.tokens, query.seen) == ("ask: a tent", "ask: ", "", 2, 2)
        assert np.array_equal(vector, encoder.encode(["a tent"], Role.QUERY).vectors[0])
        assert to_query(encoder, contract, "a tent", Role.DOCUMENT)[0].given == "text: a tent"
        [(_, stored)] = passages(index, "a")
        document = to_passage(encoder, contract, *first(index, "a"), stored)
        assert (document.given, document.title, document.tokens) == ("text: Camping red tents", "Camping", 3)
        assert not alike(contract)


def test_a_title_that_was_left_out_of_its_passages_is_not_shown_as_read(tmp_path: Path) -> None:
    title = "a title of very many words " * 40
    with index_of(tmp_path, HASHING) as index:
        index.add([Document("long", "red tents", title), Document("none", "blue boats")])
        for id, text in (("long", "red tents"), ("none", "blue boats")):
            [(_, stored)] = passages(index, id)
            given = to_passage(index.encoder("testing"), index.contract, *first(index, id), stored)
            assert (given.title, given.given, given.tokens) == ("", text, 2)


def test_what_is_cut_is_not_seen(tmp_path: Path) -> None:
    with index_of(tmp_path, replace(HASHING, max_tokens=4)) as index:
        given, _ = to_query(index.encoder("testing"), index.contract, "one two three four five six", Role.QUERY)
        assert (given.tokens, given.seen) == (6, 4)


@pytest.mark.parametrize(
    ("titles", "given"),
    [("space", "Camping red tents"), ("segment", "Camping [SEP] red tents"), ("field", "red tents")],
)
def test_the_title_goes_where_the_model_wants_it(tmp_path: Path, titles: str, given: str) -> None:
    with index_of(tmp_path, replace(HASHING, titles=titles)) as index:
        index.add([Document("a", "red tents", "Camping")])
        [(_, stored)] = passages(index, "a")
        found = to_passage(index.encoder("testing"), index.contract, *first(index, "a"), stored)
        assert (found.given, found.title) == (given, "Camping")


def test_a_services_word_is_told_beside_the_text(tmp_path: Path) -> None:
    words = {"query": "search_query", "document": "search_document"}
    facts = {"model": "embed-v4.0", "weights": {"service": "cohere: embed-v4.0"}, "prompts": words}
    with index_of(tmp_path, replace(HASHING, **facts)) as index:
        given, _ = to_query(index.encoder("testing"), index.contract, "a tent", Role.QUERY)
        assert (given.given, given.prompt, given.word) == ("a tent", "", "search_query")
        assert not alike(index.contract)


def test_a_service_without_words_is_given_the_prompt(tmp_path: Path) -> None:
    facts = {"model": "text-embedding-3-small", "weights": {"service": "openai: x"}, "prompts": {"query": "ask: "}}
    with index_of(tmp_path, replace(HASHING, **facts)) as index:
        given, _ = to_query(index.encoder("testing"), index.contract, "a tent", Role.QUERY)
        assert (given.given, given.prompt, given.word) == ("ask: a tent", "ask: ", "")


def test_roles_are_alike_with_equal_prompts_and_one_tower(tmp_path: Path) -> None:
    with index_of(tmp_path, replace(HASHING, prompts=dict.fromkeys(Role, "query: "))) as index:
        assert alike(index.contract)
