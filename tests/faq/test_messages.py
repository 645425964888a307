from pathlib import Path

import pytest

from askew.errors import InputError
from askew.faq.messages import MessageLog, read_log


def test_a_log_of_any_name_has_a_message_on_each_line(tmp_path: Path) -> None:
    for name in ("asked.log", "asked.TXT", "asked", "asked.md"):
        (tmp_path / name).write_text("# is it open?\r\n\n  where is it\nwhere is it\n")
        assert read_log(str(tmp_path / name)).messages == ("# is it open?", "where is it", "where is it")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.csv", "id,text,title\nann,Is it open?,1\nann,And now?,2\n"),
        ("x.TSV", "_id\ttext\nann\tIs it open?\n\tAnd now?\n"),
        ("x.jsonl", '{"id": "ann", "text": "Is it open?"}\n{"id": null, "text": "And now?", "title": []}\n'),
    ],
)
def test_of_a_table_only_the_words_count(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert read_log(str(tmp_path / name)) == MessageLog(("Is it open?", "And now?"), ())


def test_the_field_may_be_named_and_what_has_no_message_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"user": 1, "said": "Is it open?"}\n{"user": 2, "said": ""}\n{no\n')
    with pytest.raises(InputError, match="said, user"):
        read_log(str(path), "words")
    found = read_log(str(path), "said")
    assert found.messages == ("Is it open?",)
    assert [(row.line, row.source) for row in found.skipped] == [(2, str(path)), (3, str(path))]
    assert "'said'" in found.skipped[0].reason


def test_what_is_no_log_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.log").write_text("\n")
    (tmp_path / "bad.jsonl").write_text("[]\n")
    for name, named in (
        ("empty.log", r"empty\.log"),
        ("bad.jsonl", r"bad\.jsonl:1: .*JSON"),
        ("none.log", r"none\.log"),
        (".", "folder"),
    ):
        with pytest.raises(InputError, match=named):
            read_log(str(tmp_path / name))
