"""Rows of training data: made once, as evenly over the queries as a limit allows, with other documents beside them."""

import json
from pathlib import Path

import pytest

from askew.errors import InputError
from askew.models import cards
from askew.progress import silent
from askew.training.data import TrainingData
from askew.training.examples import RowSettings, examples
from askew.training.recipes import recipe
from askew.training.runs import opened
from askew.types import Document

TITLES = {"d0": "Holidays"}


def data(queries: int = 4, each: int = 5, others: int = 3) -> TrainingData:
    documents = {f"d{n}": Document(f"d{n}", f"text {n}", TITLES.get(f"d{n}", "")) for n in range(queries * each)}
    grades = {f"q{query}": {f"d{query * each + n}": 1.0 for n in range(each - query)} for query in range(queries)}
    more = {f"o{n}": Document(f"o{n}", f"other {n}") for n in range(others)}
    return TrainingData({query: f"question {query}" for query in grades}, documents | more, grades)


def rows(place: Path, name: str, limit: int = 0, titles: str = "space", what: TrainingData | None = None) -> list[dict]:
    about = RowSettings(recipe(name), cards.get("hashing"), "question-answering", titles, "", limit, 0)
    with opened(place / "out", {"name": name, "limit": limit, "titles": titles}) as run:
        path = examples(run, what or data(), about, silent)
        before = path.stat().st_mtime_ns
        assert examples(run, data(1), about, silent).stat().st_mtime_ns == before
        assert {one.name for one in run.folder.iterdir()} == {"rows.jsonl", "settings.json", "lock", "checkpoints"}
        return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_relevant_pair_is_a_row_with_its_title(tmp_path: Path) -> None:
    found = rows(tmp_path, "symmetric-pairs")
    assert len(found) == 5 + 4 + 3 + 2
    assert found[0] == {"query": "question q0", "positive": "Holidays text 0"}


def test_a_title_may_be_a_segment(tmp_path: Path) -> None:
    texts = [row["positive"] for row in rows(tmp_path, "symmetric-pairs", titles="segment")]
    assert texts[0] == "Holidays\x1ftext 0"
    assert texts[1] == "text 1"


def test_a_limit_takes_from_every_query(tmp_path: Path) -> None:
    asked = [row["query"] for row in rows(tmp_path, "symmetric-pairs", limit=10)]
    assert sorted(asked.count(f"question q{n}") for n in range(4)) == [2, 2, 3, 3]


def test_negatives_are_mined_and_none_is_relevant(tmp_path: Path) -> None:
    found = rows(tmp_path, "contrastive")
    assert all({*row} == {"query", "positive", "negative_1", "negative_2", "negative_3"} for row in found)
    relevant = {"Holidays text 0", *(f"text {n}" for n in range(1, 5))}
    first = [row for row in found if row["query"] == "question q0"]
    negatives = [[text for name, text in row.items() if name.startswith("negative")] for row in first]
    assert all(len({*texts}) == 3 and not relevant & {*texts} for texts in negatives)


def test_negatives_that_are_given_are_taken(tmp_path: Path) -> None:
    plain = data()
    given = TrainingData(plain.queries, plain.documents, plain.grades, {("q0", "d0"): ("o2", "o1")})
    row = rows(tmp_path, "contrastive", what=given)[0]
    assert (row["negative_1"], row["negative_2"]) == ("other 2", "other 1")


def test_pairs_without_a_given_negative_have_mined_ones(tmp_path: Path) -> None:
    queries, documents = {"q0": "red tent", "q1": "blue boat"}, {}
    texts = {
        "d0": "red tent here",
        "d1": "blue boat here",
        "n0": "boat gone",
        "n1": "boat lost",
        "n2": "blue boat",
    }
    documents = {id: Document(id, text) for id, text in texts.items()} | {
        f"o{n}": Document(f"o{n}", f"other {n}") for n in range(90)
    }
    grades = {"q0": {"d0": 1.0}, "q1": {"d1": 1.0}}
    given = TrainingData(queries, documents, grades, {("q0", "d0"): ("o2",)})
    made = {row["query"]: row for row in rows(tmp_path, "contrastive", what=given)}
    assert made["red tent"]["negative_1"] == "other 2"
    mined = {text for name, text in made["blue boat"].items() if name.startswith("negative")}
    assert mined & {"boat gone", "boat lost"}
    assert "blue boat" not in mined  # the query itself


def test_given_negatives_that_are_relevant_are_replaced(tmp_path: Path) -> None:
    plain = data()
    grades = {**plain.grades, "q0": {**plain.grades["q0"], "o2": 1.0}}
    given = TrainingData(plain.queries, plain.documents, grades, {("q0", "d0"): ("o2", "o1")})
    row = rows(tmp_path, "contrastive", what=given)[0]
    assert row["negative_1"] == "other 1"
    assert "other 2" not in [text for name, text in row.items() if name.startswith("negative")]


def test_too_few_documents_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least 3"):
        rows(tmp_path, "contrastive", what=data(1, 5, 2))
