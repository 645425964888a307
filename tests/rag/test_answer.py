from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("httpx", reason="services are asked through httpx: pip install 'askew[hosted]'")

from helpers.chat_server import KEY, MODEL, Chatting, Fault

from askew import Document, Index
from askew.errors import InputError, ModelError
from askew.rag.answer import SENTINEL, Grounded, answer
from askew.rag.chat import Chat

PETS = Document("pets.md", "# Pets\n\n## Dogs\n\nDogs may come on Fridays.\n\n## Cats\n\nCats stay at home.", "Pets")
LEAVE = Document("leave.md", "Everyone has 28 days of paid holiday a year.", "Leave", {"year": 2024})


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.create(tmp_path / "x", "question-answering") as made:
        made.add([PETS, LEAVE])
        yield made


@pytest.fixture
def chat(server: Chatting, monkeypatch: pytest.MonkeyPatch) -> Chat:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return Chat(server.url, MODEL)


def test_an_answer_comes_in_pieces_and_with_its_sources(index: Index, chat: Chat) -> None:
    *pieces, found = answer(index, "On which days may dogs come to us?", chat)
    assert isinstance(found, Grounded)
    assert len(pieces) > 3
    assert "".join(pieces) == found.text
    assert found.text.startswith("Dogs may come on Fridays. [")
    [source] = found.citations
    assert (source.document, source.heading) == ("pets.md", "Pets › Dogs")
    assert found.text.endswith(f"[{source.number}]")
    assert (found.grounded, found.abstained, found.unknown, found.why) == (True, False, (), "")
    assert found.as_json()["grounded"] is True


def test_the_first_piece_is_here_before_the_last_is_sent(index: Index, chat: Chat, server: Chatting) -> None:
    server.faults.append(Fault("halved"))
    coming = answer(index, "On which days may dogs come to us?", chat)
    assert next(coming)
    assert not server.halfway.is_set()
    server.halfway.set()
    assert isinstance([*coming][-1], Grounded)


def test_the_model_sees_the_context_and_no_more(index: Index, chat: Chat, server: Chatting) -> None:
    *_, found = answer(index, "On which days may dogs come?", chat, budget_tokens=25)
    assert found.context.tokens <= 25
    assert found.context.text in server.seen[0]["messages"][1]["content"]
    assert "holiday" not in server.seen[0]["messages"][1]["content"]


def test_what_the_index_knows_nothing_of_is_not_asked(index: Index, chat: Chat, server: Chatting) -> None:
    [found] = answer(index, "What is the boiling point of mercury?", chat)
    assert isinstance(found, Grounded)
    assert found.abstained
    assert "Nothing in the index is near the question" in found.why
    assert server.seen == []


def test_where_the_model_is_asked_all_the_same_it_may_decline_and_its_line_is_not_shown(
    index: Index, chat: Chat, server: Chatting
) -> None:
    [found] = answer(index, "What is the boiling point of mercury?", chat, always_ask=True)
    assert isinstance(found, Grounded)
    assert (found.abstained, found.text, found.why) == (True, "", "The sources do not answer this, says the model.")
    assert len(server.seen) == 1


def test_declining_after_it_has_begun_is_declining(index: Index, chat: Chat, server: Chatting) -> None:
    server.faults.append(Fault("none", text=f"Sorry.\n{SENTINEL}"))
    *pieces, found = answer(index, "May dogs come?", chat)
    assert "".join(pieces) == "Sorry.\n"
    assert found.abstained
    assert not found.grounded
    assert found.why == "The sources do not answer this, says the model after it has begun."


@pytest.mark.parametrize(
    ("said", "unknown", "cited", "why"),
    [
        ("Yes, on Fridays [9].", (9,), 0, "The answer cites [9], which is no source."),
        ("Yes [1], as [7] and [8] say.", (7, 8), 1, "The answer cites [7], [8], which are no sources."),
        ("Yes, on Fridays.", (), 0, "The answer cites no source: nothing shows that it is grounded."),
        ("Zero [0].", (0,), 0, "The answer cites [0], which is no source."),
    ],
)
def test_an_answer_that_its_sources_do_not_hold_is_flagged(
    index: Index, chat: Chat, server: Chatting, said: str, unknown: tuple[int, ...], cited: int, why: str
) -> None:
    server.faults.append(Fault("none", text=said))
    *_, found = answer(index, "May dogs come?", chat)
    assert (found.text, found.unknown, len(found.citations), found.why) == (said, unknown, cited, why)
    assert not found.grounded
    assert not found.abstained


def test_silence_is_no_answer(index: Index, chat: Chat, server: Chatting) -> None:
    server.faults.append(Fault("none", text=" \n"))
    *_, found = answer(index, "May dogs come?", chat)
    assert (found.abstained, found.why) == (True, "The model said nothing.")


def test_nothing_found_and_no_room_are_told_apart(index: Index, chat: Chat, server: Chatting) -> None:
    [found] = answer(index, "zebra", chat, mode="lexical")
    assert found.why == "Nothing was found. The model was not asked."
    [found] = answer(index, "May dogs come?", chat, budget_tokens=1)
    assert found.why == "No sentence of what was found fits into the budget. The model was not asked."
    [found] = answer(index, "May dogs come?", chat, where={"year": 1999})
    assert found.why == "Nothing was found. The model was not asked."
    assert server.seen == []


def test_a_word_found_is_near_enough(index: Index, chat: Chat) -> None:
    *_, found = answer(index, "fridays?", chat, mode="lexical")
    assert found.grounded


def test_bad_questions_and_broken_streams_are_errors(index: Index, chat: Chat, server: Chatting) -> None:
    with pytest.raises(InputError, match="empty"):
        list(answer(index, " ", chat))
    server.faults.append(Fault("cut", 12))
    with pytest.raises(ModelError, match="broke off"):
        list(answer(index, "On which days may dogs come to us?", chat))
