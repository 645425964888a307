import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from askew.contract import Contract
from askew.dedup.corpus import ListCorpus
from askew.dedup.labels import JudgedPair
from askew.dedup.review import (
    BY_HAND,
    Label,
    Labels,
    PairByHand,
    ReviewQuestion,
    answered,
    by_texts,
    label_files,
    missing,
    ordered,
    pairs_by_hand,
    unanswered,
)
from askew.dedup.set_join.layers import Layer
from askew.dedup.texts import encoded
from askew.errors import InputError
from askew.pair_labels.verdict import Kind
from askew.types import Document, Pair

SHOWN = {"a": "one", "b": "two", "c": "three"}


def question(score: float, a: str = "a", b: str = "b") -> ReviewQuestion:
    return ReviewQuestion(Pair(score, a, b))


def scores(order: str) -> list[float]:
    asked = [question(score) for score in (0.75, 0.99, 0.83, 0.78, 0.9)]
    return [found.pair.score for found in ordered(asked, order, 0.8)]


def test_the_most_uncertain_are_nearest_to_the_threshold() -> None:
    assert scores("uncertain") == [0.78, 0.83, 0.75, 0.9, 0.99]
    assert scores("best") == [0.99, 0.9, 0.83, 0.78, 0.75]


def test_equal_ones_stay_in_their_order() -> None:
    asked = [question(0.9, "a", "c"), question(0.9, "a", "b"), question(0.9, "b", "c")]
    assert ordered(asked, "best", 0.8) == ordered(asked, "uncertain", 0.8) == asked


def test_another_order_is_refused() -> None:
    with pytest.raises(InputError, match="'worst'"):
        scores("worst")


def test_answered_and_skipped_pairs_are_not_asked_again_but_undone_ones_are(tmp_path: Path) -> None:
    asked = [question(0.9, "a", "b"), question(0.8, "a", "c"), question(0.7, "b", "c")]
    with Labels(tmp_path / "labels.jsonl") as labels:
        labels.add(asked[0].pair, SHOWN, Label.DUPLICATE)
        labels.add(asked[1].pair, SHOWN, Label.SKIP)
        assert unanswered(asked, SHOWN, labels) == asked[2:]
        labels.add(asked[0].pair, SHOWN, Label.UNDONE)
        assert unanswered(asked, SHOWN, labels) == [asked[0], asked[2]]
        assert unanswered(asked, {**SHOWN, "c": "changed"}, labels) == asked


ANSWERED = {"a": "red tents", "b": "red tent", "c": "a\nkayak"}
FIRST, SECOND = Pair(0.9, "a", "b"), Pair(0.7, "a", "c")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "labels.jsonl"


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_answer_is_a_line_and_the_last_on_a_pair_counts(path: Path) -> None:
    with Labels(path) as labels:
        assert labels.label(FIRST, ANSWERED) is Label.UNDONE
        labels.add(FIRST, ANSWERED, Label.DUPLICATE)
        assert len(rows(path)) == 1
        labels.add(FIRST, ANSWERED, Label.DIFFERENT)
    first = rows(path)[0]
    assert first.pop("when").endswith("+00:00")
    assert first == {"a": "a", "b": "b", "label": "duplicate", "score": 0.9, "text1": "red tents", "text2": "red tent"}
    with Labels(path) as labels:
        assert labels.label(FIRST, ANSWERED) is Label.DIFFERENT
        assert labels.label(SECOND, ANSWERED) is Label.UNDONE


def test_a_pair_is_the_same_whichever_comes_first(path: Path) -> None:
    with Labels(path) as labels:
        labels.add(FIRST, ANSWERED, Label.SKIP)
        assert labels.label(Pair(0.9, "b", "a"), ANSWERED) is Label.SKIP


def test_an_answer_is_about_the_texts_that_were_shown(path: Path) -> None:
    with Labels(path) as labels:
        labels.add(FIRST, ANSWERED, Label.DUPLICATE)
        assert labels.label(FIRST, {**ANSWERED, "b": "red boat"}) is Label.UNDONE


