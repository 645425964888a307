import math
from pathlib import Path

import numpy as np
import pytest

from askew import validation
from askew.errors import InputError, UnknownNameError
from askew.search.ranking import SearchParams
from askew.types import Role

NAN, INF = float("nan"), float("inf")
NOT_NUMBERS = (None, True, np.bool_(1), "1", b"1", [1], {}, object(), NAN, np.float32("nan"))


@pytest.mark.parametrize("given", [5, np.int64(5), np.uint8(5)])
def test_integers_of_any_library_are_integers(given: object) -> None:
    assert type(validation.whole(given, "k")) is int
    assert validation.whole(given, "k") == 5


@pytest.mark.parametrize("wrong", [*NOT_NUMBERS, 0, 11, 5.0, np.float32(5), -1])
def test_what_is_not_an_integer_within_bounds_is_refused(wrong: object) -> None:
    with pytest.raises(InputError):
        validation.whole(wrong, "k", 1, 10)


def test_numbers_are_finite_or_infinite_but_never_something_else() -> None:
    assert validation.number(np.float32(0.5), "x") == 0.5
    assert validation.number(3, "x") == 3.0
    assert validation.number(INF, "x") == INF
    for wrong in NOT_NUMBERS:
        with pytest.raises(InputError):
            validation.number(wrong, "x")


@pytest.mark.parametrize("wrong", [None, 1, b"a", "", " \n", "\ud800", ["a"]])
def test_strings_are_strings_that_can_be_stored(wrong: object) -> None:
    assert validation.string("a", "x") == "a"
    with pytest.raises(InputError):
        validation.string(wrong, "x")


def test_names_are_known_or_similar_ones_are_suggested() -> None:
    assert validation.role("query") is validation.role(Role.QUERY) is Role.QUERY
    for wrong in ("passage", None, 1, ["query"], np.array(["query"])):
        with pytest.raises(UnknownNameError):
            validation.role(wrong)


def test_prompts_are_strings_by_role() -> None:
    assert validation.prompts(None) == {}
    assert validation.prompts({Role.QUERY: "q: "}) == {"query": "q: "}
    for wrong in ("q: ", [], {"passage": "p"}, {"query": 1}):
        with pytest.raises(InputError):
            validation.prompts(wrong)


@pytest.mark.parametrize("wrong", [None, 1, "", " ", "a\0b", b"a", ["a"]])
def test_paths_are_strings_or_paths(wrong: object, tmp_path) -> None:
    assert validation.file_path(tmp_path, "name") == tmp_path
    with pytest.raises(InputError):
        validation.file_path(wrong, "name")


@pytest.mark.parametrize(
    "wrong", [(-1, 1), (0, 0), (NAN, 1), (INF, 1), (1,), (1, 2, 3, 4), (0, 0, 0), "11", None, 1, ("1", 1), {1, 2}]
)
def test_weights_are_two_or_three_numbers_not_all_0(wrong: object) -> None:
    for right in ((0, 1), [0.5, 2], np.array([1.0, 0.5])):
        validation.check_weights(right)
    validation.check_weights((1, 0, 2))
    with pytest.raises(InputError):
        validation.check_weights((1, 0, 2), 2)
    with pytest.raises(InputError):
        validation.check_weights(wrong)


def test_a_threshold_lies_within_the_range_of_its_similarity() -> None:
    validation.check_threshold(17.5)
    validation.check_threshold(-1, cosine=True)
    for wrong in (*NOT_NUMBERS, INF):
        with pytest.raises(InputError):
            validation.check_threshold(wrong)
    for wrong in (1.001, -1.001):
        with pytest.raises(InputError):
            validation.check_threshold(wrong, cosine=True)


def test_recall_candidates_and_seconds_have_bounds() -> None:
    validation.check_recall(0.5)
    for wrong in (0.2, 1, *NOT_NUMBERS):
        with pytest.raises(InputError):
            validation.check_recall(wrong)
    for wrong in (0, -5, *NOT_NUMBERS):
        with pytest.raises(InputError):
            validation.check_candidates(wrong)
    assert validation.seconds(math.inf, "wait") == math.inf
    for wrong in (-1, *NOT_NUMBERS):
        with pytest.raises(InputError):
            validation.seconds(wrong, "wait")


@pytest.mark.parametrize(
    "given",
    [
        {"k": 0},
        {"k": 10**12 + 1},
        {"offset": -1},
        {"passages": 0},
        {"mode": "fuzzy"},
        {"where": ["year"]},
        {"document_score": "sum"},
        {"document_score": "mean2", "passages": 2},
        {"document_score": "mean2", "mode": "lexical"},
        {"weights": (0, 0)},
        {"min_confidence": 1.5},
        {"min_confidence": 0.9, "offset": 1},
    ],
)
def test_search_parameters_that_make_no_sense_are_refused(given: dict) -> None:
    with pytest.raises(InputError):
        SearchParams(**given)


def test_a_budget_is_a_time_and_for_reranking() -> None:
    validation.check_budget(0.3, rerank=True)
    validation.check_budget(INF, rerank=False)
    for wrong in (0, -1, *NOT_NUMBERS):
        with pytest.raises(InputError):
            validation.check_budget(wrong, rerank=True)
    with pytest.raises(InputError):
        validation.check_budget(1, rerank=False)


def test_an_output_path_is_a_file_in_an_existing_folder(tmp_path: Path) -> None:
    assert validation.output_path(str(tmp_path / "page.html"), "report") == tmp_path / "page.html"
    for wrong in (tmp_path, tmp_path / "none" / "page.html", " ", "", None, 7, b"page.html"):
        with pytest.raises(InputError):
            validation.output_path(wrong, "report")
