import json
from pathlib import Path

import pytest

from askew.contract import Contract
from askew.dedup.by_hand import BY_HAND, PairByHand, answered, by_texts, label_files, missing, pairs_by_hand
from askew.dedup.corpus import ListCorpus
from askew.dedup.labels import JudgedPair
from askew.dedup.set_join.layers import Layer
from askew.dedup.texts import encoded
from askew.errors import InputError
from askew.pair_labels.verdict import Kind
from askew.types import Document

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
