"""Every public call with a failing system: whatever fails, an askew error comes out, and nothing is lost."""

import shutil
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.faults import ERRORS, failing

import askew
from askew import Document, Faq, Index, QuestionAnswer
from askew.errors import AskewError

EACH = 40
"""The first file operations of a call fail one by one, those after them at greater and greater steps."""
KEPT = {f"d{number}": f"tent number {number} with a stove" for number in range(12)}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index, a FAQ and files, to be copied for each attempt."""
    folder = tmp_path_factory.mktemp("prepared")
    with Index.create(folder / "book", "question-answering", model="hashing") as index:
        index.add([Document(id, text, metadata={"n": len(id)}) for id, text in KEPT.items()])
        index.delete("d11")
    with Faq.create(folder / "faq", model="hashing") as faq:
        faq.add([QuestionAnswer(f"q{number}", f"where is tent {number}?", f"in room {number}") for number in range(5)])
    (folder / "files").mkdir()
    (folder / "files" / "a.md").write_text("# Tents\n\nA tent has poles.\n")
    (folder / "table.csv").write_text("id,text\n1,a red tent\n2,a red tent\n3,a stove\n")
    return folder


def open_book(at: Path, writable: bool = False) -> Index:
    return Index.open(at / "book", writable=writable)


def reading(act: Callable[[Index], object]) -> Callable[[Path], object]:
    def call(at: Path) -> object:
        with open_book(at) as index:
            return act(index)

    return call


def writing(act: Callable[[Index], object]) -> Callable[[Path], object]:
    def call(at: Path) -> object:
        with open_book(at, writable=True) as index:
            return act(index)

    return call


def asking(act: Callable[[Faq], object], writable: bool = False) -> Callable[[Path], object]:
    def call(at: Path) -> object:
        with Faq.open(at / "faq", writable=writable) as faq:
            return act(faq)

    return call


def create(at: Path) -> None:
    Index.create(at / "new", "question-answering", model="hashing").close()


def open_or_create(at: Path) -> None:
    Index.open_or_create(at / "new", "question-answering", model="hashing").close()


def create_faq(at: Path) -> None:
    Faq.create(at / "new-faq", model="hashing").close()


CALLS: dict[str, Callable[[Path], Any]] = {
    "create": create,
    "open_or_create": open_or_create,
    "search": reading(lambda index: index.search("tent", 3)),
    "search by words": reading(lambda index: index.search("tent", 3, mode="lexical")),
    "search by both": reading(lambda index: index.search("tent", 3, mode="hybrid", where={"n": 2})),
    "similar": reading(lambda index: index.similar("tent", 3)),
    "context": reading(lambda index: index.context("tent", 50)),
    "documents": reading(lambda index: [*index, len(index), "d1" in index, index.documents(["d1"])]),
    "check": reading(lambda index: index.check()),
    "sizes": reading(lambda index: (index.sizes(), index.losers(3), repr(index), index.foreign_files())),
    "duplicates of an index": reading(lambda index: index.duplicates(0.5)),
    "add": writing(lambda index: index.add([Document("new", "a new tent"), Document("d1", "another text")])),
    "delete": writing(lambda index: index.delete(["d0"])),
    "optimise": writing(lambda index: index.optimise()),
    "sync": lambda at: writing(lambda index: askew.sync(index, at / "files"))(at),
    "ask": asking(lambda faq: faq.ask("where is tent 3?")),
    "add to a FAQ": asking(lambda faq: faq.add([QuestionAnswer("new", "what?", "that")]), writable=True),
    "create a FAQ": create_faq,
    "read": lambda at: askew.read(at / "table.csv"),
    "duplicates": lambda at: askew.duplicates(at / "table.csv", threshold=0.5, model="hashing"),
    "cluster": lambda at: askew.cluster(at / "table.csv", model="hashing"),
    "explain": reading(lambda index: askew.explain(index, "tent", "d1")),
    "migrate": lambda at: askew.migrate(at / "book", chunk_tokens=20),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_failing_system_ends_in_an_askew_error_and_loses_nothing(name: str, prepared: Path, tmp_path: Path) -> None:
    call, foreign, failed = CALLS[name], [], 0
    call(copied(prepared, tmp_path / "warm"))  # imports and caches
    for nth in places():
        error = ERRORS[(nth + len(name)) % len(ERRORS)]
        at = copied(prepared, tmp_path / str(nth))
        try:
            with failing(nth, error) as fault:
                call(at)
        except AskewError:
            failed += 1
        except BaseException as other:  # which one it is, is the question
            foreign.append(f"{nth}, {error!r}: {other!r} at {where(other)}")
        check(at)
        shutil.rmtree(at)
        if not fault.happened:
            break
    assert foreign == []
    assert failed


def places() -> Iterator[int]:
    yield from range(EACH)
    nth = EACH
    while True:
        yield nth
        nth += nth // 10


def copied(prepared: Path, at: Path) -> Path:
    shutil.copytree(prepared, at)
    return at


def where(error: BaseException) -> str:
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if "/askew/" in frame.filename]
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(own[-3:]))


def check(at: Path) -> None:
    """What was acknowledged before is there, whole; the next writer goes on."""
    with open_book(at, writable=True) as index:
        assert index.check() == []
        held = {document.id: document.text for document in index}
        assert {id: text for id, text in KEPT.items() if id not in ("d0", "d1", "d11")}.items() <= held.items()
        index.add([Document("after", "it goes on")])
