import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.chat_server import KEY, MODEL, Chatting, Fault, chatting
from helpers.cli import ASKEW, Here, Outcome, refused
from helpers.tiny_tokenizers import byte_bpe

from askew.cli.answer import source
from askew.rag.answer import SENTINEL
from askew.search.context import Citation

QUESTION = "may dogs come to the office on fridays"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Chatting]:
    with chatting() as running:
        monkeypatch.setenv("ASKEW_CHAT_URL", running.url)
        monkeypatch.setenv("ASKEW_CHAT_MODEL", MODEL)
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        yield running


@pytest.fixture
def ask(askew: Here, handbook: Path, server: Chatting):
    def asked(*more: str, question: str = QUESTION) -> Outcome:
        outcome = askew("answer", "book", question, *more)
        assert KEY not in outcome.out + outcome.err
        return outcome

    return asked


def test_an_answer_is_followed_by_its_sources(ask, handbook: Path) -> None:
    outcome = ask()
    assert (outcome.code, outcome.err) == (0, "")
    text, empty, source = outcome.out.splitlines()
    assert (text, empty) == ("Dogs may come to the office on Fridays. [1]", "")
    assert source.startswith("[1] ")
    assert source.endswith("pets.md  Pets")


def test_json(ask) -> None:
    found = ask("--json").json
    assert (found["question"], found["model"], found["grounded"], found["why"]) == (QUESTION, MODEL, True, "")
    assert [citation["document"] for citation in found["citations"]] == ["pets.md"]
    assert found["context"]["tokenizer"] == "hashing"


def test_an_unanswered_question_is_exit_code_1(ask, server: Chatting) -> None:
    outcome = ask("--always-ask", question="boiling point of mercury")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err
    calls = len(server.seen)
    outcome = ask("--json", question="boiling point of mercury")
    assert (outcome.code, outcome.json["abstained"], outcome.json["text"]) == (1, True, "")
    assert len(server.seen) == calls == 1


def test_an_unknown_source_is_exit_code_1(ask, server: Chatting) -> None:
    server.faults.append(Fault("none", text="On Fridays [9]."))
    outcome = ask()
    assert (outcome.code, outcome.out) == (1, "On Fridays [9].\n")
    assert "[9]" in outcome.err


def test_the_no_answer_line_is_not_printed(ask, server: Chatting) -> None:
    server.faults.append(Fault("none", text=f"**{SENTINEL}**\nDogs are animals."))
    outcome = ask()
    assert (outcome.code, outcome.out) == (1, "")
    assert SENTINEL not in outcome.err


def test_an_interrupted_stream_keeps_what_was_printed(ask, server: Chatting) -> None:
    server.faults.append(Fault("cut", 12))
    outcome = ask()
    assert (outcome.code, outcome.out) == (2, "Dogs may com\n")
    assert outcome.err.startswith("askew: tiny-chat: ")
    assert "RemoteProtocolError" in outcome.err
    assert outcome.err.count("\n") == 1


def test_a_pipe_gets_the_first_words_before_the_last_are_sent(handbook: Path, server: Chatting) -> None:
    server.faults.append(Fault("halved"))
    command = [ASKEW, "answer", "book", QUESTION]
    with subprocess.Popen(command, cwd=handbook, env=dict(os.environ), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        first = process.stdout.read1(8)
        assert b"Dogs may come".startswith(first)
        assert not server.halfway.is_set()
        server.halfway.set()
        assert (first + process.stdout.read()).startswith(b"Dogs may come to the office on Fridays. [1]\n\n[1] ")
        assert process.wait(60) == 0


def test_invalid_chat_settings(ask, askew: Here, server: Chatting, monkeypatch: pytest.MonkeyPatch) -> None:
    refused(ask(question=" "), "empty")
    refused(ask("--url", "localhost"), "http")
    refused(ask("--url", "http://me:pass@localhost/v1"), "environment variable")
    refused(ask("--key-env", "NOT_SET"), "NOT_SET")
    refused(ask("--model", "other"), "other")
    refused(ask("--where", "["), "--where")
    monkeypatch.setenv("OPENAI_API_KEY", "wrong")
    refused(ask(), "OPENAI_API_KEY")
    monkeypatch.delenv("ASKEW_CHAT_MODEL")
    refused(ask(), "--model", "ASKEW_CHAT_MODEL")


def test_the_context_is_printed_with_its_size_on_stderr(askew: Here, handbook: Path) -> None:
    outcome = askew("context", "book", "may dogs come to the office")
    assert outcome.code == 0
    assert outcome.out.startswith('[1] Pets\n"""\nDogs may come to the office on Fridays.\n"""\n')
    assert "1,000" in outcome.err
    assert "hashing" in outcome.err


def test_passages_over_the_budget_are_counted(askew: Here, handbook: Path) -> None:
    outcome = askew("context", "book", "may dogs come to the office", "--budget-tokens", "12")
    assert outcome.out == '[1] Pets\n"""\nDogs may come to the office on Fridays.\n"""\n'
    found = askew("context", "book", "may dogs come to the office", "--budget-tokens", "12", "--json").json
    assert (found["tokens"], found["budget"], found["left_out"]["budget"]) == (10, 12, 2)


def test_the_json_of_a_context_has_its_citations(askew: Here, handbook: Path) -> None:
    found = askew("context", "book", "cats at home", "--mode", "hybrid", "--budget-tokens", "30", "--json").json
    assert (found["query"], found["mode"], found["budget"], found["tokenizer"]) == (
        "cats at home",
        "hybrid",
        30,
        "hashing",
    )
    second = found["citations"][1]
    assert (second["number"], second["document"], second["heading"], second["page"]) == (2, "pets.md", "Cats", 0)
    assert found["tokens"] <= 30
    assert set(found["left_out"]) == {"budget", "repeated"}


def test_another_tokenizer_is_named(askew: Here, handbook: Path) -> None:
    byte_bpe(handbook / "tokenizer.json")
    outcome = askew("context", "book", "dogs", "--tokenizer", "tokenizer.json")
    assert "tokenizer.json" in outcome.err


def test_an_empty_context_is_exit_code_1(askew: Here, handbook: Path) -> None:
    outcome = askew("context", "book", "zebra", "--mode", "lexical")
    assert (outcome.code, outcome.out) == (1, "")
    outcome = askew("context", "book", "dogs", "--budget-tokens", "1")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err
    assert askew("context", "book", "zebra", "--mode", "lexical", "--json").json["citations"] == []


def test_invalid_arguments_of_a_context(askew: Here, handbook: Path) -> None:
    refused(askew("context", "book", " "), "empty")
    refused(askew("context", "book", "x", "--budget-tokens", "0"), "1")
    refused(askew("context", "book", "x", "--tokenizer", "none.json"), "none.json")
    refused(askew("context", "book", "x", "--where", "["), "--where")


def test_a_source_says_where_it_is() -> None:
    citation = Citation(2, "a.pdf", "Safety", "/x/a.pdf", 7, "Safety › Fire", 0, 9, 0.5, cut=True)
    assert source(citation) == "[2] /x/a.pdf  p. 7  Safety · Fire …"
    assert source(Citation(1, "row-3", "", "", 0, "", 0, 9, 0.5)) == "[1] row-3"
