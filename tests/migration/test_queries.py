import json
import threading
from pathlib import Path

import pytest
from helpers.to_migrate import documents

from askew.errors import InputError
from askew.index import Index
from askew.migration.parity import MOST, Queries, check_judged, own_queries, queries_from, sampled
from askew.types import Document


def test_each_text_is_asked_once_by_the_first_who_asked_it() -> None:
    asked = [Document("1", "red  tent"), Document("2", "blue"), Document("3", "red tent\n"), Document("4", " ")]
    assert sampled(asked[:3], "a log") == Queries((asked[0], asked[1]), "a log", 2)
    with pytest.raises(InputError):
        sampled([], "a log")


def test_of_many_the_same_share_is_drawn_each_time_in_their_order() -> None:
    found = sampled(documents(500), "x", 50)
    assert (len(found.queries), found.total) == (50, 500)
    places = [int(query.id[1:]) for query in found.queries]
    assert places == sorted(places)
    assert sampled(documents(500), "x", 50) == found


def test_of_many_queries_the_judged_ones_are_taken_before_a_sample_is_drawn(tmp_path: Path) -> None:
    asked = {f"q{n}": f"question number {n}" for n in range(5 * MOST)}
    grades = {f"q{n}": {"d1": 1.0} for n in range(0, 5 * MOST, MOST)}
    file = tmp_path / "queries.jsonl"
    file.write_text("".join(json.dumps({"_id": id, "text": text}) + "\n" for id, text in asked.items()))
    for given in (asked, file):
        found = queries_from(given, grades)
        check_judged(found, grades)
        assert [query.id for query in found.queries] == list(grades)
    with pytest.raises(InputError, match="judged"):
        check_judged(queries_from(asked, {"other": {"d1": 1.0}}), {"other": {"d1": 1.0}})


def test_own_queries_are_titles_and_sentences_or_whole_texts(tmp_path: Path, book: Path) -> None:
    with Index.open(book) as index:
        found = own_queries(index, 20)
        assert (len(found.queries), "whole texts" in found.source) == (20, True)
    with Index.create(tmp_path / "long", "question-answering", model="hashing") as index:
        body = "Boil the water first. Put the tent up on dry grass. Then lie down and wait for the evening to come."
        index.add([Document(f"d{n}", f"{n} {body}", title=f"Camping {n} days") for n in range(30)])
        found = own_queries(index, 20)
    assert "titles" in found.source
    assert any(query.text.startswith("Camping") for query in found.queries)


def test_own_queries_with_a_concurrent_writer(book: Path) -> None:
    """Documents may be deleted between being found and being read."""
    stop = threading.Event()

    def write() -> None:
        turn = 0
        with Index.open(book, writable=True) as writer:
            while not stop.is_set():
                writer.delete([f"d{turn % 300}"])
                writer.add([documents(300)[turn % 300]])
                turn += 1

    writing = threading.Thread(target=write)
    writing.start()
    try:
        with Index.open(book) as index:
            assert all(own_queries(index, 300).queries for _ in range(30))
    finally:
        stop.set()
        writing.join()
