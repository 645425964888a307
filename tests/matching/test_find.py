from pathlib import Path

import numpy as np
import pytest

from askew.contract import Contract
from askew.errors import ContractError, InputError
from askew.matching.corpus import ListCorpus
from askew.matching.find import How, Scored, against, every_pair, representatives
from askew.mining.texts import encoded
from askew.types import Document

TEXTS = [
    "The red tent stands on the green hill.",
    "the red tent stands on the green hill",
    "The red tent stood on the green hill!",
    "A kayak is no boat for the sea.",
    "THE RED TENT stands on the green hill.",
    "A kayak is no boat for a sea.",
    "Breakfast is from seven to nine.",
]


def corpus(tmp_path: Path, texts: list[str] = TEXTS, task: str = "paraphrase", name: str = "x") -> ListCorpus:
    documents = [Document(str(n), text) for n, text in enumerate(texts)]
    return ListCorpus(encoded(documents, *Contract.for_task(task, model="hashing"), tmp_path / name))


def pairs(found: Scored) -> dict[tuple[int, int], str]:
    return {(a, b): str(layer) for (a, b), layer in zip(found.keys.tolist(), found.layers, strict=True)}


def test_every_pair_has_the_layer_that_caught_it(tmp_path: Path) -> None:
    found = every_pair(corpus(tmp_path), How(0.6))
    assert {key for key, layer in pairs(found).items() if layer == "identical"} == {(0, 1), (0, 4), (1, 4)}
    assert {key for key, layer in pairs(found).items() if layer == "semantic"} == {(0, 2), (1, 2), (2, 4), (3, 5)}
    assert found.counts() == {"identical": 3, "shingles": 0, "semantic": 4}


def test_with_shingles_the_same_pairs_are_found_and_named(tmp_path: Path) -> None:
    plain, layered = every_pair(corpus(tmp_path), How(0.6)), every_pair(corpus(tmp_path), How(0.6, shingles=0.5))
    assert set(pairs(layered)) == set(pairs(plain))
    assert layered.counts()["identical"] == 3
    assert layered.counts()["shingles"] > 0


def test_shingles_find_what_the_model_does_not(tmp_path: Path) -> None:
    found = every_pair(corpus(tmp_path), How(1.1, shingles=0.5))
    assert (3, 5) in pairs(found)
    assert set(pairs(found).values()) == {"identical", "shingles"}


def test_representatives_stand_for_their_copies(tmp_path: Path) -> None:
    found = representatives(corpus(tmp_path), How(0.6))
    assert found.first.tolist() == [0, 0, 2, 3, 0, 5, 6]
    assert set(pairs(found)) == {(0, 2), (3, 5)}
    assert found.counts() == {"identical": 3, "shingles": 0, "semantic": 2}
    assert found.certificate.possible == 5 * 4 // 2


def test_top_k_keeps_what_is_best_of_either(tmp_path: Path) -> None:
    every, best = every_pair(corpus(tmp_path), How(-1.0)), every_pair(corpus(tmp_path), How(-1.0, top_k=1))
    assert len(every.keys) == 21
    assert len(best.keys) < 12
    score = dict(zip(map(tuple, every.keys.tolist()), every.scores, strict=True))
    for place in range(7):
        top = max(score[key] for key in score if place in key)
        assert any(place in key and score[key] == top for key in map(tuple, best.keys.tolist()))


def test_against_another_list_only_pairs_between_the_two(tmp_path: Path) -> None:
    left, right = corpus(tmp_path, TEXTS[:3], name="l"), corpus(tmp_path, TEXTS[3:], name="r")
    found = against(left, right, How(0.6))
    assert pairs(found) == {(0, 1): "identical", (1, 1): "identical", (2, 1): "semantic"}
    assert found.certificate.possible == 12


def test_against_a_list_in_another_model_is_refused(tmp_path: Path) -> None:
    left, right = corpus(tmp_path, name="l"), corpus(tmp_path, name="r")
    longer = right.listed.contract.encoder
    object.__setattr__(right.listed.contract, "encoder", type(longer)(**{**vars(longer), "max_tokens": 7}))
    with pytest.raises(ContractError, match="max_tokens"):
        against(left, right, How(0.5))
    with pytest.raises(InputError, match="--against"):
        against(left, left, How(0.5, shingles=0.5))


def test_many_copies_do_not_fill_the_memory(tmp_path: Path) -> None:
    many = corpus(tmp_path, ["the same text"] * 3000 + TEXTS)
    with pytest.raises(InputError, match="--groups"):
        every_pair(many, How(0.9, shingles=0.9, memory=1 << 24))
    found = representatives(many, How(0.6, memory=1 << 24))
    assert np.bincount(found.first).max() == 3000
    assert found.counts()["identical"] == 3000 * 2999 // 2 + 3
