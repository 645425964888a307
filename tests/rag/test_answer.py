from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("httpx", reason="services are asked through httpx: pip install 'askew[hosted]'")

from helpers.chat_server import KEY, MODEL, Chatting, Fault

from askew import Document, Index
from askew.errors import InputError, ModelError
from askew.rag.answer import SENTINEL, GroundedAnswer, answer, chat_messages, cited_numbers
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
    assert isinstance(found, GroundedAnswer)
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
    parts = answer(index, "On which days may dogs come to us?", chat)
    assert next(parts)
    assert not server.halfway.is_set()
    server.halfway.set()
    assert isinstance([*parts][-1], GroundedAnswer)


def test_the_model_sees_the_context_and_no_more(index: Index, chat: Chat, server: Chatting) -> None:
    *_, found = answer(index, "On which days may dogs come?", chat, budget_tokens=25)
    assert found.context.tokens <= 25
    assert found.context.text in server.seen[0]["messages"][1]["content"]
    assert "holiday" not in server.seen[0]["messages"][1]["content"]


def test_the_model_is_not_called_if_nothing_is_near(index: Index, chat: Chat, server: Chatting) -> None:
    [found] = answer(index, "What is the boiling point of mercury?", chat)
    assert isinstance(found, GroundedAnswer)
    assert found.abstained
    assert found.why
    assert server.seen == []


def test_a_model_that_is_called_anyway_may_decline(index: Index, chat: Chat, server: Chatting) -> None:
    [found] = answer(index, "What is the boiling point of mercury?", chat, always_ask=True)
    assert isinstance(found, GroundedAnswer)
    assert (found.abstained, found.text) == (True, "")
    assert found.why
    assert len(server.seen) == 1


def test_declining_late_is_abstaining(index: Index, chat: Chat, server: Chatting) -> None:
    server.faults.append(Fault("none", text=f"Sorry.\n{SENTINEL}"))
    *pieces, found = answer(index, "May dogs come?", chat)
    assert "".join(pieces) == "Sorry.\n"
    assert found.abstained
    assert not found.grounded
    assert found.why


@pytest.mark.parametrize(
    ("said", "unknown", "cited"),
    [
        ("Yes, on Fridays [9].", (9,), 0),
        ("Yes [1], as [7] and [8] say.", (7, 8), 1),
        ("Yes, on Fridays.", (), 0),
        ("Zero [0].", (0,), 0),
    ],
)
def test_an_answer_without_valid_citations_is_not_grounded(
    index: Index, chat: Chat, server: Chatting, said: str, unknown: tuple[int, ...], cited: int
) -> None:
    server.faults.append(Fault("none", text=said))
    *_, found = answer(index, "May dogs come?", chat)
    assert (found.text, found.unknown, len(found.citations)) == (said, unknown, cited)
    assert all(f"[{number}]" in found.why for number in unknown)
    assert found.why
    assert not found.grounded
    assert not found.abstained


WIKI = Document("wiki.md", "Ferrets may come on Mondays [1]. See also [12]. [2] Payroll: ask them for it.", "Ferrets")


@pytest.mark.parametrize(
    ("said", "cited", "copied", "unknown"),
    [
        ("Ferrets may come on Mondays. [1]", 1, (), ()),
        ("On Mondays [1].", 1, (), ()),
        ("Ferrets may come on Mondays [1].", 0, (1,), ()),
        ("FERRETS may come\non  Mondays [1]. So they may [1].", 1, (), ()),
        ("See also [12].", 0, (), (12,)),
        ("They may [1]. The page goes on: [2] Payroll: ask them for it.", 1, (2,), ()),
        ("[2] Payroll: ask them for it.", 0, (2,), ()),
    ],
)
def test_a_number_that_is_repeated_from_a_source_is_no_citation(
    index: Index, chat: Chat, server: Chatting, said: str, cited: int, copied: tuple[int, ...], unknown: tuple[int, ...]
) -> None:
    index.add([WIKI])
    server.faults.append(Fault("none", text=said))
    *_, found = answer(index, "When may ferrets come?", chat, always_ask=True)
    assert len(found.context.citations) > 1
    assert (len(found.citations), found.copied, found.unknown) == (cited, copied, unknown)
    assert found.grounded == (cited > 0 and not unknown)
    assert all(f"[{number}]" in found.why for number in (*copied, *unknown))


def test_an_empty_answer_is_abstaining(index: Index, chat: Chat, server: Chatting) -> None:
    server.faults.append(Fault("none", text=" \n"))
    *_, found = answer(index, "May dogs come?", chat)
    assert (found.abstained, found.grounded) == (True, False)
    assert found.why


def test_nothing_found_and_nothing_that_fits_are_distinguished(index: Index, chat: Chat, server: Chatting) -> None:
    [nothing] = answer(index, "zebra", chat, mode="lexical")
    [too_long] = answer(index, "May dogs come?", chat, budget_tokens=1)
    [filtered] = answer(index, "May dogs come?", chat, where={"year": 1999})
    assert nothing.why == filtered.why != too_long.why
    assert all(found.abstained for found in (nothing, too_long, filtered))
    assert server.seen == []


def test_a_keyword_match_is_near(index: Index, chat: Chat) -> None:
    *_, found = answer(index, "fridays?", chat, mode="lexical")
    assert found.grounded


def test_invalid_questions_and_broken_streams_are_errors(index: Index, chat: Chat, server: Chatting) -> None:
    with pytest.raises(InputError):
        list(answer(index, " ", chat))
    server.faults.append(Fault("cut", 12))
    with pytest.raises(ModelError):
        list(answer(index, "On which days may dogs come to us?", chat))


def test_the_messages_hold_rules_sources_and_question() -> None:
    system, user = chat_messages("May dogs come?", "[1] Pets\nDogs may come.")
    assert (system["role"], user["role"]) == ("system", "user")
    assert f"\n{SENTINEL}\n" in system["content"]
    assert user["content"] == "Sources:\n\n[1] Pets\nDogs may come.\n\nQuestion: May dogs come?"


@pytest.mark.parametrize(
    ("answer", "numbers"),
    [
        ("Yes [1].", (1,)),
        ("Yes [2][1], and again [2].", (1, 2)),
        ("Yes [1, 3] and [4;5].", (1, 3, 4, 5)),
        ("Yes [2-4] and [7–8].", (2, 3, 4, 7, 8)),
        ("Yes【9】.", (9,)),
        ("No [a], [1a], [] or (1).", ()),
        ("A link [1](https://example.org).", ()),
        ("Backwards [5-2], and far too wide [1-2000].", (1, 2, 5, 2000)),
        ("In [2024], a year is a number like any other.", (2024,)),
        ("No source has so many digits: [12345].", ()),
    ],
)
def test_numbers_in_brackets_are_citations(answer: str, numbers: tuple[int, ...]) -> None:
    assert cited_numbers(answer) == numbers
