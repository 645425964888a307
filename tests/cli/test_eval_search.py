from pathlib import Path

import pytest
from helpers.cli import Here

from askew.cli.evaluate import EvalOptions, FileOptions, Judged, is_run, judged_files, measured_systems
from askew.errors import InputError
from askew.evaluation.evaluate import System, values

READING = FileOptions(None, None, None, False)
TEXTS = {"q1": "dogs in the office", "q2": "zebra"}
QRELS = {"q1": {"pets.md": 1}}


def test_an_index_is_a_folder_and_a_run_a_file(handbook: Path) -> None:
    (handbook / "a.run").touch()
    assert (is_run("a.run"), is_run("book"), is_run("book.askew"), is_run("none")) == (True, False, False, False)


def test_files_stand_for_themselves_or_take_the_place_of_those_of_a_folder(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "queries.jsonl").write_text('{"_id": "q1", "text": "in the folder"}')
    (tmp_path / "asked.txt").write_text("dogs\ncats\n")
    (tmp_path / "qrels.tsv").write_text("q1\ta\t1\n")
    assert judged_files(".", "", "", READING) == Judged("queries.jsonl", {"q1": "in the folder"}, {"q1": {"a": 1}})
    mixed = judged_files(".", "asked.txt", "", READING)
    assert mixed == Judged("asked.txt", {"asked.txt:1": "dogs", "asked.txt:2": "cats"}, {"q1": {"a": 1}})
    assert judged_files("", "", "qrels.tsv", READING) == Judged("", {"q1": ""}, {"q1": {"a": 1}})
    with pytest.raises(InputError, match="--qrels"):
        judged_files("", "asked.txt", "", READING)


def test_only_what_is_measured_is_asked_unless_abstention_is(handbook: Path) -> None:
    given = Judged("f", TEXTS, QRELS)
    evaluation, told = measured_systems(EvalOptions(("book",), (), "RR", 0, False), given, quiet=True)
    assert (len(evaluation.queries), evaluation.left_out, told) == (1, 1, {})
    assert values(evaluation, "book", "RR") == {"q1": 1}
    [system] = evaluation.systems
    assert isinstance(system, System)
    assert set(system.run) == {"q1"}
    again, told = measured_systems(EvalOptions(("book",), (), "RR", 0, True), given, quiet=True)
    assert again == evaluation
    assert told["book"].questions == 2


def test_k_bounds_what_is_found(handbook: Path) -> None:
    given = Judged("f", {"q1": "dogs in the office"}, {"q1": {"pets.md": 1, "leave.md": 1}})
    for k, recall in ((0, 1), (1, 0.5)):
        evaluation, _ = measured_systems(EvalOptions(("book",), (), "R@100", k, False), given, quiet=True)
        assert values(evaluation, "book", "R@100") == {"q1": recall}


def test_documents_that_are_shown_have_titles(handbook: Path) -> None:
    evaluation, _ = measured_systems(EvalOptions(("book",), (), "RR", 0, False), Judged("f", TEXTS, QRELS), quiet=True)
    assert set(evaluation.titles) == {"pets.md", "leave.md"}
