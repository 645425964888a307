"""The store in memory, and an index on it: everything that works on a folder works on any engine."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry, vector

from askew import Document, Index
from askew.contract import Contract
from askew.errors import InputError, StoreError
from askew.stores import Store, VectorStore
from askew.stores.bookkeeping import Bookkeeping
from askew.stores.engine import Derived
from askew.stores.memory import MemoryStore
from askew.types import Passage

TEXTS = {
    "tents": "Our red tents keep two people dry in heavy rain.",
    "again": "Our red tents keep two people dry in heavy rain!",
    "kayak": "The blue kayak is light and fast on calm lakes.",
    "stove": "A gas stove boils a litre of water in three minutes.",
}


@pytest.fixture
def index() -> Iterator[Index]:
    """An index of four documents in memory."""
    contract, encoder = Contract.for_task("question-answering", "hashing")
    store = MemoryStore(contract.encoder.dim, contract.seal(), language=contract.language)
    with Index(store, encoder) as index:
        index.add([Document(id, text, metadata={"wet": id != "stove"}) for id, text in TEXTS.items()])
        yield index


def test_an_index_in_memory_holds_its_documents(index: Index) -> None:
    assert (len(index), [document.id for document in index]) == (4, list(TEXTS))
    assert index.get("kayak").text == TEXTS["kayak"]
    assert "stove" in index
    assert index.add([Document("kayak", TEXTS["kayak"], metadata={"wet": True})]).unchanged == 1
    assert index.add([Document("kayak", "The kayak is sold out.")]).changed == 1
    assert (index.delete(["kayak", "nobody"]), len(index), "kayak" in index) == (1, 3, False)
    assert index.sizes().tokens > 0
    assert index.check() == []


@pytest.mark.parametrize("mode", ["dense", "lexical", "hybrid"])
def test_an_index_in_memory_is_searched_in_every_mode(index: Index, mode: str) -> None:
    hits = index.search("blue kayak", 2, mode=mode)
    assert hits[0].id == "kayak"
    assert hits[0].text == TEXTS["kayak"]
    both = index.search(["red tents", "gas stove"], 1, mode=mode, where={"wet": False})
    assert [[hit.id for hit in found] for found in both] == [["stove"] if mode != "lexical" else [], ["stove"]]
    assert index.search("red tents", 1, mode=mode, offset=1)[0].id in ("tents", "again")


def test_an_index_in_memory_compares_packs_and_finds_duplicates(index: Index) -> None:
    assert [hit.id for hit in index.similar(TEXTS["tents"], 2)] == ["tents", "again"]
    context = index.context("blue kayak", 100)
    assert "light and fast" in context.text
    assert context.tokens <= 100
    found = index.duplicates(0.9)
    assert [{pair.a, pair.b} for pair in found.pairs] == [{"tents", "again"}]
    index.delete("again")
    assert len(index.duplicates(0.9).pairs) == 0


def test_an_index_in_memory_is_optimised_and_discarded(index: Index) -> None:
    index.delete("tents")
    index.optimise()
    assert [hit.id for hit in index.search("red tents", 1, mode="lexical")] == ["again"]
    store = index.store
    reader = Index(store.share(), index.encoder("reading"))
    with pytest.raises(StoreError, match="read-only"):
        reader.delete("again")
    assert reader.search("red tents", 1)[0].id == "again"
    index.discard()
    with pytest.raises(StoreError):
        reader.search("red tents", 1)
    with pytest.raises(StoreError):
        store.share()


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore(DIM, "m")
    store.write([entry("a", ("red tents", vector(1))), entry("b", ("blue kayak", vector(0, 1)))])
    return store


def test_a_change_that_failed_leaves_no_words(store: MemoryStore) -> None:
    with pytest.raises(KeyError), store.transaction():  # noqa: PT012
        store.write([entry("c", ("green stove", vector(2))), entry("a", ("yellow lamp", vector(3)))])
        store.assign({"nobody": "/x"})
    store.write([entry("d", ("grey boat", vector(4)))])
    assert store.owners(store.lexical("stove lamp boat tents", 9).keys[0].tolist()) == ["a", "d"]
    assert store.check() == []


def test_threads_read_while_one_writes(store: MemoryStore) -> None:
    faults: list[object] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            with store.snapshot():
                keys = store.keys().tolist()
                found = store.lexical("word", 100).keys[0].tolist()
                whole = len({store.owners(keys)[place] for place in range(len(keys))}) == store.sizes().documents
            if not whole or sorted(set(keys) - set(found)) != keys[:2]:
                faults.append((keys, found))

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for turn in range(20):
        store.write([entry(f"d{turn}-{i}", ("word", vector(turn, i)), ("word", vector(i))) for i in range(2)])
        store.delete([f"d{turn - 1}-0"])
    done.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert store.count() == 2 + 4 * 20 - 2 * 19


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(StoreError, match="english"):
        MemoryStore(DIM, "m", language="klingon")
    with pytest.raises(InputError):
        MemoryStore(DIM, "m").write([entry("a", ("x", [float("nan")] * DIM))])


class Torn(MemoryStore):
    """An engine that returns other texts than it was given."""

    def passages(self, keys: object) -> list[Passage]:
        return [Passage(found.document, found.number, 0, 1, "?") for found in super().passages(keys)]  # type: ignore[arg-type]


class Lossy(MemoryStore):
    """An engine that loses a passage."""

    def extents(self, ids: object) -> list[range]:
        return [found[1:] for found in super().extents(ids)]  # type: ignore[arg-type]


class Noisy(MemoryStore):
    """An engine that spoils its vectors."""

    def spoil(self) -> None:
        self._content.vectors[1, 0] = np.nan


def test_the_check_of_every_engine_names_what_does_not_fit_together(store: MemoryStore) -> None:
    assert store.check() == store.check(quick=True) == []
    for kind, count, quick in ((Torn, 2, 0), (Lossy, 1, 1)):
        torn = kind(DIM, "m")
        torn.write([entry("a", ("red tents", vector(1))), entry("b", ("blue kayak", vector(0, 1)))])
        assert (len(torn.check()), len(torn.check(quick=True))) == (count, quick)
    noisy = Noisy(DIM, "m")
    noisy.write([entry("a", ("red tents", vector(1))), entry("b", ("blue kayak", vector(0, 1)))])
    noisy.spoil()
    [problem] = noisy.check()
    assert "'b'" in problem


def test_the_page_on_stores_names_every_method_that_an_engine_has_to_write() -> None:
    page = (Path(__file__).parents[2] / "docs" / "stores.md").read_text("utf-8")
    required = {name for name in vars(VectorStore) if not name.startswith("_")}
    assert required == set(re.findall(r"`(\w+)\b", "".join(re.findall(r"^\| (`.*?) \|", page, re.MULTILINE))))
    assert len(required - {"manifest", "writable", "access"}) == 17
    derived = {name for name in (*vars(Derived), *vars(Bookkeeping)) if not name.startswith("_")}
    upkeep = {"sizes", "scratch", "optimise", "discard"}
    assert {name for name in dir(Store) if not name.startswith("_")} == required | derived | upkeep
