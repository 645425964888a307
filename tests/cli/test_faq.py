import json
import re
from pathlib import Path
from textwrap import indent

import pytest
from helpers.cli import Here, process, refused

from askew import Faq, Index, InputError, QuestionAnswer

ROWS = """id,question,answer,year
login,How do I reset my password?,Press forgotten and follow the mail.,2024
track,Where is my parcel now?,Enter the tracking number on the status page.,2020
card,Can I pay by credit card?,We take every card.,2024
r1,How long can I return a tent?,You can return a tent within 30 days.,2024
r2,How long can I return the tent?,You can return a tent within 14 days.,2020
"""
OPEN = '{"id": "a", "question": "Is it open?", "answer": "Until six."}\n'
FAR = '{"id": "b", "question": "Is it far?", "answer": "Ten minutes."}\n'


@pytest.fixture
def shop(askew: Here, tmp_path: Path) -> Path:
    (tmp_path / "faqs.csv").write_text(ROWS)
    assert askew("index", "shop", "faqs.csv", "--task", "faq", "--model", "hashing").code == 0
    return tmp_path


@pytest.fixture
def two(askew: Here, tmp_path: Path) -> Path:
    """A FAQ `two` of two entries."""
    (tmp_path / "faqs.jsonl").write_text(OPEN + FAR)
    assert make(askew).code == 0
    return tmp_path


def make(askew: Here, *more: str):
    return askew("index", "two", "faqs.jsonl", "--task", "faq", "--model", "hashing", *more)


def documents(askew: Here, name: str) -> list[int]:
    found = askew("show", name, "--json").json
    return [found[channel]["sizes"]["documents"] for channel in ("questions", "answers")]


def test_an_answer_comes_whole_with_its_question_and_one_score(askew: Here, shop: Path) -> None:
    outcome = askew("faq", "shop", "How do I reset the password?")
    first, *answer = outcome.out.splitlines()
    assert re.fullmatch(r" 1  [01]\.\d\d  login  How do I reset my password\?", first)
    assert answer == ["    Press forgotten and follow the mail."]
    assert outcome.err.startswith("login scores ")
    assert (
        askew("faq", "shop", "status page number", "--threshold", "0", "--json").json["hits"][0]["channel"] == "answers"
    )
    whole = "First line " + "long " * 100 + "\nsecond line."
    (shop / "more.jsonl").write_text(json.dumps({"id": "long", "question": "Is the answer long?", "answer": whole}))
    askew("index", "shop", "more.jsonl")
    assert askew("faq", "shop", "Is the answer long?").out.split("\n", 1)[1] == indent(whole, "    ") + "\n"


def test_a_refusal_prints_nothing_but_one_sentence_on_stderr(askew: Here, shop: Path) -> None:
    outcome = askew("faq", "shop", "quagga okapi")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("Nothing in the FAQ answers this")
    assert outcome.err.count("\n") == 1
    assert askew("faq", "shop", "quagga okapi", "--threshold", "0").code == 0


def test_python_cli_and_json_have_the_same_score_and_threshold(askew: Here, shop: Path) -> None:
    for message in ("How do I reset the password?", "quagga okapi"):
        found = askew("faq", "shop", message, "-k", "2", "--json").json
        with Faq.open(shop / "shop") as faq:
            reply = faq.ask(message, 2)
        assert found == json.loads(json.dumps(reply.as_json()))
        assert found["threshold"] == 0.5
        assert found["abstained"] == all(hit["score"] < 0.5 for hit in found["near"])
    found = askew("faq", "shop", "How do I reset the password?", "-k", "2", "--json").json
    hit = found["hits"][0]
    assert (hit["rank"], hit["channel"], hit["entry"]["id"]) == (1, "questions", "login")
    assert hit["entry"]["metadata"] == {"year": 2024}
    assert hit["standings"]["questions"]["rank"] == 1


PAGE = """<!doctype html><title>Help</title><main><h1>Help</h1>
<details><summary>Opening hours</summary><p>From nine to six.</p></details>
<details><summary>Is there nothing here?</summary></details>
<h3>Do you ship abroad?</h3><p>To Norway.</p></main>"""
HEADINGS = "# Help\n\n## How do I pay?\n\nBy card.\n\n## Who are you?\n\n"


