import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("httpx", reason="services are asked through httpx: pip install 'askew[hosted]'")

from helpers.chat_server import KEY, MODEL, Chatting, Fault, chatting
from helpers.cli import ASKEW, Here, Outcome, refused

from askew.rag.answer import SENTINEL

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


def test_an_answer_and_below_it_the_sources_that_it_cites(ask, handbook: Path) -> None:
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


def test_what_is_not_here_is_exit_code_1_and_a_clear_sentence(ask, server: Chatting) -> None:
    outcome = ask("--always-ask", question="boiling point of mercury")
    assert (outcome.code, outcome.out, outcome.err) == (1, "", "The sources do not answer this, says the model.\n")
    asked = len(server.seen)
    outcome = ask(question="boiling point of mercury")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("Nothing in the index is near the question: ")
    assert len(server.seen) == asked == 1


def test_a_source_that_is_not_there_is_exit_code_1(ask, server: Chatting) -> None:
    server.faults.append(Fault("none", text="On Fridays [9]."))
    outcome = ask()
    assert (outcome.code, outcome.out) == (1, "On Fridays [9].\n")
    assert outcome.err == "The answer cites [9], which is no source.\n"


def test_the_line_that_says_no_is_shown_nowhere(ask, server: Chatting) -> None:
    server.faults.append(Fault("none", text=f"**{SENTINEL}**\nDogs are animals."))
    outcome = ask()
    assert (outcome.code, outcome.out) == (1, "")
    assert SENTINEL not in outcome.err


def test_a_stream_that_breaks_off_keeps_what_was_shown(ask, server: Chatting) -> None:
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


def test_bad_use_is_refused(ask, askew: Here, server: Chatting, monkeypatch: pytest.MonkeyPatch) -> None:
    refused(ask(question=" "), "The query is empty")
    refused(ask("--url", "localhost"), "begins with http")
    refused(ask("--url", "http://me:pass@localhost/v1"), "environment variable")
    refused(ask("--key-env", "NOT_SET"), "NOT_SET is not set")
    refused(ask("--model", "other"), "has no such model")
    refused(ask("--where", "["), "--where is no JSON")
    monkeypatch.setenv("OPENAI_API_KEY", "wrong")
    refused(ask(), "OPENAI_API_KEY")
    monkeypatch.delenv("ASKEW_CHAT_MODEL")
    refused(ask(), "Name the chat: --url and --model, or ASKEW_CHAT_URL")
