import json
from pathlib import Path

import numpy as np

from askew.contract import Contract
from askew.dedup.corpus import ListCorpus
from askew.dedup.find import PairParams, representatives
from askew.dedup.groups import NAME, groups
from askew.dedup.labels import JudgedPair, labelled
from askew.dedup.set_join.layers import Layer
from askew.dedup.texts import encoded
from askew.pair_labels.verdict import DUPLICATE, Kind
from askew.types import Document, Group

TEXTS = ["red tents on a hill", "Red tents on a hill!", "red tents on the hill", "no red tents on a hill", "soup"]


def made(tmp_path: Path, texts: list[str], kinds: set[Kind] | frozenset[Kind] = DUPLICATE) -> list[Group]:
    documents = [Document(f"d{n}", text) for n, text in enumerate(texts)]
    corpus = ListCorpus(encoded(documents, *Contract.for_task("paraphrase", model="hashing"), tmp_path))
    found = representatives(corpus, PairParams(0.5))
    return groups(corpus, labelled(corpus, corpus, found), found.first, kinds)


def test_copies_and_paraphrases_are_one_group_and_what_contradicts_is_not_in_it(tmp_path: Path) -> None:
    [group] = made(tmp_path, TEXTS)
    assert (group.id, group.members) == ("g000001", ("d0", "d1", "d2"))
    [larger] = made(tmp_path / "all", TEXTS, DUPLICATE | {Kind.CONTRADICTS})
    assert larger.members == ("d0", "d1", "d2", "d3")


def test_two_that_are_at_odds_are_apart_whatever_lies_between_them(tmp_path: Path) -> None:
    chain = ["the shop opens on monday", "when the shop opens", "the shop opens on friday"]
    documents = [Document(f"d{n}", text) for n, text in enumerate(chain)]
    corpus = ListCorpus(encoded(documents, *Contract.for_task("paraphrase", model="hashing"), tmp_path))
    texts = [("d0", "d1", 0.9), ("d1", "d2", 0.8), ("d0", "d2", 0.95)]
    place = {document.id: row for row, document in enumerate(documents)}
    pairs = [
        JudgedPair(
            score,
            a,
            b,
            Kind.OTHER_VALUES if score == 0.95 else Kind.PARAPHRASE,
            "",
            Layer.SEMANTIC,
            chain[place[a]],
            chain[place[b]],
            positions=(place[a], place[b]),
        )
        for a, b, score in texts
    ]
    [group] = groups(corpus, pairs, np.arange(3), DUPLICATE)
    assert group.members == ("d0", "d1")
    [all] = groups(corpus, pairs, np.arange(3), DUPLICATE | {Kind.OTHER_VALUES})
    assert all.members == ("d0", "d1", "d2")


def test_copies_alone_are_a_group(tmp_path: Path) -> None:
    found = made(tmp_path, ["soup", "tent", "Soup.", "tent"])
    assert [group.members for group in found] == [("d0", "d2"), ("d1", "d3")]


def test_ids_stay_while_texts_come_and_a_lost_memory_only_costs_names(tmp_path: Path) -> None:
    [first] = made(tmp_path, TEXTS)
    again = made(tmp_path, [*TEXTS, "Soup", "RED TENTS ON A HILL"])
    assert [(group.id, group.members) for group in again] == [
        (first.id, ("d0", "d1", "d2", "d6")),
        ("g000002", ("d4", "d5")),
    ]
    for broken in ("", "{", json.dumps({"members": 3}), json.dumps([])):
        (tmp_path / NAME).write_text(broken)
        assert [group.id for group in made(tmp_path, TEXTS)] == ["g000001"]
