import os
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.counting import counting
from helpers.hashing_card import hashing_card
from helpers.to_migrate import answers, documents, model, texts

from askew.contract import Contract
from askew.errors import ContractError, InputError, StoreLockedError, UnknownNameError
from askew.faq.entries import QuestionAnswer
from askew.faq.estimate import Estimate, estimate
from askew.faq.faq import Faq
from askew.index import Index
from askew.migration.change import ContractChange, changed_contract, check_same
from askew.migration.steps import abandon, back, begin, both, build, drop_old, place_of_next, state, switch
from askew.stores.local import versions
from askew.sync import sync
from askew.types import Document

QUERIES = ["red tent", "blue kayak 17", "a map of the coast"]


@pytest.fixture
def fresh(tmp_path: Path, card: str) -> Path:
    """A new index with the new model."""
    with Index.create(tmp_path / "fresh", "question-answering", model=card) as index:
        index.add(documents(300))
    return tmp_path / "fresh"


def test_the_old_index_serves_until_the_switch_then_the_new_one(book: Path, fresh: Path, card: str) -> None:
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


def test_concurrent_writes_survive_the_switch_and_going_back(book: Path, card: str) -> None:
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


def test_a_reader_keeps_the_index_it_opened(book: Path, card: str) -> None:
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


def test_a_writer_that_waited_writes_to_the_new_index(book: Path, card: str) -> None:
    """Migration locks the old index, catches up and switches; writers that waited must not write to the old one."""
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


def test_an_unfinished_writer_delays_the_switch(book: Path, card: str) -> None:
    begin(book, ContractChange(model=card))
    build(book)
    with Index.open(book, writable=True), pytest.raises(StoreLockedError, match=str(os.getpid())):
        switch(book, wait=0.1)
    assert model(book) == "hashing"
    switch(book)
    assert model(book) == "hashing-64"


def test_a_migration_can_be_abandoned_for_another(book: Path, card: str, tmp_path: Path) -> None:
    begin(book, ContractChange(model=card))
    build(book)
    begin(book, ContractChange(model=card))
    with pytest.raises(ContractError):
        begin(book, ContractChange(chunk_tokens=9))
    place = place_of_next(book)
    assert place.is_dir()
    abandon(book)
    assert not place.exists()
    assert (state(book).next, model(book)) == (None, "hashing")
    begin(book, ContractChange(model=hashing_card(tmp_path, 32)))
    switch(book)
    assert model(book) == "hashing-32"


def test_steps_out_of_order_are_refused(book: Path, card: str) -> None:
    for step in (build, switch, abandon, place_of_next):
        with pytest.raises(InputError, match="askew migrate"):
            step(book)
    for step in (back, drop_old):
        with pytest.raises(InputError):
            step(book)
    begin(book, ContractChange(model=card))
    switch(book)
    with pytest.raises(InputError):
        switch(book)
    with pytest.raises(InputError, match="--drop-old"):
        begin(book, ContractChange(model="hashing"))
    drop_old(book)
    begin(book, ContractChange(model="hashing"))
    switch(book)
    drop_old(book)
    assert model(book) == "hashing"
    assert [path.name for path in (book.with_name("book.askew") / "versions").iterdir()] == ["2"]


def test_concurrent_migrations_are_refused(book: Path, card: str) -> None:
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


def test_files_are_not_read_or_encoded_again(tmp_path: Path, card: str) -> None:
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


def test_an_encoder_instance_builds_the_new_index(book: Path) -> None:
    encoder = counting("question-answering")
    with pytest.raises(InputError):
        begin(book, ContractChange(encoder=encoder))
    begin(book, ContractChange(encoder=encoder, chunk_tokens=2, overlap=0))
    assert build(book, encoder).written == 300
    assert len(encoder.texts) > 300
    switch(book, encoder)
    with Index.open(book, encoder=encoder) as index:
        assert index.contract.chunk_tokens == 2


