import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from helpers.counting import counting
from helpers.hashing_card import hashing_card
from helpers.to_migrate import answers, documents, model, texts

from askew.errors import ContractError, InputError, StoreLockedError
from askew.faq.entries import QuestionAnswer
from askew.faq.faq import Faq
from askew.index import Index
from askew.migration.migrate import (
    ContractChange,
    abandon,
    back,
    begin,
    both,
    build,
    drop_old,
    place_of_next,
    state,
    switch,
)
from askew.stores import versions
from askew.sync import sync
from askew.types import Document

QUERIES = ["red tent", "blue kayak 17", "a map of the coast"]


@pytest.fixture
def fresh(tmp_path: Path, card: str) -> Path:
    """What a new index with the new model would be."""
    with Index.create(tmp_path / "fresh", "question-answering", model=card) as index:
        index.add(documents(300))
    return tmp_path / "fresh"


def test_the_old_serves_until_the_switch_and_the_new_as_if_built_afresh(book: Path, fresh: Path, card: str) -> None:
    old, new = answers(book, QUERIES), answers(fresh, QUERIES)
    assert old != new
    begin(book, ContractChange(model=card))
    assert build(book).written == 300
    assert answers(book, QUERIES) == old
    with both(book) as (serving, next_):
        assert (serving.contract.encoder.model, next_.contract.encoder.model) == ("hashing", "hashing-64")
    found = state(book)
    assert found.next is not None
    assert (found.kept, found.next.sizes.documents, found.next.contract.encoder.dim) == (None, 300, 64)
    assert switch(book).written == 0
    assert answers(book, QUERIES) == new
    with Index.open(book) as index:
        assert index.check() == []
        assert index.documents(["d3"])[0].metadata == {"n": 3, "odd": True}
        assert [hit.document.id for hit in index.search("red", 1, where={"n": 36})] == ["d36"]


def test_what_comes_changes_or_goes_meanwhile_is_there_after_the_switch_and_after_going_back(
    book: Path, card: str
) -> None:
    begin(book, ContractChange(model=card))
    build(book)
    with Index.open(book, writable=True) as index:
        index.add([Document("d1", "one anew"), Document("late", "came late")])
        index.delete(["d2"])
    now = texts(book)
    assert switch(book).written == 2
    assert texts(book) == now
    assert model(book) == "hashing-64"
    with Index.open(book, writable=True) as index:
        index.add([Document("later", "came after the switch")])
        index.delete(["late"])
    now = texts(book)
    assert back(book).written == 1
    assert (texts(book), model(book)) == (now, "hashing")
    assert switch(book).written == 0
    assert (texts(book), model(book)) == (now, "hashing-64")


def test_a_reader_keeps_what_it_opened_and_what_it_has_open_is_not_taken_away(book: Path, card: str) -> None:
    old = answers(book, QUERIES)
    reader = Index.open(book)
    begin(book, ContractChange(model=card))
    switch(book)
    assert [(hit.document, round(hit.score, 5)) for hit in reader.rank(QUERIES[:1], 5)[0]] == old[0]
    with pytest.raises(StoreLockedError, match=book.name):
        drop_old(book, wait=0.2)
    assert state(book).kept is not None
    reader.close()
    drop_old(book)
    assert state(book).kept is None
    assert answers(book, QUERIES) != old
    assert not (book.with_name("book.askew") / "catalog.sqlite").exists()


def test_a_writer_that_waited_writes_into_the_new_one(book: Path, card: str) -> None:
    """The migration holds the old index's lock, catches up and switches; who waited must not write into the old one."""
    begin(book, ContractChange(model=card))
    build(book)
    done: list[str] = []

    def write() -> None:
        with Index.open(book, writable=True, wait=20) as index:
            index.add([Document("waited", "red green blue")])
            done.append(index.contract.encoder.model)

    with Index.open(book, writable=True):
        switching = threading.Thread(target=switch, args=(book,), kwargs={"wait": 20})
        writing = [threading.Thread(target=write) for _ in range(3)]
        for thread in (switching, *writing):
            thread.start()
    for thread in (switching, *writing):
        thread.join()
    assert len(done) == 3
    assert texts(book)["waited"] == "red green blue"
    assert model(book) == "hashing-64"


def test_a_writer_that_does_not_finish_delays_the_switch_and_nothing_is_lost(book: Path, card: str) -> None:
    begin(book, ContractChange(model=card))
    build(book)
    with Index.open(book, writable=True), pytest.raises(StoreLockedError, match=f"process {os.getpid()} "):
        switch(book, wait=0.1)
    assert model(book) == "hashing"
    switch(book)
    assert model(book) == "hashing-64"


def test_what_was_built_is_abandoned_and_another_begun(book: Path, card: str, tmp_path: Path) -> None:
    begin(book, ContractChange(model=card))
    build(book)
    begin(book, ContractChange(model=card))
    with pytest.raises(ContractError, match="under way"):
        begin(book, ContractChange(chunk_tokens=9))
    place = place_of_next(book)
    assert place.is_dir()
    abandon(book)
    assert not place.exists()
    assert (state(book).next, model(book)) == (None, "hashing")
    begin(book, ContractChange(model=hashing_card(tmp_path, 32)))
    switch(book)
    assert model(book) == "hashing-32"