@pytest.mark.parametrize("torn", ['{"a": "a", "b"', '{"a": "a", "b": "ü'.encode()[:-1].decode("latin-1"), "{"])
def test_a_last_line_that_was_never_finished_is_taken_away(path: Path, torn: str) -> None:
    with Labels(path) as labels:
        labels.add(FIRST, ANSWERED, Label.DUPLICATE)
    whole = path.read_bytes()
    path.write_bytes(whole + torn.encode("latin-1"))
    with Labels(path) as labels:
        assert path.read_bytes() == whole
        labels.add(SECOND, ANSWERED, Label.DIFFERENT)
    assert [row["label"] for row in rows(path)] == ["duplicate", "different"]


def test_a_last_answer_without_its_line_end_counts(path: Path) -> None:
    with Labels(path) as labels:
        labels.add(FIRST, ANSWERED, Label.DUPLICATE)
    path.write_bytes(path.read_bytes().rstrip())
    with Labels(path) as labels:
        assert labels.label(FIRST, ANSWERED) is Label.DUPLICATE
        labels.add(SECOND, ANSWERED, Label.DIFFERENT)
    assert [row["label"] for row in rows(path)] == ["duplicate", "different"]


@pytest.mark.parametrize(
    "held", ["irreplaceable notes", "{}", '{"a": "my settings", "b": [1, 2]}', '{"a": 1}', '{"query": "x"}']
)
def test_a_file_of_something_else_is_left_as_it_is(path: Path, held: str) -> None:
    path.write_text(held)
    with pytest.raises(InputError):
        Labels(path)
    assert path.read_text() == held
    path.write_text(f"{held}\n{held}")
    with pytest.raises(InputError):
        Labels(path)
    assert path.read_text() == f"{held}\n{held}"


def test_texts_of_one_id_in_two_files_are_told_apart(path: Path) -> None:
    about = (Kind.PARAPHRASE, "", Layer.SEMANTIC)
    straight = JudgedPair(0.9, "1", "2", *about, "red tents", "red tent", positions=(0, 1))
    crossed = JudgedPair(0.9, "2", "1", *about, "a kayak", "a canoe", positions=(1, 0))
    with Labels(path) as labels:
        labels.add(straight, {}, Label.DUPLICATE)
        assert labels.label(crossed, {}) is Label.UNDONE
        labels.add(crossed, {}, Label.DIFFERENT)
    with Labels(path) as labels:
        assert (labels.label(straight, {}), labels.label(crossed, {})) == (Label.DUPLICATE, Label.DIFFERENT)
    assert [(row["text1"], row["text2"]) for row in rows(path)] == [("red tents", "red tent"), ("a kayak", "a canoe")]


def test_a_table_of_what_was_decided(path: Path, tmp_path: Path) -> None:
    with Labels(path) as labels:
        labels.add(FIRST, ANSWERED, Label.DUPLICATE)
        labels.add(SECOND, ANSWERED, Label.DIFFERENT)
        labels.add(Pair(0.6, "b", "c"), ANSWERED, Label.SKIP)
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
from askew.dedup.review import Label, Labels
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


TEXTS = ["red tents", "tents in red", "blue kayak", "soup"]


def corpus(folder: Path) -> ListCorpus:
    documents = [Document(f"d{n}", text) for n, text in enumerate(TEXTS)]
    return ListCorpus(encoded(documents, *Contract.for_task("paraphrase", model="hashing"), folder))


