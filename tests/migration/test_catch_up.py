from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.counting import Counting, counting
from helpers.to_migrate import documents

from askew.index import Index
from askew.ingest import BATCH
from askew.migration.copying import CaughtUp, catch_up, copy_documents, same_sources
from askew.progress import Progress
from askew.types import Document


@pytest.fixture
def encoder() -> Counting:
    return counting("question-answering")


@pytest.fixture
def both(book: Path, tmp_path: Path, encoder: Counting) -> Iterator[tuple[Index, Index]]:
    """The second with another overlap: under the same contract vectors would be copied."""
    with (
        Index.open(book, writable=True) as source,
        Index.create(tmp_path / "other", "question-answering", overlap=5, encoder=encoder) as target,
    ):
        yield source, target


def held(index: Index) -> dict[str, Document]:
    ids = [account.document for account in index.accounts()]
    return {document.id: document for document in index.documents(ids)}


def test_only_what_is_missing_or_otherwise_is_encoded(both: tuple[Index, Index], encoder: Counting) -> None:
    source, target = both
    assert copy_documents(source.store, target) == CaughtUp(300, 0)
    assert held(target) == held(source)
    assert len(encoder.texts) == 300
    encoder.texts.clear()
    source.add([Document("d7", "seven anew"), Document("new", "a new one"), replace(documents(1)[0], metadata={})])
    source.delete(["d8", "d9"])
    assert copy_documents(source.store, target) == CaughtUp(3, 2)
    assert sorted(encoder.texts) == ["a new one", documents(1)[0].text, "seven anew"]
    assert held(target) == held(source)
    assert copy_documents(source.store, target) == CaughtUp()


def test_it_is_told_how_far_it_is(both: tuple[Index, Index]) -> None:
    source, target = both
    source.add(documents(BATCH + 300))
    told: list[Progress] = []
    copy_documents(source.store, target, told.append)
    done = [step.done for step in told]
    assert done == sorted(done)
    assert (done[-1], {step.total for step in told}) == (BATCH + 300, {BATCH + 300})


def test_it_goes_on_while_the_source_grows(both: tuple[Index, Index]) -> None:
    source, target = both
    source.add(documents(BATCH))
    waiting = [documents(2000)[n : n + BATCH] for n in (600, 1200)]

    def grow(step: Progress) -> None:
        if step.done >= step.total and waiting:
            source.add(waiting.pop())

    assert catch_up(source.store, target, grow).written == 3 * BATCH
    assert held(target) == held(source)


def test_files_and_their_stamps_go_along(both: tuple[Index, Index]) -> None:
    source, target = both
    source.add([Document("f1", "of a file", source="/drive/a.txt"), Document("f2", "of b", source="/drive/b.txt")])
    source.store.remember({"/drive/a.txt": "1:2:3", "/drive/b.txt": "4:5:6"})
    copy_documents(source.store, target)
    same_sources(source.store, target.store)
    assert target.store.sources() == source.store.sources() == {"/drive/a.txt": "1:2:3", "/drive/b.txt": "4:5:6"}
    source.store.assign({"f1": "/drive/c.txt", "f2": ""})
    source.store.remember({"/drive/c.txt": "7:8:9"})
    assert copy_documents(source.store, target) == CaughtUp()
    same_sources(source.store, target.store)
    assert target.store.sources() == source.store.sources() == {"/drive/c.txt": "7:8:9"}
    assert target.store.ids_within("/") == {"f1": "/drive/c.txt"}
