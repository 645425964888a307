"""`askew init` at a terminal and without one, and `askew index` as the file says."""

from pathlib import Path

import pytest
from helpers.cli import Here, refused
from helpers.terminal import Terminal

from askew.project import read

SCRIPT = """
import sys
from askew.cli.app import run
from askew.cli.output import guard_streams
guard_streams()
sys.argv = ["askew", "init", *sys.argv[1:]]
sys.exit(run())
"""
ANSWERS = ("--files", "pages", "--for", "search our handbook", "--language", "en", "--name", "book")


@pytest.fixture
def pages(askew: Here, tmp_path: Path) -> Path:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "dogs.md").write_text("# Dogs\n\nDogs may come on Fridays.\n")
    return tmp_path


def test_three_answers_at_a_terminal(pages: Path) -> None:
    with Terminal(SCRIPT, pages) as terminal:
        terminal.until("Which files")
        terminal.press("pages\n")
        assert "enterprise-search" in terminal.until("In plain words")
        terminal.press("find duplicates\n")
        terminal.until("In which language")
        terminal.press("\n")
        assert terminal.end() == 0
    made = read(pages)
    assert (made.name, made.paths, made.task, made.languages) == (pages.name, ("pages",), "near-duplicate", ("en",))


def test_a_terminal_that_ends_writes_nothing(pages: Path) -> None:
    with Terminal(SCRIPT, pages) as terminal:
        terminal.until("Which files")
        terminal.press("\x04")
        assert terminal.end() == 1
    assert not (pages / "askew.toml").exists()


def test_flags_then_an_index_without_arguments(askew: Here, pages: Path) -> None:
    outcome = askew("init", *ANSWERS, "--model", "hashing")
    assert (outcome.code, outcome.out.splitlines()[-1]) == (0, "Next: askew index")
    assert askew("index", "--json").json["new"] == 1
    assert askew("index", "--json").json["unchanged"] == 1
    assert askew("search", "book", "dogs", "--json").json["hits"][0]["id"] == "dogs.md"
    assert askew("show", "book", "--json").json["contract"]["encoder"]["model"] == "hashing"


def test_options_of_the_file_and_of_the_command(askew: Here, pages: Path) -> None:
    askew("init", *ANSWERS, "--model", "hashing")
    with (pages / "askew.toml").open("a") as file:
        file.write('[options]\nchunk_tokens = 64\nvectors = "int8"\n')
    assert askew("index", "--chunk-tokens", "32").code == 0
    contract = askew("show", "book", "--json").json["contract"]
    assert (contract["chunk_tokens"], contract["vectors"]) == (32, "int8")


def test_a_faq_from_the_file(askew: Here, pages: Path) -> None:
    (pages / "faq.csv").write_text("id,question,answer\na,Which cards?,Visa.\n")
    assert askew("init", "--files", "faq.csv", "--for", "faq", "--language", "en", "--name", "help", "--model",
                 "hashing").code == 0  # fmt: skip
    assert "1 question" in askew("index").out


def test_the_folder_itself_without_its_index(askew: Here, pages: Path) -> None:
    askew("init", "--files", ".", *ANSWERS[2:], "--model", "hashing")
    assert askew("index", "--json").json["documents"] == 1
    assert askew("index", "--json").json["documents"] == 1


def test_without_a_terminal_what_is_missing_is_named(askew: Here, pages: Path) -> None:
    refused(askew("init"), "--files", "askew init")
    refused(askew("init", "--files", "pages", "--for", "search"), "--language")
    assert not (pages / "askew.toml").exists()


def test_nothing_is_overwritten_without_force(askew: Here, pages: Path) -> None:
    askew("init", *ANSWERS)
    before = (pages / "askew.toml").read_bytes()
    refused(askew("init", *ANSWERS, "--model", "hashing"), "--force")
    assert (pages / "askew.toml").read_bytes() == before
    assert askew("init", *ANSWERS, "--model", "hashing", "--force", "--json").json["model"] == "hashing"
    assert read(pages).model == "hashing"


def test_an_index_without_a_file_or_without_paths(askew: Here) -> None:
    refused(askew("index"), "askew init")
    refused(askew("index", "book"), "PATH")
