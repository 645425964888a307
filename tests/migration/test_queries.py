import threading
from pathlib import Path

import pytest
from helpers.to_migrate import documents

from askew.errors import InputError
from askew.index import Index
from askew.migration.parity import Queries, own_queries, sampled
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
