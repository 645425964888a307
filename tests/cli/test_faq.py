from pathlib import Path

import pytest
from helpers.cli import Here, process, refused

ROWS = """id,question,answer,year
login,How do I reset my password?,Press forgotten and follow the mail.,2024
track,Where is my parcel now?,Enter the tracking number on the status page.,2020
card,Can I pay by credit card?,We take every card.,2024
r1,How long can I return a tent?,You can return a tent within 30 days.,2024
r2,How long can I return the tent?,You can return a tent within 14 days.,2020
"""


@pytest.fixture
def shop(askew: Here, tmp_path: Path) -> Path:
    (tmp_path / "faqs.csv").write_text(ROWS)
    assert askew("index", "shop", "faqs.csv", "--task", "faq", "--model", "hashing").code == 0
    return tmp_path


def test_an_answer_comes_with_its_question_and_how_it_was_found(askew: Here, shop: Path) -> None:
    first, answer, found = askew("faq", "shop", "reset password").out.splitlines()
    assert first.endswith("  login  How do I reset my password?")
    assert answer == "    Press forgotten and follow the mail."
    assert found.startswith("    stands out by its question: questions 0.")
    assert "(rank 1)" in found
    assert "by its answer" in askew("faq", "shop", "status page number").out


def test_what_nothing_answers_is_exit_code_1(askew: Here, shop: Path) -> None:
    outcome = askew("faq", "shop", "quagga okapi")
    assert outcome.code == 1
    assert "below the floor" in outcome.out
    assert outcome.err == "Nothing here answers this; shown is what comes nearest.\n"
    assert askew("faq", "shop", "quagga okapi", "--floor", "0").code == 0


def test_json_has_every_rank_and_score(askew: Here, shop: Path) -> None:
    told = askew("faq", "shop", "reset password", "-k", "2", "--json").json
    assert (told["message"], told["abstained"], set(told["floors"])) == (
        "reset password",
        False,
        {"questions", "answers"},
    )
    hit = told["hits"][0]
    assert (hit["rank"], hit["channel"], hit["entry"]["id"]) == (1, "questions", "login")
    assert hit["entry"]["metadata"] == {"year": 2024}
    assert hit["standings"]["questions"]["rank"] == 1
    outcome = askew("faq", "shop", "quagga okapi", "--json")
    assert (outcome.code, outcome.json["hits"], len(outcome.json["near"])) == (1, [], 1)


def test_filters(askew: Here, shop: Path) -> None:
    told = askew("faq", "shop", "return a tent", "--where", '{"year": 2020}', "--json").json
    assert told["hits"][0]["entry"]["id"] == "r2"


def test_bad_use_is_refused(askew: Here, shop: Path) -> None:
    refused(askew("faq", "shop", " "), "query is empty")
    refused(askew("faq", "shop", "x", "--floor", "2"), "floor")
    refused(askew("faq", "nothing", "x"), "nothing.askew", "--task faq")
    refused(askew("curate", "shop", "--log", "nothing.txt"), "nothing.txt")


def test_curating_tells_what_lacks_and_what_is_at_odds(askew: Here, shop: Path) -> None:
    (shop / "log.txt").write_text("okapi feed\nreset password\nOkapi feed\n")
    out = askew("curate", "shop", "--log", "log.txt", "--threshold", "0.7").out
    assert "Nothing answers 2 of 3 messages, in 1 group\n" in out
    assert "    2 ×  okapi feed\n" in out
    assert "1 pair of questions that ask the same (0.7 or more)" in out
    assert "answers that are alike" in out
    assert "r1 and r2: same question, other number" in out
    assert "       r2  You can return a tent within 14 days.\n" in out


def test_a_log_may_be_a_table_or_stdin(askew: Here, shop: Path) -> None:
    (shop / "log.jsonl").write_text('{"text": "okapi feed", "when": 3}\n')
    for outcome in (
        askew("curate", "shop", "--log", "log.jsonl", "--json"),
        askew("curate", "shop", "--log", "-", "--json", stdin="okapi feed\n"),
    ):
        [group] = outcome.json["unanswered"]
        assert group["messages"][0]["message"] == "okapi feed"
        assert group["messages"][0]["nearest"][0]["entry"]["id"]


def test_findings_beyond_the_limit_are_counted(askew: Here, shop: Path) -> None:
    out = askew("curate", "shop", "--threshold", "0.7", "--limit", "0").out
    assert out.count("… and 1 more: --limit shows more") == 2
    assert "Nothing answers" not in out


def test_nothing_to_do_is_exit_code_1(askew: Here, shop: Path) -> None:
    askew("delete", "shop", "r2")
    outcome = askew("curate", "shop", "--json")
    assert (outcome.code, outcome.json["contradictions"]) == (1, [])


def test_a_new_process_answers(shop: Path) -> None:
    outcome = process("faq", "shop", "reset password", cwd=shop)
    assert (outcome.code, outcome.err) == (0, "")


def test_a_log_names_its_field_and_what_is_left_out_of_it(askew: Here, shop: Path) -> None:
    (shop / "asked.jsonl").write_text('{"id": 1, "said": "okapi feed"}\n{"id": 1, "said": "okapi feed"}\n{"id": 2}\n')
    outcome = askew("curate", "shop", "--log", "asked.jsonl", "--text-field", "said")
    assert outcome.out.startswith("Nothing answers 2 of 2 messages, in 1 group\n")
    assert "Rows skipped: 1\n  asked.jsonl:3: its 'said' is missing" in outcome.err