def test_pages_and_headings_become_entries_and_questions_without_answers_are_reported(
    askew: Here, tmp_path: Path
) -> None:
    (tmp_path / "page.html").write_text(PAGE)
    (tmp_path / "help.md").write_text(HEADINGS)
    (tmp_path / "notes.txt").write_text("Nothing to see.\n")
    outcome = askew("index", "x", "page.html", "help.md", "notes.txt", "--task", "faq", "--model", "hashing", "--json")
    assert outcome.code == 1
    assert outcome.json["questions"]["documents"] == 3
    for words in ("page.html:2", "'Who are you?' has no answer", "notes.txt"):
        assert words in outcome.err
    with Faq.open(tmp_path / "x") as faq:
        found = {document.text for document in faq.questions.documents(["page.html:1", "page.html:3", "help.md:1"])}
    assert found == {"Opening hours", "Do you ship abroad?", "How do I pay?"}
    refused(askew("index", "y", "help.md", "--task", "faq", "--model", "hashing", "--strict"), "Who are you?")


def test_filters(askew: Here, shop: Path) -> None:
    found = askew("faq", "shop", "How long can I return a tent?", "--where", '{"year": 2020}', "--json").json
    assert found["hits"][0]["entry"]["id"] == "r2"


def test_invalid_arguments(askew: Here, shop: Path) -> None:
    refused(askew("faq", "shop", " "))
    refused(askew("faq", "shop", "x", "--threshold", "2"), "threshold")
    refused(askew("faq", "nothing", "x"), "nothing.askew", "--task faq")
    refused(askew("curate", "shop", "--log", "nothing.txt"), "nothing.txt")


def test_a_new_process_answers(shop: Path) -> None:
    outcome = process("faq", "shop", "How do I reset my password?", cwd=shop)
    assert (outcome.code, outcome.err.startswith("login scores")) == (0, True)


def test_curation_finds_gaps_duplicates_and_contradictions(askew: Here, shop: Path) -> None:
    (shop / "log.txt").write_text("okapi feed\nHow do I reset the password?\nOkapi feed\n")
    found = askew("curate", "shop", "--log", "log.txt", "--threshold", "0.7", "--json").json
    assert (found["asked"], [group["count"] for group in found["unanswered"]]) == (3, [2])
    assert [(pair["a"]["id"], pair["b"]["id"], pair["answers"]) for pair in found["duplicates"]] == [
        ("r1", "r2", "alike")
    ]
    [contradiction] = found["contradictions"]
    assert contradiction["because"] == "same question"
    out = askew("curate", "shop", "--log", "log.txt", "--threshold", "0.7").out
    for line in ("    2 ×  okapi feed\n", "       r2  You can return a tent within 14 days.\n"):
        assert line in out


def test_a_log_may_be_a_table_or_stdin(askew: Here, shop: Path) -> None:
    (shop / "log.jsonl").write_text('{"text": "okapi feed", "when": 3}\n')
    for outcome in (
        askew("curate", "shop", "--log", "log.jsonl", "--json"),
        askew("curate", "shop", "--log", "-", "--json", stdin="okapi feed\n"),
    ):
        [group] = outcome.json["unanswered"]
        assert group["messages"][0]["message"] == "okapi feed"
        assert group["messages"][0]["nearest"][0]["entry"]["id"]


def test_the_field_of_a_log_may_be_named_and_bad_rows_are_reported(askew: Here, shop: Path) -> None:
    (shop / "log.jsonl").write_text('{"id": 1, "said": "okapi feed"}\n{"id": 1, "said": "okapi feed"}\n{"id": 2}\n')
    outcome = askew("curate", "shop", "--log", "log.jsonl", "--text-field", "said", "--json")
    assert outcome.json["asked"] == 2
    assert "log.jsonl:3" in outcome.err


