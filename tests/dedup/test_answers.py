import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from askew.dedup.answers import Label, Labels
from askew.errors import InputError
from askew.types import Pair

TEXTS = {"a": "red tents", "b": "red tent", "c": "a\nkayak"}
FIRST, SECOND = Pair(0.9, "a", "b"), Pair(0.7, "a", "c")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "labels.jsonl"


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_answer_is_a_line_and_the_last_on_a_pair_counts(path: Path) -> None:
    with Labels(path) as labels:
        assert labels.label(FIRST, TEXTS) is Label.UNDONE
        labels.add(FIRST, TEXTS, Label.DUPLICATE)
        assert len(rows(path)) == 1
        labels.add(FIRST, TEXTS, Label.DIFFERENT)
    first = rows(path)[0]
    assert first.pop("when").endswith("+00:00")
    assert first == {"a": "a", "b": "b", "label": "duplicate", "score": 0.9, "text1": "red tents", "text2": "red tent"}
    with Labels(path) as labels:
        assert labels.label(FIRST, TEXTS) is Label.DIFFERENT
        assert labels.label(SECOND, TEXTS) is Label.UNDONE


def test_a_pair_is_the_same_whichever_comes_first(path: Path) -> None:
    with Labels(path) as labels:
        labels.add(FIRST, TEXTS, Label.SKIP)
        assert labels.label(Pair(0.9, "b", "a"), TEXTS) is Label.SKIP


def test_an_answer_is_about_the_texts_that_were_shown(path: Path) -> None:
    with Labels(path) as labels:
        labels.add(FIRST, TEXTS, Label.DUPLICATE)
        assert labels.label(FIRST, {**TEXTS, "b": "red boat"}) is Label.UNDONE


@pytest.mark.parametrize("torn", ['{"a": "a", "b"', '{"a": "a", "b": "ü'.encode()[:-1].decode("latin-1"), "{}"])
def test_a_last_line_that_was_never_finished_is_taken_away(path: Path, torn: str) -> None:
    with Labels(path) as labels:
        labels.add(FIRST, TEXTS, Label.DUPLICATE)
    whole = path.read_bytes()
    path.write_bytes(whole + torn.encode("latin-1"))
    with Labels(path) as labels:
        assert path.read_bytes() == whole
        labels.add(SECOND, TEXTS, Label.DIFFERENT)
    assert [row["label"] for row in rows(path)] == ["duplicate", "different"]


def test_a_table_of_what_was_decided(path: Path, tmp_path: Path) -> None:
    with Labels(path) as labels:
        labels.add(FIRST, TEXTS, Label.DUPLICATE)
        labels.add(SECOND, TEXTS, Label.DIFFERENT)
        labels.add(Pair(0.6, "b", "c"), TEXTS, Label.SKIP)
        assert labels.write(tmp_path / "pairs.csv") == 2
        assert labels.write(tmp_path / "pairs.jsonl") == 2
    expected = b'text1,text2,label,a,b,score\r\nred tents,red tent,1,a,b,0.9\r\nred tents,"a\nkayak",0,a,c,0.7\r\n'
    assert (tmp_path / "pairs.csv").read_bytes() == expected
    assert rows(tmp_path / "pairs.jsonl")[1] == {
        "text1": "red tents",
        "text2": "a\nkayak",
        "label": 0,
        "a": "a",
        "b": "c",
        "score": 0.7,
    }


@pytest.mark.parametrize("line", ["id,text", "[]", '{"id": "a", "text": "x"}', '{"a": "x", "label": "maybe"}'])
def test_a_file_of_something_else_is_refused_and_stays_as_it_is(path: Path, line: str) -> None:
    path.write_text(f"{line}\nand more")
    with pytest.raises(InputError, match=r"labels\.jsonl:1\b"):
        Labels(path)
    assert path.read_text() == f"{line}\nand more"


def test_a_file_that_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none/labels\.jsonl: "):
        Labels(tmp_path / "none" / "labels.jsonl")


KILLED = """
import os, signal, sys
from askew.dedup.answers import Label, Labels
from askew.types import Pair
with Labels(sys.argv[1]) as labels:
    for number in range(1000):
        labels.add(Pair(0.5, "a", f"b{number}"), {"a": "x", f"b{number}": "y"}, Label.DUPLICATE)
        print(number, flush=True)
"""


def test_what_was_answered_is_there_after_a_kill(path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True) as process:
        told = [process.stdout.readline() for _ in range(20)]
        os.kill(process.pid, signal.SIGKILL)
    assert told[-1] == "19\n"
    with Labels(path) as labels:
        assert labels.label(Pair(0.5, "a", "b19"), {"a": "x", "b19": "y"}) is Label.DUPLICATE
