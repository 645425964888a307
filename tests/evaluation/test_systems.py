from collections.abc import Iterator
from pathlib import Path

import pytest

from askew.errors import InputError, UnknownNameError
from askew.evaluation.qrels import read_run
from askew.evaluation.significance import interval
from askew.evaluation.systems import evaluate, is_run
from askew.index import Index
from askew.progress import Progress
from askew.types import Document

TEXTS = {"q1": "dogs in the office", "q2": "zebra"}
QRELS = {"q1": {"pets": 1}}


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    monkeypatch.chdir(tmp_path)
    with Index.create("book", "question-answering", model="hashing") as made:
        made.add(
            [Document("pets", "Dogs in the office on Fridays."), Document("leave", "28 days of holiday.", "Leave")]
        )
        yield made


def test_the_mean_and_its_interval_are_those_of_the_queries(index: Index) -> None:
    qrels = {"q1": {"pets": 1}, "q2": {"leave": 1, "pets": 1}}
    found = evaluate(index, queries=TEXTS, qrels=qrels, measures=["RR", "P@1"])
    numbers = list(found.systems[0].values["RR"].values())
    assert found.mean("RR") == pytest.approx(sum(numbers) / 2)
    assert found.interval("RR") == interval(numbers)
    assert found.mean("RR", "index") == found.mean("RR")
    with pytest.raises(UnknownNameError):
        found.mean("nDCG@10")
    with pytest.raises(UnknownNameError):
        found.interval("RR", "other")


def test_an_index_a_name_and_files_give_the_same(index: Index, tmp_path: Path) -> None:
    (tmp_path / "queries.csv").write_text("id,text\nq1,dogs in the office\nq2,zebra\n")
    (tmp_path / "qrels.tsv").write_text("q1\tpets\t1\n")
    given = evaluate(index, queries=TEXTS, qrels=QRELS, measures="RR")
    read = evaluate("book", queries=tmp_path / "queries.csv", qrels="qrels.tsv", measures="RR")
    assert (read.systems[0].values, read.queries, read.left_out) == (given.systems[0].values, given.queries, 1)
    assert read.systems[0].name == "book"


def test_only_measured_queries_are_searched_unless_abstention_is_measured(index: Index) -> None:
    steps: list[Progress] = []
    found = evaluate(index, queries=TEXTS, qrels=QRELS, measures="RR", progress=steps.append)
    assert (len(found.queries), found.left_out, dict(found.abstention)) == (1, 1, {})
    assert (steps[-1].done, steps[-1].total) == (1, 1)
    both = evaluate(index, queries=TEXTS, qrels=QRELS, measures="RR", unanswerable=True)
    assert both.mean("RR") == found.mean("RR")
    assert both.abstention["index"].questions == 2
    with pytest.raises(InputError):
        evaluate(index, queries={"q1": "dogs"}, qrels=QRELS, unanswerable=True)


def test_k_limits_the_hits(index: Index) -> None:
    qrels = {"q1": {"pets": 1, "leave": 1}}
    for k, recall in ((0, 1), (1, 0.5)):
        found = evaluate(index, queries={"q1": "dogs in the office"}, qrels=qrels, measures="R@100", k=k)
        assert found.mean("R@100") == recall


def test_documents_in_a_report_have_titles(index: Index) -> None:
    found = evaluate(index, queries=TEXTS, qrels=QRELS, measures="RR")
    assert found.titles == {"pets": "Dogs in the office on Fridays.", "leave": "Leave"}


def test_modes_runs_and_indexes_are_compared_with_the_first(index: Index, tmp_path: Path) -> None:
    (tmp_path / "a.run").write_text("q1 Q0 leave 1 2.0 t\nq1 Q0 pets 2 1.0 t\n")
    run = read_run("a.run")
    found = evaluate(
        index, queries=TEXTS, qrels=QRELS, measures="RR", mode=["dense", "lexical"], against={"run": run, "too": "book"}
    )
    names = ["index (dense)", "index (lexical)", "run", "too (dense)", "too (lexical)"]
    assert [system.name for system in found.systems] == names
    assert (found.mean("RR"), found.mean("RR", "run")) == (1, 0.5)
    listed = evaluate("book", queries=TEXTS, qrels=QRELS, measures="RR", against=["a.run"])
    assert [(one.system, one.against, one.compared.lost) for one in listed.contests] == [("a.run", "book", 1)]


def test_a_run_needs_no_queries(tmp_path: Path) -> None:
    run = {"q1": {"leave": 2.0, "pets": 1.0}}
    found = evaluate(run, qrels=QRELS, measures="RR")
    assert (found.mean("RR"), found.systems[0].name, dict(found.missing)) == (0.5, "run", {})


def test_missing_relevant_documents_are_counted(index: Index) -> None:
    found = evaluate(index, queries=TEXTS, qrels={"q1": {"pets": 1, "gone": 1}}, measures="RR")
    assert found.missing == {"index": 1}
    with pytest.raises(InputError, match="'gone'"):
        evaluate(index, queries=TEXTS, qrels={"q1": {"gone": 1}}, measures="RR")


def test_impossible_arguments_are_refused(index: Index) -> None:
    for wrong in (
        {"against": ["index"]},
        {"against": [index]},
        {"queries": None},
        {"qrels": {"other": {"pets": 1}}},
        {"against": {"far": {"q9": {"pets": 1.0}}}},
        {"measures": "wisdom"},
        {"mode": "wise"},
    ):
        with pytest.raises(InputError):
            evaluate(index, **{"queries": TEXTS, "qrels": QRELS, "measures": "RR", **wrong})  # type: ignore[arg-type]


def test_an_index_is_a_folder_and_a_run_a_file(index: Index, tmp_path: Path) -> None:
    (tmp_path / "a.run").touch()
    assert (is_run("a.run"), is_run("book"), is_run("book.askew"), is_run("none")) == (True, False, False, False)