def test_each_step_at_its_time(book: Path, card: str) -> None:
    for step in (build, switch, abandon, place_of_next):
        with pytest.raises(InputError, match=r"No migration of .* is under way. Begin one: askew migrate"):
            step(book)
    for step in (back, drop_old):
        with pytest.raises(InputError, match="keeps no older version"):
            step(book)
    begin(book, ContractChange(model=card))
    switch(book)
    with pytest.raises(InputError, match="It was switched already"):
        switch(book)
    with pytest.raises(InputError, match="--drop-old"):
        begin(book, ContractChange(model="hashing"))
    drop_old(book)
    begin(book, ContractChange(model="hashing"))
    switch(book)
    drop_old(book)
    assert model(book) == "hashing"
    assert [path.name for path in (book.with_name("book.askew") / "versions").iterdir()] == ["2"]


def test_one_migration_at_a_time(book: Path, card: str) -> None:
    begin(book, ContractChange(model=card))
    hold = (
        "import fcntl, os, sys; h = os.open(sys.argv[1], os.O_RDWR); fcntl.flock(h, 2); print(1, flush=True); input()"
    )
    lock = str(book.with_name("book.askew") / versions.LOCK)
    with subprocess.Popen(
        [sys.executable, "-c", hold, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "1\n"
        with pytest.raises(StoreLockedError):
            switch(book)
        child.communicate("\n")
    switch(book)


def test_files_are_not_read_or_encoded_again_after_it(tmp_path: Path, card: str) -> None:
    (tmp_path / "drive").mkdir()
    (tmp_path / "drive" / "a.txt").write_text("red tents")
    (tmp_path / "drive" / "b.txt").write_text("blue kayaks")
    with Index.create(tmp_path / "x", "question-answering", model="hashing") as index:
        sync(index, [tmp_path / "drive"])
        index.optimise(recall=0.9)
        index.store.set_note("weights", '{"dense": 0.9, "lexical": 0.1}')
    begin(tmp_path / "x", ContractChange(model=card))
    switch(tmp_path / "x")
    with Index.open(tmp_path / "x", writable=True) as index:
        mirrored = sync(index, [tmp_path / "drive"])
        assert (mirrored.added.unchanged, mirrored.added.new, mirrored.removed) == (2, 0, 0)
        assert {str(file.fate) for file in mirrored.files} == {"unchanged"}
        assert index.store.recall() == 0.9
        assert index.weights == (1.0, 1.0)  # learned for the scores of another model
    (tmp_path / "drive" / "b.txt").unlink()
    with Index.open(tmp_path / "x", writable=True) as index:
        assert sync(index, [tmp_path / "drive"]).removed == 1


def test_a_copied_folder_has_the_same_versions(book: Path, card: str) -> None:
    begin(book, ContractChange(model=card))
    switch(book)
    shutil.copytree(book.with_name("book.askew"), book.with_name("copy.askew"))
    copy = book.with_name("copy")
    assert answers(copy, QUERIES) == answers(book, QUERIES)
    back(copy)
    assert (model(copy), model(book)) == ("hashing", "hashing-64")
    Index.open(book, writable=True).discard()
    assert not book.with_name("book.askew").exists()


def test_an_encoder_in_hand_makes_the_new_index(book: Path) -> None:
    encoder = counting("question-answering")
    with pytest.raises(InputError, match="nothing to migrate"):
        begin(book, ContractChange(encoder=encoder))
    begin(book, ContractChange(encoder=encoder, chunk_tokens=2, overlap=0))
    assert build(book, encoder).written == 300
    assert len(encoder.texts) > 300
    switch(book, encoder)
    with Index.open(book, encoder=encoder) as index:
        assert index.contract.chunk_tokens == 2


def test_each_half_of_a_faq_is_migrated_by_itself(tmp_path: Path, card: str) -> None:
    entries = [QuestionAnswer(f"e{n}", f"{doc.text}?", f"Answer {doc.text}") for n, doc in enumerate(documents(60))]
    with Faq.create(tmp_path / "help", question_model="hashing", answer_model="hashing") as faq:
        faq.add(entries)
    with pytest.raises(InputError, match=r"help\.askew/answers --to MODEL"):
        begin(tmp_path / "help", ContractChange(model=card))
    half = tmp_path / "help.askew" / "answers"
    begin(half, ContractChange(model=card))
    switch(half)
    drop_old(half)
    with Faq.open(tmp_path / "help", writable=True) as faq:
        assert faq.answers.contract.encoder.model == "hashing-64"
        assert faq.questions.contract.encoder.model == "hashing"
        assert faq.answers.store.note("scale")  # measured anew, and noted
        assert faq.check() == []
        assert faq.unpaired() == []
        assert faq.ask(entries[7].question).hits
        faq.add([QuestionAnswer("more", "How far is it?", "Far.")])
        assert faq.answers.sizes().documents == 61
