import json
from pathlib import Path

import pytest

from askew.dedup.review import Label, Labels
from askew.errors import InputError
from askew.evaluation.labelled_pairs import LabelledPair, is_graded, read_pairs
from askew.types import Pair

TEXTS = {"a": "red tents", "b": "red tent", "c": "a kayak", "d": "a map"}


def read(folder: Path, name: str, content: str, **given: object) -> list[LabelledPair]:
    (folder / name).write_text(content)
    return read_pairs(folder / name, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pairs.csv", "text1,text2,label\none,two,1\n"),
        ("pairs.tsv", "qid\tquestion_1\tquestion_2\tlabel\n7\tone\ttwo\t1\n"),
        ("pairs.csv", "id,question1,question2,is_duplicate\n7,one,two,1\n"),
        ("pairs.tsv", "pair_ID\tsentence_A\tsentence_B\tentailment_label\trelatedness_score\n7\tone\ttwo\tX\t1.0\n"),
        ("pairs.jsonl", '{"sentence1": "one", "sentence2": "two", "score": 1}\n'),
        ("pairs.jsonl", '{"text1": "one", "text2": "two", "label": true}\n'),
    ],
)
def test_the_usual_names_are_known(tmp_path: Path, name: str, content: str) -> None:
    assert read(tmp_path, name, content) == [LabelledPair("one", "two", 1.0)]


def test_other_names_can_be_given(tmp_path: Path) -> None:
    content = "left,right,same,label\none,two,0,9\n"
    found = read(tmp_path, "pairs.csv", content, texts=("left", "right"), label="same")
    assert found == [LabelledPair("one", "two", 0.0)]
    with pytest.raises(InputError, match=r"field 'rigt'.*right"):
        read(tmp_path, "pairs.csv", content, texts=("left", "rigt"))


def test_a_score_beside_the_label_is_a_models(tmp_path: Path) -> None:
    found = read(tmp_path, "p.csv", "text1,text2,label,a,b,score\none,two,1,x,y,0.75\none,six,0,x,z,\n")
    assert [pair.score for pair in found] == [0.75, None]


def test_a_table_of_labels_may_have_a_pair_twice(tmp_path: Path) -> None:
    assert len(read(tmp_path, "p.csv", "text1,text2,label\none,two,1\none,two,0\n")) == 2


def test_of_a_review_the_last_word_on_each_pair_counts(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    said = [
        (Pair(0.9, "a", "b"), Label.DIFFERENT),
        (Pair(0.8, "a", "c"), Label.DUPLICATE),
        (Pair(0.7, "a", "d"), Label.SKIP),
        (Pair(0.6, "b", "c"), Label.DIFFERENT),
        (Pair(0.8, "c", "a"), Label.UNDONE),
        (Pair(0.9, "b", "a"), Label.DUPLICATE),
    ]
    with Labels(path) as labels:
        for pair, label in said:
            labels.add(pair, TEXTS, label)
        labels.write(tmp_path / "table.csv")
    found = read_pairs(path)
    assert found == [
        LabelledPair("red tent", "red tents", 1.0, 0.9),
        LabelledPair("red tent", "a kayak", 0.0, 0.6),
    ]
    table = read_pairs(tmp_path / "table.csv")
    assert [(pair.label, pair.score) for pair in found] == [(1.0, 0.9), (0.0, 0.6)]
    assert {(pair.text1, pair.text2) for pair in found} <= {(pair.text1, pair.text2) for pair in table}


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("p.csv", "text1,text2,label\none,two,maybe\n", r"p\.csv:2: 'label' is 'maybe'"),
        ("p.csv", "text1,text2,label\none,two,nan\n", r"p\.csv:2: 'label' is 'nan'"),
        ("p.csv", "text1,text2,label\none,,1\n", r"p\.csv:2: 'text2' "),
        ("p.csv", "text1,text2,label\none,two\n", r"p\.csv:2: .*\b2, .*\b3\."),
        ("p.csv", "text1,other,label\none,two,1\n", "the two texts.*text1, other, label"),
        ("p.csv", "text1,text2,stars\none,two,1\n", "the label.*stars"),
        ("p.csv", "text1,text2,label\n", "p\\.csv has no"),
        ("p.txt", "one\n", r"p\.txt is not a table"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, name: str, content: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        read(tmp_path, name, content)


def test_labels_of_0_and_1_say_whether_and_others_how_much() -> None:
    assert not is_graded([LabelledPair("a", "b", 0.0), LabelledPair("a", "b", 1.0)])
    assert is_graded([LabelledPair("a", "b", 0.0), LabelledPair("a", "b", 0.5)])


def test_one_file_is_read_and_no_folder(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text(json.dumps({"text1": "a", "text2": "b", "label": 1}))
    with pytest.raises(InputError, match="is not a table"):
        read_pairs(tmp_path)


@pytest.mark.parametrize(
    ("name", "data", "line"),
    [
        ("p.jsonl", '{"text1": "a", "text2": "b", "label": ' + "9" * 400 + "}\n", 1),
        ("p.jsonl", '{"text1": "a", "text2": "b", "label": 1e400}\n', 1),
        ("p.jsonl", '{"text1": "a", "text2": "b", "label": 1}\n{"x": ' + "[" * 1000 + "]" * 1000 + "}\n", 2),
        ("p.jsonl", '{"text1": "a\\u0000", "text2": "b", "label": 1}\n', 1),
        ("p.csv", "text1,text2,label\na,b,1e400\n", 2),
        ("p.csv", "text1,text2,label\na,b\0,1\n", 2),
        ("p.csv", 'text1,text2,label\na,b,1\n"a,b,1\n', 3),
        ("p.csv", "text1,text2,label\na,b,nan\n", 2),
        ("p.tsv", "text1\ttext2\tlabel\na\tb\n", 2),
    ],
)
def test_whatever_is_wrong_is_named_with_its_file_and_line(tmp_path: Path, name: str, data: str, line: int) -> None:
    (tmp_path / name).write_text(data)
    with pytest.raises(InputError, match=rf"{name}:{line}\b"):
        read_pairs(tmp_path / name)
