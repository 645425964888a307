from pathlib import Path

import pytest
from helpers.cli import Here, refused

from askew.faq.faq import Faq

ROWS = '{"id": "a", "question": "Is it open?", "answer": "Until six."}\n'
MORE = '{"id": "b", "question": "Is it far?", "answer": "Ten minutes."}\n'


@pytest.fixture
def shop(askew: Here, tmp_path: Path) -> Path:
    (tmp_path / "faqs.jsonl").write_text(ROWS + MORE)
    assert make(askew).code == 0
    return tmp_path


def make(askew: Here, *more: str):
    return askew("index", "shop", "faqs.jsonl", "--task", "faq", "--model", "hashing", *more)


def test_indexing_again_encodes_only_what_changed(askew: Here, shop: Path) -> None:
    (shop / "faqs.jsonl").write_text(ROWS + MORE.replace("Ten", "Five"))
    outcome = askew("index", "shop", "faqs.jsonl", "--json")
    assert outcome.json["questions"] == {"new": 0, "changed": 0, "unchanged": 2, "truncated": 0, "documents": 2}
    assert outcome.json["answers"] == {"new": 0, "changed": 1, "unchanged": 1, "truncated": 0, "documents": 2}
    assert "The FAQ holds 2 questions and 2 answers." in askew("index", "shop", "faqs.jsonl").out


def test_fields_and_models_may_be_named(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("key,ask,reply\na,Is it open?,Until six.\n")
    models = ("--question-model", "hashing", "--answer-model", "all-MiniLM-L6-v2")
    fields = ("--id-field", "key", "--question-field", "ask", "--answer-field", "reply")
    outcome = askew("index", "x", "x.csv", "--task", "faq", *models, *fields)
    assert (outcome.code, outcome.out.splitlines()[0]) == (0, "questions  1 new, 0 changed, 0 unchanged.")
    shown = askew("show", "x", "--json").json
    assert [shown[half]["contract"]["encoder"]["model"] for half in ("questions", "answers")] == [
        "hashing",
        "all-MiniLM-L6-v2",
    ]


def test_bad_rows_are_named_or_skipped(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "faqs.jsonl").write_text(ROWS + '{"id": "b", "question": "", "answer": "Yes."}\n{"id": "c"}\n')
    refused(make(askew), "faqs.jsonl:3", "--skip-bad")
    (tmp_path / "faqs.jsonl").write_text(ROWS + '{"id": "b", "question": "", "answer": "Yes."}\n')
    refused(make(askew), "'b' has no 'question'", "--skip-bad")
    outcome = make(askew, "--skip-bad")
    assert "Entries without a question, skipped: 1, the first 'b'" in outcome.err
    assert "The FAQ holds 1 question and 1 answer." in outcome.out


def test_what_does_not_fit_a_faq_is_refused(askew: Here, shop: Path) -> None:
    refused(askew("index", "shop", "faqs.jsonl", "--policy", "warn"), "does not take --policy", "--answer-field")
    refused(askew("index", "shop", "faqs.jsonl", "--task", "paraphrase"), "for the task faq, not paraphrase")
    refused(askew("index", "shop", "faqs.jsonl", "--answer-model", "all-MiniLM-L6-v2"), "sealed with other settings")
    refused(askew("search", "shop", "x"), "askew faq shop MESSAGE", "shop.askew/answers")
    refused(askew("similar", "shop", "x"), "askew faq shop MESSAGE")
    assert askew("search", "shop.askew/answers", "until six", "-k", "1").out.startswith(" 1  1.000  a")


def test_show_has_both_halves_and_their_floors(askew: Here, shop: Path) -> None:
    out = askew("show", "shop").out
    for words in ("duplicate-questions (symmetric)", "question-answering (asymmetric)", "floor", "2 in 2 passages"):
        assert words in out
    shown = askew("show", "shop", "--json").json
    assert shown["task"] == "faq"
    assert shown["answers"]["scale"]["entries"] == shown["answers"]["sizes"]["documents"] == 2


def test_check_finds_what_is_half_there_and_indexing_heals_it(askew: Here, shop: Path) -> None:
    assert askew("check", "shop").out == "Clean: 2 questions and 2 answers.\n"
    with Faq.open(shop / "shop", writable=True) as faq:
        faq.questions.delete(["b"])
    outcome = askew("check", "shop")
    assert (outcome.code, outcome.out) == (1, "unfinished: 1 entry in one half only, the first 'b'; index them again\n")
    found = askew("check", "shop", "--json").json
    assert found == {"faults": [], "unpaired": ["b"], "questions": 1, "answers": 2, "findings": {}}
    assert askew("index", "shop", "faqs.jsonl").out.splitlines()[0] == "questions  1 new, 0 changed, 1 unchanged."
    assert askew("check", "shop").code == 0


def test_delete(askew: Here, shop: Path) -> None:
    assert askew("delete", "shop", "a", "z").out == "1 of 2 documents deleted.\n"
    assert askew("delete", "shop", "a").code == 1
    assert askew("check", "shop").out == "Clean: 1 question and 1 answer.\n"


def test_a_first_try_that_fails_leaves_no_faq_behind(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "faqs.jsonl").write_text(ROWS)
    refused(askew("index", "shop", "faqs.jsonl", "--task", "faq", "--model", "hash"), "Did you mean hashing?")
    refused(make(askew, "--precision", "int4"), "'int4'")
    assert [path.name for path in tmp_path.iterdir()] == ["faqs.jsonl"]
    assert make(askew).code == 0


def test_an_entry_whose_row_is_gone_is_removed_unless_it_is_to_be_kept(askew: Here, shop: Path) -> None:
    (shop / "faqs.jsonl").write_text(MORE)
    assert "The FAQ holds 2 questions and 2 answers." in askew("index", "shop", "faqs.jsonl", "--keep").out
    out = askew("index", "shop", "faqs.jsonl").out
    assert "1 entry removed." in out
    assert "The FAQ holds 1 question and 1 answer." in out
    (shop / "faqs.jsonl").write_text(ROWS)
    assert askew("index", "shop", "faqs.jsonl", "--json").json["removed"] == 1


def test_commands_for_one_index_say_that_it_is_a_faq(askew: Here, shop: Path) -> None:
    for words in (
        ("context", "shop", "x"),
        ("why", "shop", "x", "a"),
        ("answer", "shop", "x", "--url", "http://localhost:1/v1", "--model", "x"),
        ("run", "shop", "faqs.jsonl"),
        ("weights", "shop", "faqs.jsonl", "faqs.jsonl"),
    ):
        refused(askew(*words), "askew faq shop MESSAGE", "shop.askew/answers")