def made(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_a_table_of_texts_or_of_ids_and_a_review_are_read(tmp_path: Path) -> None:
    texts = made(tmp_path, "t.csv", "text1,text2,label\nred tents,tents in red,1\nsoup,blue kayak,0\n")
    assert pairs_by_hand(texts) == [
        PairByHand("red tents", "tents in red", True),
        PairByHand("soup", "blue kayak", False),
    ]
    assert pairs_by_hand(made(tmp_path, "i.csv", "a;b;Label\nd0;d1;duplicate\n")) == [
        PairByHand("d0", "d1", True, True)
    ]
    answers = [("duplicate", "red tents"), ("skip", "soup"), ("different", "red tents"), ("undone", "blue kayak")]
    rows = [
        {"a": "d0", "b": other, "label": label, "score": 0.9, "text1": "x", "text2": other, "when": ""}
        for label, other in answers
    ]
    review = made(tmp_path, "r.jsonl", "".join(f"{json.dumps(row)}\n" for row in rows))
    assert pairs_by_hand(review) == [PairByHand("x", "red tents", False)]


@pytest.mark.parametrize(
    ("text", "word"),
    [("x,y\n1,2\n", "text1"), ("a,b,label\nd0,d1,maybe\n", ":2"), ("text1,text2,label\nred,,1\n", ":2")],
)
def test_other_tables_are_refused(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(InputError, match=word):
        pairs_by_hand(made(tmp_path, "t.csv", text))


def test_answers_are_by_text_and_the_later_file_counts(tmp_path: Path) -> None:
    first = made(tmp_path, "1.csv", "a,b,label\nd0,d1,1\nd9,d1,1\n")
    later = made(tmp_path, "2.csv", "text1,text2,label\ntents in red,red tents,0\n")
    held = corpus(tmp_path / "c")
    assert by_texts([first], held) == {frozenset(TEXTS[:2]): True}
    assert by_texts([first, later], held) == {frozenset(TEXTS[:2]): False}
    with pytest.raises(InputError, match=r"none\.csv is about"):
        by_texts([made(tmp_path, "none.csv", "text1,text2,label\nother,texts,1\n")], held)


def test_answers_on_two_corpora_are_by_text_in_either_order_and_by_id_in_the_order_given(tmp_path: Path) -> None:
    def of(name: str, *texts: str) -> ListCorpus:
        documents = [Document(f"{number}", text) for number, text in enumerate(texts, 1)]
        return ListCorpus(encoded(documents, *Contract.for_task("paraphrase", model="hashing"), tmp_path / name))

    held, against = of("held", "red tent", "blue boat"), of("against", "a red tent", "a blue boat")
    by_text = made(tmp_path, "t.csv", "text1,text2,label\na red tent,red tent,0\n")
    assert by_texts([by_text], held, against) == {frozenset({"red tent", "a red tent"}): False}
    by_id = made(tmp_path, "i.csv", "a,b,label\n1,2,1\n2,1,0\n")
    assert by_texts([by_id], held, against) == {
        frozenset({"red tent", "a blue boat"}): True,
        frozenset({"blue boat", "a red tent"}): False,
    }


def test_a_skipped_pair_of_ids_takes_its_answer_back_in_either_order(tmp_path: Path) -> None:
    assert pairs_by_hand(made(tmp_path, "t.csv", "a,b,label\n1,2,1\n2,1,skip\n")) == []


def test_a_label_gives_way_to_an_answer() -> None:
    pair = JudgedPair(0.8, "d0", "d1", Kind.OTHER_VALUES, "", Layer.SEMANTIC, *TEXTS[:2])
    [changed] = answered([pair], {frozenset(TEXTS[:2]): True})
    assert (changed.label, changed.reason) == (Kind.PARAPHRASE, BY_HAND)
    [changed] = answered([changed], {frozenset(TEXTS[:2]): False})
    assert changed.label is Kind.RELATED
    assert answered([pair], {frozenset(TEXTS[:2]): False}) == [pair]


def test_a_duplicate_that_was_not_found_is_a_pair_with_its_own_score(tmp_path: Path) -> None:
    held = corpus(tmp_path)
    said = {frozenset((TEXTS[1], TEXTS[0])): True, frozenset(TEXTS[2:]): False, frozenset(("soup", "other")): True}
    [pair] = missing(held, said, [])
    vectors = held.vectors.vectors([0, 1])
    assert (pair.a, pair.b, pair.positions) == ("d0", "d1", (0, 1))
    assert pair.score == pytest.approx(float(vectors[0] @ vectors[1]))
    assert missing(held, said, [pair]) == []


def test_files_are_one_or_several() -> None:
    assert label_files("a.csv") == label_files([Path("a.csv")]) == (Path("a.csv"),)
    with pytest.raises(InputError, match="labelled"):
        label_files([3])
