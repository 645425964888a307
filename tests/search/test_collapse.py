from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from askew import Document, Index
from askew.errors import InputError
from askew.search.collapse import Variety, marginal_relevance, same
from askew.search.rerank import Reranker

LEAVE = "Parental leave lasts 14 weeks and starts on the day of birth. Tell the office two months before."
TEXTS = {
    "leave": LEAVE,
    "leave-copy": LEAVE.replace("office", "Office").replace(". ", ".  "),
    "leave-15": LEAVE.replace("14", "15"),
    "leave-again": LEAVE.upper(),
    "leave-not": LEAVE.replace("starts", "does not start"),
    "dogs": "Dogs may come to the office on Fridays, and parental advice is given to their owners.",
    "dogs-copy": "Dogs may come to the office on Fridays and parental advice is given to their owners",
    "canteen": "The canteen opens at noon. Leave your tray at the door.",
}
QUERY = "parental leave office"
MODES = ("dense", "lexical", "hybrid")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    path = tmp_path_factory.mktemp("collapse") / "handbook"
    with Index.create(path, "enterprise-search", model="hashing") as made:
        made.add([Document(id, text, metadata={"year": 2024 + ("copy" in id)}) for id, text in TEXTS.items()])
        yield made


@pytest.mark.parametrize("mode", MODES)
def test_only_what_is_safe_to_call_the_same_is_collapsed(index: Index, mode: str) -> None:
    plain = index.search(QUERY, 20, mode=mode)
    found = index.search(QUERY, 20, mode=mode, collapse=True)
    copies = {frozenset((hit.id, *hit.copies)) for hit in found if hit.copies}
    assert {"leave", "leave-copy", "leave-again"} in copies
    assert {"dogs", "dogs-copy"} in copies
    assert len(copies) == 2
    assert {hit.id for hit in plain} == {id for hit in found for id in (hit.id, *hit.copies)}
    better = [hit.id for hit in plain]
    assert [hit.id for hit in found] == [id for id in better if id in {hit.id for hit in found}]
    assert all(better.index(hit.id) < min(map(better.index, hit.copies)) for hit in found if hit.copies)
    assert [hit.rank for hit in found] == list(range(1, len(found) + 1))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("diversity", [0.0, 0.6])
def test_pages_neither_repeat_nor_lose_a_hit(index: Index, mode: str, diversity: float) -> None:
    whole = index.search(QUERY, 20, mode=mode, collapse=True, diversity=diversity)
    pages = [index.search(QUERY, 2, mode=mode, collapse=True, diversity=diversity, offset=at) for at in range(0, 8, 2)]
    assert [(hit.rank, hit.id, hit.copies) for page in pages for hit in page] == [
        (hit.rank, hit.id, hit.copies) for hit in whole
    ]


def test_a_filter_hides_copies_too(index: Index) -> None:
    found = index.search(QUERY, 20, collapse=True, where={"year": 2024})
    assert not {id for hit in found for id in (hit.id, *hit.copies)} & {"leave-copy", "dogs-copy"}


def test_many_queries_and_vectors(index: Index) -> None:
    one, other = index.search([QUERY, "dogs"], 3, collapse=True)
    assert [hit.id for hit in one] == [hit.id for hit in index.search(QUERY, 3, collapse=True)]
    assert other[0].copies
    vector = index.sealed.encode_queries([QUERY], "searching")[0]
    by_vector = index.search(vector, 5, collapse=True)
    assert [hit.id for hit in by_vector] == [hit.id for hit in index.search(QUERY, 5, mode="dense", collapse=True)]


def test_several_passages_of_a_copy_are_hidden(index: Index) -> None:
    found = index.search(QUERY, 20, collapse=True, passages=3)
    assert len({"leave", "leave-copy", "leave-again"} & {hit.id for hit in found}) == 1


class Longest:
    def score(self, pairs: list[tuple[str, str]]) -> np.ndarray:
        return np.array([len(text) for _, text in pairs], np.float32)


def test_no_copy_takes_the_place_of_a_candidate(index: Index) -> None:
    found = index.search(QUERY, 20, collapse=True, rerank=Reranker("longest", Longest()), candidates=4)
    assert found.reranking.scored == 4
    first = found[:4]
    assert [len(hit.text) for hit in first] == sorted((len(hit.text) for hit in first), reverse=True)
    assert len({hit.id for hit in found}) == len(found) == len(index.search(QUERY, 20, collapse=True))


def test_another_title_is_no_copy() -> None:
    assert same(Document("1", LEAVE, "Leave"), Document("2", LEAVE.lower(), "leave"))
    assert not same(Document("1", LEAVE, "Leave 2023"), Document("2", LEAVE, "Leave 2024"))
    assert not same(Document("1", LEAVE, "Leave"), Document("2", LEAVE))


def test_where_the_first_candidates_are_all_copies_more_are_read(tmp_path: Path) -> None:
    with Index.create(tmp_path / "many", "enterprise-search", model="hashing") as index:
        index.add([*(Document(f"c{n}", LEAVE) for n in range(150)), Document("dogs", TEXTS["dogs"])])
        for mode in MODES:
            found = index.search(QUERY, 10, mode=mode, collapse=True)
            assert [hit.id for hit in found][1:] == ["dogs"]
            assert len(found[0].copies) == 149


def test_marginal_relevance_by_hand() -> None:
    relevance = np.array([1.0, 0.9, 0.5])
    likeness = np.array([[1.0, 0.9, 0.1], [0.9, 1.0, 0.1], [0.1, 0.1, 1.0]])
    assert marginal_relevance(relevance, likeness, 0.0) == [0, 1, 2]
    assert marginal_relevance(relevance, likeness, 0.5) == [0, 2, 1]  # 0.5 * 0.5 - 0.5 * 0.1 > 0.5 * 0.9 - 0.5 * 0.9


@pytest.mark.parametrize("mode", MODES)
def test_diverse_hits_resemble_each_other_less(index: Index, mode: str) -> None:
    plain, varied = (index.search(QUERY, 3, mode=mode, diversity=share) for share in (0.0, 0.7))
    assert plain[0].id == varied[0].id

    def closest(ids: list[str]) -> float:
        keys = [held.start for held in index.store.extents(ids)]
        vectors = index.store.vectors(keys)
        return float((vectors @ vectors.T)[np.triu_indices(len(ids), 1)].max())

    assert closest([hit.id for hit in varied]) < closest([hit.id for hit in plain])
    every = index.search(QUERY, 20, mode=mode, diversity=0.7)
    assert {hit.id for hit in every} == {hit.id for hit in index.search(QUERY, 20, mode=mode)}


def test_one_hit_and_equal_scores_can_be_diverse(tmp_path: Path) -> None:
    with Index.create(tmp_path / "few", "enterprise-search", model="hashing") as index:
        assert len(index.search("dogs", diversity=1.0, collapse=True)) == 0
        index.add([Document("1", "dogs")])
        assert [hit.id for hit in index.search("dogs", diversity=1.0, collapse=True)] == ["1"]
        index.add([Document("2", "dogs"), Document("3", "dogs")])
        assert [hit.id for hit in index.search("dogs", diversity=1.0)] == ["1", "2", "3"]


@pytest.mark.parametrize(
    "wrong", [{"diversity": 1.1}, {"diversity": -0.1}, {"diversity": "much"}, {"diversity": True}, {"collapse": 1}]
)
def test_what_makes_no_sense_is_refused(index: Index, wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        index.search(QUERY, **wrong)  # type: ignore[call-overload]
    assert Variety() == Variety(collapse=False, diversity=0.0)
