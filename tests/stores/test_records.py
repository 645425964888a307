import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import entries

from askew.errors import InputError
from askew.quantisation import RowFormat
from askew.stores import Account, Entry, Store, catalog, records
from askew.stores.catalog import CHUNK, State
from askew.stores.local import database
from askew.stores.local.database import Catalog
from askew.stores.local.folder import Folder
from askew.stores.local.store import LocalStore
from askew.stores.postgres.shards.store import ShardedStore
from askew.types import Document, Passage

DIM = 2


class UndoneError(Exception):
    pass


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Inside one transaction, which is taken back in the end."""
    database.create(tmp_path, RowFormat(DIM), "", "")
    catalogue = Catalog(Folder(tmp_path), writable=True)
    with suppress(UndoneError), catalogue.writing() as connection:
        yield connection
        raise UndoneError
    catalogue.close()


def entry(
    id: str,
    *words: str,
    title: str = "",
    metadata: Mapping[str, Any] | None = None,
    length: float = 1,
    tokens: int = 10,
    seen: int = 10,
) -> Entry:
    """A document whose passages are these words; each vector has this length."""
    text, passages = " ".join(words), []
    for number, word in enumerate(words):
        start = len(" ".join([*words[:number], ""]))
        passages.append(Passage(id, number, start, start + len(word), word, f"{id}/{number}"))
    vectors = np.tile(np.array([[length, 0]], np.float32), (len(words), 1))
    return Entry(Document(id, text, title, metadata or {}), f"digest of {id}: {text}", passages, vectors, tokens, seen)


def insert(connection: sqlite3.Connection, state: State, *entries: Entry) -> State:
    return records.insert(connection, state, [records.checked(one, DIM) for one in entries])


def rows(connection: sqlite3.Connection, table: str) -> int:
    return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_what_is_put_in_is_read_back(connection: sqlite3.Connection) -> None:
    one = entry("é 1", "dämon 🎉", "two", title="Title", metadata={"a": [1, None, {"b": "é"}], "c": 10**30})
    insert(connection, State(), one)
    assert records.documents(connection, ["é 1"]) == [one.document]
    assert records.passages(connection, [0, 1]) == list(one.passages)
    assert records.owners(connection, [0, 1]) == ["é 1", "é 1"]
    assert records.digests(connection, ["é 1"]) == {"é 1": one.digest}


def test_keys_follow_the_rows_from_the_base_on(connection: sqlite3.Connection) -> None:
    state = insert(connection, State(base=100), entry("a", "x", "y"), entry("none"), entry("b", "z"))
    assert records.owners(connection, [100, 101, 102]) == ["a", "a", "b"]
    insert(connection, state, entry("c", "w"))
    assert records.owners(connection, [103]) == ["c"]
    assert records.passages(connection, [103])[0].text == "w"


def test_passages_may_overlap_and_leave_gaps(connection: sqlite3.Connection) -> None:
    document = Document("a", "0123456789")
    passages = [Passage("a", 0, 0, 6, "012345"), Passage("a", 1, 4, 8, "4567", "H"), Passage("a", 2, 10, 10, "")]
    insert(connection, State(), Entry(document, "", passages, np.ones((3, DIM), np.float32), 1, 1))
    assert records.passages(connection, [0, 1, 2]) == passages


def test_the_state_counts_what_is_put_in(connection: sqlite3.Connection) -> None:
    state = insert(
        connection,
        State(base=5, change=3, generation=2),
        entry("a", "x", "y", tokens=7, seen=7, length=2),
        entry("b", tokens=4, seen=0),
        entry("c", "z", tokens=9, seen=8, length=3),
    )
    assert state == State(
        change=3, generation=2, base=5, rows=3, numbers=3, documents=3, passages=3, tokens=20, seen=15,
        truncated=2,
    )  # fmt: skip
    state = insert(connection, state, entry("d", "w", length=2.5))
    assert (state.rows, state.numbers, state.dead) == (4, 4, 0)


def test_the_state_counts_what_is_removed(connection: sqlite3.Connection) -> None:
    first = insert(
        connection, State(), entry("a", "x", "y", tokens=7, seen=6, length=5), entry("b", "z", tokens=4, seen=4)
    )
    state = records.remove(connection, first, ["a"])
    assert state == replace(first, documents=1, passages=1, tokens=4, seen=4, truncated=0, deaths=1)
    assert (state.rows, state.dead) == (3, 2)
    assert connection.execute("SELECT * FROM dead").fetchall() == [(1, 1, 0, 2)]


def test_what_is_removed_is_gone_from_every_table(connection: sqlite3.Connection) -> None:
    first = entry("a", "x", "y", metadata={"k": [1, 2]})
    second = entry("b", "z", metadata={"k": 1})
    state = insert(connection, State(base=7), first, second)
    records.remove(connection, state, ["a"])
    assert {table: rows(connection, table) for table in ("documents", "texts", "passages")} == {
        "documents": 1, "texts": 1, "passages": 1,
    }  # fmt: skip
    assert connection.execute("SELECT DISTINCT document FROM metadata").fetchall() == [(2,)]
    assert records.digests(connection, ["a", "b"]) == {"b": second.digest}
    assert records.passages(connection, [9]) == list(second.passages)
    for read, asked in ((records.documents, ["b", "a"]), (records.owners, [9, 8]), (records.passages, [7])):
        with pytest.raises(KeyError):
            read(connection, asked)  # type: ignore[operator]


def test_ids_that_are_not_there_or_given_twice_are_removed_once(connection: sqlite3.Connection) -> None:
    state = insert(connection, State(), entry("a", "x"), entry("b", "y"))
    assert records.remove(connection, state, ["nobody"]) == state
    assert records.remove(connection, state, []) == state
    state = records.remove(connection, state, ["a", "nobody", "a"])
    assert (state.documents, state.deaths) == (1, 1)
    assert records.remove(connection, state, ["a"]) == state


def test_a_document_without_passages_can_be_removed_and_takes_no_other_with_it(
    connection: sqlite3.Connection,
) -> None:
    state = insert(connection, State(), entry("a", "x"), entry("none"), entry("b", "y"))
    state = records.remove(connection, state, ["none"])
    assert records.owners(connection, [0, 1]) == ["a", "b"]
    assert (state.documents, state.passages, state.dead) == (2, 2, 0)


def test_a_replaced_document_has_new_keys_and_its_old_ones_are_unknown(connection: sqlite3.Connection) -> None:
    state = insert(connection, State(), entry("a", "old", "text"), entry("b", "other"))
    state = records.remove(connection, state, ["a"])
    state = insert(connection, state, entry("a", "new", metadata={"v": 2}))
    assert records.documents(connection, ["a"]) == [Document("a", "new", metadata={"v": 2})]
    assert records.owners(connection, [2, 3]) == ["b", "a"]
    for key in (0, 1):
        with pytest.raises(KeyError):
            records.passages(connection, [key])
    assert (state.documents, state.passages, state.rows, state.dead, state.numbers) == (2, 2, 4, 2, 3)


def test_nothing_put_in_changes_nothing(connection: sqlite3.Connection) -> None:
    state = insert(connection, State(), entry("a", "x", length=4))
    assert insert(connection, state) == state
    assert insert(connection, State()) == State()


def test_the_longest_vector_is_of_this_generation_and_counts_even_if_it_dies(tmp_path: Path) -> None:
    store = LocalStore.create(tmp_path / "x.askew", DIM, "m")

    def longest() -> float:
        with store._catalog.reading() as connection:
            return catalog.state(connection).longest

    store.write([entry("a", "x", length=3)])
    assert longest() == 3.0
    store.delete(["a"])
    store.write([entry("b", "x")])
    assert longest() == 3.0
    store.write([entry("c")])
    assert longest() == 3.0
    store.optimise()
    assert longest() == 1.0
    store.close()


def test_results_follow_the_order_asked_and_may_repeat(connection: sqlite3.Connection) -> None:
    insert(connection, State(), *(entry(f"d{i}", f"x{i}", f"y{i}") for i in range(5)))
    assert [found.id for found in records.documents(connection, ["d3", "d0", "d3"])] == ["d3", "d0", "d3"]
    assert records.owners(connection, [9, 0, 4, 9]) == ["d4", "d0", "d2", "d4"]
    assert [found.text for found in records.passages(connection, [9, 0, 4, 9])] == ["y4", "x0", "x2", "y4"]
    for read in (records.documents, records.owners, records.passages):
        assert read(connection, []) == []
    assert records.digests(connection, []) == {}


@pytest.mark.parametrize("extra", [0, 1])
def test_more_ids_than_a_statement_holds(connection: sqlite3.Connection, extra: int) -> None:
    count = 2 * CHUNK + extra
    state = insert(connection, State(), *(entry(f"d{i}", f"x{i}") for i in range(count)))
    ids = [f"d{i}" for i in reversed(range(count))]
    assert [found.id for found in records.documents(connection, ids)] == ids
    assert records.owners(connection, range(count)) == ids[::-1]
    assert [found.text for found in records.passages(connection, range(count))] == [f"x{i}" for i in range(count)]
    assert len(records.digests(connection, [*ids, "nobody"])) == count
    with pytest.raises(KeyError):
        records.documents(connection, [*ids, "nobody"])
    state = records.remove(connection, state, [*ids[1:], "nobody", ids[1]])
    assert (state.documents, state.dead, state.deaths) == (1, count - 1, count - 1)
    assert rows(connection, "passages") == rows(connection, "texts") == 1
    assert rows(connection, "dead") == count - 1


def test_hostile_ids_are_only_ids(connection: sqlite3.Connection) -> None:
    ids = ["' OR '1'='1", "%", "?", "a'; DROP TABLE documents; --", "\0", "a\0b", " ", "é", "e\u0301"]
    insert(connection, State(), entry("plain", "x"), *(entry(id, "x") for id in ids))
    for id in ids:
        assert [found.id for found in records.documents(connection, [id])] == [id]
    state = records.remove(connection, State(documents=10), ids)
    assert state.documents == 1
    assert records.owners(connection, [0]) == ["plain"]


def test_a_key_beyond_64_bits_or_below_zero_is_unknown(connection: sqlite3.Connection) -> None:
    insert(connection, State(), entry("a", "x"))
    for key in (-1, 1, 2**63 - 1):
        with pytest.raises(KeyError):
            records.owners(connection, [key])


@pytest.mark.parametrize(
    "vectors",
    [
        np.ones((1, DIM), np.float32),
        np.ones((3, DIM), np.float32),
        np.ones((2, DIM + 1), np.float32),
        np.ones(2, np.float32),
        np.ones((2, DIM, 1), np.float32),
        np.empty((0, DIM), np.float32),
    ],
)
def test_vectors_of_the_wrong_shape_are_refused(vectors: np.ndarray) -> None:
    shape = " × ".join(map(str, vectors.shape))
    with pytest.raises(InputError, match=f"'a': .*2 × 2, not {shape}"):
        records.checked(replace(entry("a", "x", "y"), vectors=vectors), DIM)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_vectors_that_are_not_finite_are_refused(bad: float) -> None:
    vectors = np.array([[1, 0], [0, bad]], np.float32)
    with pytest.raises(InputError, match=r"'a': .*NaN"):
        records.checked(replace(entry("a", "x", "y"), vectors=vectors), DIM)


def move(index: int, **changes: object) -> Callable[[Sequence[Passage]], list[Passage]]:
    return lambda passages: [
        replace(one, **changes) if i == index else one  # type: ignore[arg-type]
        for i, one in enumerate(passages)
    ]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (move(1, number=2), "0, 1, 2"),
        (move(0, number=1), "0, 1, 2"),
        (lambda passages: passages[::-1], "0, 1, 2"),
        (move(1, document="b"), "0, 1, 2"),
        (move(1, text="two "), r"passage 1 .*text\[start:end\]"),
        (move(0, text="One"), r"passage 0 .*text\[start:end\]"),
        (move(0, start=1), r"passage 0 .*text\[start:end\]"),
        (move(1, end=8), r"passage 1 .*text\[start:end\]"),
        (move(1, start=-3, text="two"), r"passage 1 .*text\[start:end\]"),
        (move(1, start=7, end=4, text=""), r"passage 1 .*text\[start:end\]"),
        (move(1, start=8, end=8, text=""), r"passage 1 .*text\[start:end\]"),
    ],
)
def test_passages_that_are_not_of_the_text_are_refused(
    change: Callable[[Sequence[Passage]], list[Passage]], complaint: str
) -> None:
    one = entry("a", "one", "two")
    with pytest.raises(InputError, match=f"'a': .*{complaint}"):
        records.checked(replace(one, passages=change(one.passages)), DIM)


@pytest.mark.parametrize("id", ["", None, 3, b"a"])
def test_an_id_is_a_string_that_is_not_empty(id: Any) -> None:
    with pytest.raises(InputError, match=re.escape(f"not {id!r}")):
        records.checked(Entry(Document(id, ""), "", [], np.empty((0, DIM), np.float32), 0, 0), DIM)


def circular() -> dict[str, Any]:
    found: dict[str, Any] = {}
    found["self"] = [found]
    return found


def deep(levels: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(levels):
        found = {"": found}
    return found


@pytest.mark.parametrize(
    "metadata",
    [
        {"a": float("nan")},
        {"a": [1, {"b": float("inf")}]},
        {"a": {1, 2}},
        {"a": b"x"},
        {"a": object()},
        {"a": np.float32(1)},
        {(1, 2): "x"},
        {"a": 10**5000},
        ["a"],
        None,
        circular(),
        deep(100_000),
    ],
    ids=lambda metadata: type(metadata).__name__,
)
def test_metadata_that_json_cannot_hold_is_refused(metadata: Any) -> None:
    with pytest.raises(InputError, match=r"'a': metadata .*JSON"):
        records.checked(replace(entry("a"), document=Document("a", "", metadata=metadata)), DIM)


def test_metadata_of_any_depth_is_stored_or_refused(connection: sqlite3.Connection) -> None:
    state, stored = State(), 0
    for levels in (1, 10, 200, *range(900, 1000, 3), 2000, 5000):
        try:
            state = insert(connection, state, entry(f"{levels}", metadata=deep(levels)))
        except InputError:
            continue
        stored += 1
    assert stored == state.documents == rows(connection, "documents") >= 3


def test_what_metadata_holds_is_stored_as_json(connection: sqlite3.Connection) -> None:
    metadata = {"a": ("x", 1), "b": np.float64(0.5), "": None, "a.b": {"": "\u2028 \0 é"}}
    insert(connection, State(), entry("a", metadata=metadata))
    read = records.documents(connection, ["a"])[0].metadata
    assert read == json.loads(json.dumps(metadata)) == {**metadata, "a": ["x", 1]}


@pytest.mark.parametrize("name", [1, None, True, 1.5])
def test_a_field_whose_name_is_no_string_is_refused(name: object) -> None:
    with pytest.raises(InputError):
        records.checked(replace(entry("a"), document=Document("a", "", metadata={name: 1, "b": 2})), DIM)  # type: ignore[dict-item]


@pytest.mark.parametrize("document", [Document("a", None), Document("a", "", None)])  # type: ignore[arg-type]
def test_a_text_or_title_that_is_no_string_is_refused(document: Document) -> None:
    with pytest.raises(InputError):
        records.checked(replace(entry("a"), document=document), DIM)


def counted(id: str, tokens: int, seen: int, passages: int = 1) -> Entry:
    return replace(entries.entry(id, *[("word", entries.vector(1))] * passages), tokens=tokens, seen=seen)


def test_who_lost_most_comes_first_then_who_has_most_and_nobody_who_lost_nothing(store: Store) -> None:
    store.write(
        [
            counted("whole", 900, 900),
            counted("b", 50, 40, passages=2),
            counted("a", 50, 40),
            counted("long", 700, 690),
            counted("most", 600, 100),
            counted("none seen", 3, 0),
        ]
    )
    found = store.losers(10)
    assert [account.document for account in found] == ["most", "long", "a", "b", "none seen"]
    assert (found[0].lost, found[3]) == (500, Account("b", 50, 40, 2))
    assert store.losers(2) == found[:2]
    assert store.losers(0) == []
    store.delete(["most"])
    assert store.losers(1) == found[1:2]


@pytest.mark.parametrize("count", [0, 1, 4, 5, 13])
def test_every_document_has_one_account_whatever_the_pages(
    store: Store, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "PAGE", 4)
    store.write([counted(f"d{i}", i, i, passages=i % 3) for i in range(count)])
    told = store.accounts()
    assert list(told) == [Account(f"d{i}", i, i, i % 3) for i in range(count)]


def test_what_changes_while_they_are_told_is_told_once_or_left_out(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "PAGE", 2)
    store.write([counted(f"d{i}", i, i) for i in range(8)])
    told = iter(store.accounts())
    seen = [next(told).document]
    store.write([counted("d0", 9, 9), counted("d7", 9, 9), counted("new", 9, 9)])
    store.delete(["d5"])
    store.optimise()
    found = [*seen, *(account.document for account in told)]
    if isinstance(store, ShardedStore):  # a page of each server was read before the deletion
        found = [document for document in found if document != "d5"]
    assert found == ["d0", "d1", "d2", "d3", "d4", "d6"]