def test_findings_beyond_the_limit_are_counted(askew: Here, shop: Path) -> None:
    out = askew("curate", "shop", "--threshold", "0.7", "--limit", "0").out
    assert out.count("… and 1 more: ") == 2


def test_a_clean_faq_is_exit_code_1(askew: Here, shop: Path) -> None:
    askew("delete", "shop", "r2")
    outcome = askew("curate", "shop", "--json")
    assert (outcome.code, outcome.json["contradictions"]) == (1, [])


def test_indexing_again_encodes_only_what_changed(askew: Here, two: Path) -> None:
    (two / "faqs.jsonl").write_text(OPEN + FAR.replace("Ten", "Five"))
    found = askew("index", "two", "faqs.jsonl", "--json").json
    none = {"new": 0, "truncated": 0, "unknown": 0, "truncated_sparse": 0, "documents": 2}
    assert found["questions"] == {**none, "changed": 0, "unchanged": 2}
    assert found["answers"] == {**none, "changed": 1, "unchanged": 1}
    assert askew("index", "two", "faqs.jsonl").out.splitlines()[1] == "answers    0 new, 0 changed, 2 unchanged."


def test_fields_and_models_may_be_named(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("key,ask,reply\na,Is it open?,Until six.\n")
    models = ("--question-model", "hashing", "--answer-model", "all-MiniLM-L6-v2")
    fields = ("--id-field", "key", "--question-field", "ask", "--answer-field", "reply")
    outcome = askew("index", "x", "x.csv", "--task", "faq", *models, *fields)
    assert (outcome.code, outcome.out.splitlines()[0]) == (0, "questions  1 new, 0 changed, 0 unchanged.")
    assert len(re.findall(r"askew migrate x.askew/answers --to \S+", outcome.err)) == 1
    assert "asymmetric" in outcome.err
    found = askew("show", "x", "--json").json
    assert [found[channel]["contract"]["encoder"]["model"] for channel in ("questions", "answers")] == [
        "hashing",
        "all-MiniLM-L6-v2",
    ]


def test_bad_rows_are_named_or_skipped(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "faqs.jsonl").write_text(OPEN + '{"id": "b", "question": "", "answer": "Yes."}\n{"id": "c"}\n')
    refused(make(askew, "--strict"), "faqs.jsonl:3", "--strict")
    (tmp_path / "faqs.jsonl").write_text(OPEN + '{"id": "b", "question": "", "answer": "Yes."}\n')
    refused(make(askew, "--strict"), "'b'", "'question'", "--strict")
    outcome = make(askew)
    assert (outcome.code, "'b'" in outcome.err) == (1, True)
    assert make(askew, "--skip-bad").code == 0
    assert documents(askew, "two") == [1, 1]


def test_options_that_a_faq_does_not_take(askew: Here, two: Path) -> None:
    refused(askew("index", "two", "faqs.jsonl", "--policy", "warn"), "--policy", "--answer-field")
    refused(askew("index", "two", "faqs.jsonl", "--query-prompt", "q: "), "--query-prompt")
    refused(askew("index", "two", "faqs.jsonl", "--watch"), "--watch")
    refused(askew("index", "two", "faqs.jsonl", "--task", "paraphrase"), "paraphrase")
    refused(askew("index", "two", "faqs.jsonl", "--answer-model", "all-MiniLM-L6-v2"), "model")
    refused(askew("show", "two", "--ledger"), "--ledger")


def test_commands_for_one_index_say_which_command_to_use(askew: Here, two: Path) -> None:
    for words in (
        ("search", "two", "x"),
        ("similar", "two", "x"),
        ("context", "two", "x"),
        ("explain", "two", "x", "a"),
        ("answer", "two", "x", "--url", "http://localhost:1/v1", "--model", "x"),
        ("rank", "two", "faqs.jsonl"),
    ):
        refused(askew(*words), "askew faq two MESSAGE", str(Path("two.askew/answers")))
    assert askew("search", "two.askew/answers", "until six", "-k", "1", "--json").json["hits"][0]["id"] == "a"


def test_show_has_both_channels_and_the_estimate(askew: Here, two: Path) -> None:
    out = askew("show", "two").out
    for words in ("duplicate-questions (symmetric)", "question-answering (asymmetric)", "weights"):
        assert words in out
    found = askew("show", "two", "--json").json
    assert found["task"] == "faq"
    assert found["estimate"]["entries"] == found["answers"]["sizes"]["documents"] == 2


def test_check_finds_an_incomplete_entry_and_indexing_repairs_it(askew: Here, two: Path) -> None:
    assert askew("check", "two").code == 0
    with Faq.open(two / "two", writable=True) as faq:
        faq.questions.delete(["b"])
    assert askew("check", "two").code == 1
    found = askew("check", "two", "--json").json
    assert found == {"faults": [], "unpaired": ["b"], "questions": 1, "answers": 2, "findings": {}, "foreign": []}
    assert askew("index", "two", "faqs.jsonl", "--json").json["questions"]["new"] == 1
    assert set(askew("check", "two", "--json").json["findings"]) == {"questions", "answers"}


def test_delete(askew: Here, two: Path) -> None:
    assert askew("delete", "two", "a", "z", "--json").json == {"deleted": 1}
    assert askew("delete", "two", "a").code == 1
    assert documents(askew, "two") == [1, 1]


def test_a_first_attempt_that_fails_leaves_no_faq_behind(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "faqs.jsonl").write_text(OPEN)
    refused(askew("index", "two", "faqs.jsonl", "--task", "faq", "--model", "hash"), "hashing")
    refused(make(askew, "--precision", "int4"), "'int4'")
    assert [path.name for path in tmp_path.iterdir()] == ["faqs.jsonl"]
    assert make(askew).code == 0


def test_an_entry_whose_row_is_gone_is_deleted_unless_kept(askew: Here, two: Path) -> None:
    (two / "faqs.jsonl").write_text(FAR)
    assert askew("index", "two", "faqs.jsonl", "--keep", "--json").json["removed"] == 0
    assert askew("index", "two", "faqs.jsonl", "--json").json["removed"] == 1
    assert documents(askew, "two") == [1, 1]


def test_an_index_created_for_the_task_is_a_faq_for_every_command(askew: Here, tmp_path: Path) -> None:
    with Index.create(tmp_path / "help", task="faq", model="hashing") as faq:
        faq.add([QuestionAnswer("cards", "Which cards do you take?", "We accept Visa and Mastercard.")])
    found = askew("faq", "help", "Which cards do you take?", "--threshold", "0", "--json").json
    assert found["hits"][0]["entry"]["id"] == "cards"
    with Faq.open(tmp_path / "help") as faq:
        assert faq.ask("Which cards do you take?").near[0].entry.answer == "We accept Visa and Mastercard."
    assert documents(askew, "help") == [1, 1]
    with pytest.raises(InputError):
        Index.open(tmp_path / "help")


GERMAN = """id,question,answer
a,Wie kann ich mein Passwort zurücksetzen?,Wählen Sie auf der Anmeldeseite den Knopf und folgen Sie der Nachricht.
b,Wo ist meine Bestellung gerade?,Öffnen Sie den Link in der Nachricht die wir Ihnen geschickt haben.
c,Kann ich das Zelt wieder zurückgeben?,Sie können alles innerhalb von dreißig Tagen zurückgeben.
d,Welche Karten nehmen Sie an?,Wir nehmen alle Karten und auch die Überweisung.
"""


@pytest.mark.parametrize("english", ["", "e,Where can I park my car?,There is a car park behind the shop.\n"])
def test_a_language_that_the_model_does_not_know_is_told_with_what_to_do(
    askew: Here, tmp_path: Path, english: str
) -> None:
    (tmp_path / "faq.csv").write_text(GERMAN + english, "utf-8")
    outcome = askew("index", "x", "faq.csv", "--task", "faq")
    assert outcome.code == 0
    [note] = [line for line in outcome.err.splitlines() if "was not taught German" in line]
    assert "askew migrate x.askew/questions --to " in note
    assert note.endswith("(and the same for x.askew/answers)")
    assert "not taught" not in askew("index", "x", "faq.csv").err  # nothing changed: said once
