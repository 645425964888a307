from pathlib import Path

import pytest

from askew.documents.columns import Fields
from askew.errors import InputError
from askew.faq.entries import QuestionAnswer, as_answer, as_question, check_entries, joined, read_entries
from askew.types import Document

ENTRY = QuestionAnswer("a", "Is it open?", "Until six.", {"year": 2024})


def test_both_halves_have_the_id_and_the_metadata() -> None:
    assert as_question(ENTRY) == Document("a", "Is it open?", metadata={"year": 2024})
    assert as_answer(ENTRY) == Document("a", "Until six.", metadata={"year": 2024})
    assert joined({"a": as_question(ENTRY)}, as_answer(ENTRY)) == ENTRY
    assert joined({}, as_answer(ENTRY)).question == ""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.csv", "id,question,answer,year\na,Is it open?,Until six.,2024\n"),
        ("x.tsv", "id\tquestion\tanswer\tyear\na\tIs it open?\tUntil six.\t2024\n"),
        ("x.csv", "ID;Frage;Antwort ;year\na;Is it open?;Until six.;2024\n"),
        ("x.json", '[{"id": "a", "question": "Is it open?", "answer": "Until six.", "year": 2024}]'),
        ("x.jsonl", '{"id": "a", "question": "Is it open?", "answer": "Until six.", "year": 2024}\n'),
    ],
)
def test_tables_are_read(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert read_entries([tmp_path / name]).entries == (ENTRY,)


def test_fields_may_have_other_names(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("key,title,text,year\na,Is it open?,Until six.,2024\n")
    found = read_entries([tmp_path / "x.csv"], question="title", answer="text", fields=Fields(id="key"))
    assert found.entries == (ENTRY,)


def test_a_row_without_question_or_answer_is_named_or_left_out(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(
        '{"id": "a", "question": "Is it open?", "answer": "Until six.", "year": 2024}\n'
        '{"id": "b", "question": " ", "answer": "Yes."}\n'
        '{"id": "c", "question": "And you?", "answer": ""}\n'
    )
    with pytest.raises(InputError, match=r"x\.jsonl:3: .*'answer'"):
        read_entries([path], strict=True)
    found = read_entries([path])
    assert found.entries == (ENTRY,)
    assert found.without_question == ("b",)
    assert [row.line for row in found.reading.skipped] == [3]
    path.write_text('{"id": "b", "question": "", "answer": "Yes."}\n')
    for skip_bad in (False, True):
        with pytest.raises(InputError, match=r"x\.jsonl: .*'b'.*'question'"):
            read_entries([path], skip_bad=skip_bad)


def test_a_field_that_is_missing_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("question,reply\na,b\n")
    with pytest.raises(InputError, match="--answer-field"):
        read_entries([tmp_path / "x.csv"])


def test_an_empty_half_is_refused() -> None:
    with pytest.raises(InputError, match=r"'a' .*answer"):
        check_entries([QuestionAnswer("a", "Is it open?", "\n")])
    with pytest.raises(InputError, match=r"'a' .*question"):
        check_entries([QuestionAnswer("a", "", "Until six.")])


def test_headings_that_ask_are_entries_where_nothing_stands_above_them(tmp_path: Path) -> None:
    (tmp_path / "x.md").write_text("## Is it open?\n\nUntil six.\n\n## Where is it?\n\nBehind the mill.\n")
    found = read_entries([tmp_path / "x.md"]).entries
    assert [(one.question, one.answer) for one in found] == [
        ("Is it open?", "Until six."),
        ("Where is it?", "Behind the mill."),
    ]


def test_the_accordion_of_bootstrap_4_is_read(tmp_path: Path) -> None:
    card = (
        '<div class="card"><div class="card-header" id="h{0}"><h2 class="mb-0"><button class="btn btn-link" '
        'type="button" data-toggle="collapse" data-target="#c{0}" aria-expanded="true" aria-controls="c{0}">{1}'
        '</button></h2></div><div id="c{0}" class="collapse" aria-labelledby="h{0}" data-parent="#a"><div '
        'class="card-body">{2}</div></div></div>'
    )
    cards = card.format(1, "Is it open?", "Until six.") + card.format(2, "Parking", "Behind the mill.")
    (tmp_path / "x.html").write_text(f'<html><body><div class="accordion" id="a">{cards}</div></body></html>')
    found = read_entries([tmp_path / "x.html"]).entries
    assert [(one.question, one.answer) for one in found] == [
        ("Is it open?", "Until six."),
        ("Parking", "Behind the mill."),
    ]