@pytest.mark.parametrize("half", ["answers", "questions"])
def test_the_indexes_of_a_faq_are_migrated_separately(tmp_path: Path, card: str, half: str) -> None:
    entries = [QuestionAnswer(f"e{n}", f"{doc.text}?", f"Answer {doc.text}") for n, doc in enumerate(documents(60))]
    with Faq.create(tmp_path / "help", question_model="hashing", answer_model="hashing") as faq:
        faq.add(entries)
        outdated = replace(faq.estimate(), slope=9.0)
        faq.answers.store.set_note("estimate", outdated.as_text())
    with pytest.raises(InputError, match=r"help\.askew/answers"):
        begin(tmp_path / "help", ContractChange(model=card))
    place = tmp_path / "help.askew" / half
    begin(place, ContractChange(model=card))
    switch(place)
    drop_old(place)
    with Faq.open(tmp_path / "help", writable=True) as faq:
        models = {name: index.contract.encoder.model for name, index in faq.channels.items()}
        assert models == {"questions": "hashing", "answers": "hashing"} | {half: "hashing-64"}
        noted = Estimate.read(faq.answers.store.note("estimate"))  # made anew, and noted
        assert noted == estimate(faq.questions, faq.answers) != outdated
        assert faq.check() == []
        assert faq.unpaired() == []
        assert faq.ask(entries[7].question).hits
        faq.add([QuestionAnswer("more", "How far is it?", "Far.")])
        assert faq.answers.sizes().documents == 61


TASK = "question-answering"


@pytest.fixture
def old() -> Contract:
    return Contract.for_task(TASK, "hashing", "fp32", "warn", 40, 7, {"query": "ask: "})[0]


def test_a_new_model_keeps_settings_other_than_its_own(old: Contract, card: str) -> None:
    new, encoder = changed_contract(old, ContractChange(model=card))
    assert (new.task, new.policy, new.chunk_tokens, new.overlap) == (TASK, "warn", 40, 7)
    assert new.encoder.model == "hashing-64"
    assert new.overrides == {}
    assert encoder.signature == new.encoder


def test_the_same_model_keeps_its_prompts(old: Contract) -> None:
    new, _ = changed_contract(old, ContractChange(prompts={"document": "doc: "}))
    assert new.overrides == {"query": "ask: ", "document": "doc: "}
    assert (new.encoder.model, new.encoder.precision) == ("hashing", "fp32")
    assert new.fingerprint != old.fingerprint
    assert changed_contract(old, ContractChange(chunk_tokens=30, overlap=0, policy="chunk"))[0].overlap == 0


def test_passages_fit_the_new_model(old: Contract, tmp_path: Path) -> None:
    new, _ = changed_contract(old, ContractChange(model=hashing_card(tmp_path, 32, sees=20)))
    assert new.chunk_tokens == 20
    with pytest.raises(InputError):
        changed_contract(old, ContractChange(model="hashing-32", chunk_tokens=30))


def test_unchanged_and_unknown_settings_are_refused(old: Contract) -> None:
    with pytest.raises(InputError):
        changed_contract(old, ContractChange(model="hashing", policy="warn", chunk_tokens=40))
    with pytest.raises(UnknownNameError, match="hashing"):
        changed_contract(old, ContractChange(model="hashink"))


def test_an_encoder_instance_is_used(card: str) -> None:
    narrow = Contract.for_task(TASK, card)[0]
    given = counting(TASK)
    new, encoder = changed_contract(narrow, ContractChange(encoder=given))
    assert encoder is given
    assert new.encoder.model == "hashing"


def test_resuming_with_other_settings_is_refused(old: Contract, card: str) -> None:
    building, _ = changed_contract(old, ContractChange(model=card, chunk_tokens=30, prompts={"query": "q: "}))
    check_same(building, ContractChange())
    check_same(building, ContractChange(model=card, chunk_tokens=30, prompts={"query": "q: "}))
    with pytest.raises(ContractError, match="--abandon") as refused:
        check_same(
            building, ContractChange(model="hashing", chunk_tokens=20, prompts={"query": "q: ", "document": "d: "})
        )
    found = {one.field: (one.sealed, one.given) for one in refused.value.differences}
    assert found == {
        "model": ("hashing-64", "hashing"),
        "chunk_tokens": ("30", "20"),
        "document prompt": ("", "d: "),
    }
    with pytest.raises(ContractError, match="model"):
        check_same(building, ContractChange(encoder=counting(TASK)))
    assert ContractChange().empty
    assert not ContractChange(overlap=0).empty
