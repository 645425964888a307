"""What every store must do, whatever it is made of."""

import threading
from contextlib import suppress

import numpy as np
import pytest
from helpers.entries import DIM, entry, vector
from helpers.opener import Opener

from askew.errors import InputError, StoreError, UnknownNameError
from askew.progress import Progress
from askew.quantisation import Precision, RowFormat
from askew.stores import RECALL, Entry, MetadataField, Store
from askew.types import Document, Passage


def as_stored(store: Store, rows: list[list[float]]) -> np.ndarray:
    """Vectors as this store keeps them, in its precision."""
    precision = store.facts().get("stored", {}).get("precision", Precision.FLOAT32)
    form = RowFormat(DIM, Precision(precision))
    return form.decode(form.encode(np.array(rows, np.float32)))


def best(store: Store, given: list[float], k: int = 3, where: dict[str, object] | None = None) -> list[str]:
    found = store.nearest(np.array([given], np.float32), k, where)
    return store.owners([int(key) for key in found.keys[0] if key >= 0])


def by_word(store: Store, query: str, k: int = 3, where: dict[str, object] | None = None) -> list[str]:
    return store.owners([int(key) for key in store.lexical(query, k, where).keys[0] if key >= 0])


def three(store: Store) -> None:
    store.write(
        [
            entry("a", ("red tents", vector(1, 0)), metadata={"lang": "en", "year": 2019}, title="Camping"),
            entry(
                "b",
                ("blue kayak", vector(0, 2)),
                ("red paddle", vector(0, 1)),
                metadata={"lang": "en", "year": 2024},
            ),
            entry("c", ("rotes Zelt", vector(0.5, 0.5)), metadata={"lang": "de"}),
        ]
    )


def test_what_was_written_is_read_back(store: Store) -> None:
    three(store)
    [b, a] = store.documents(["b", "a"])
    assert (b.id, b.text, dict(b.metadata)) == ("b", "blue kayak\nred paddle", {"lang": "en", "year": 2024})
    assert a.title == "Camping"
    keys = [key for block in store.blocks() for key in block.keys.tolist()]
    assert keys == sorted(keys)
    assert store.owners(keys) == ["a", "b", "b", "c"]
    assert store.passages(keys)[2] == Passage("b", 1, 11, 21, "red paddle", "Heading")
    assert store.manifest == "the manifest"
    assert store.digests(["a", "x"]) == {"a": "d"}
    assert store.check() == []


def test_the_highest_inner_product_comes_first(store: Store) -> None:
    three(store)
    found = store.nearest(np.array([vector(0, 1), vector(1, 0)], np.float32), 6)
    assert [store.owners([int(k) for k in row if k >= 0]) for row in found.keys] == [
        ["b", "b", "c", "a"],
        ["a", "c", "b", "b"],
    ]
    stored = as_stored(store, [vector(0, 2), vector(0, 1), vector(0.5, 0.5), vector(1, 0)])[:, 1].tolist()
    assert found.scores[0].tolist() == stored
    found = store.nearest(np.array([vector(0, 1)], np.float32), 10**12, {"lang": "de"})
    assert found.scores[0].tolist() == [stored[2], -np.inf, -np.inf, -np.inf]
    assert found.keys[0, 1:].tolist() == [-1, -1, -1]


def test_words_find_passages_by_text_and_title(store: Store) -> None:
    three(store)
    assert set(by_word(store, "red")) == {"a", "b"}
    assert by_word(store, "CAMPING") == ["a"]
    assert by_word(store, "nowhere") == []
    assert by_word(store, "…!") == []


def test_a_filter_holds_in_every_path(store: Store) -> None:
    three(store)
    recent = {"year": {"$gte": 2020}}
    assert best(store, vector(1, 1), where=recent) == ["b", "b"]
    assert by_word(store, "red", where=recent) == ["b"]
    assert store.count(recent) == 2
    assert [store.owners(block.keys.tolist()) for block in store.blocks({"lang": "de"})] == [["c"]]
    assert best(store, vector(1, 1), where={"lang": "fr"}) == []
    assert by_word(store, "red", where={"lang": "fr"}) == []


def test_the_same_id_again_replaces_the_document_everywhere(store: Store) -> None:
    three(store)
    old = store.nearest(np.array([vector(1, 0)], np.float32), 1).keys[0].tolist()
    store.write([entry("a", ("green stove", vector(0, 0, 1)), digest="new")])
    assert store.documents(["a"])[0].text == "green stove"
    assert store.digests(["a"]) == {"a": "new"}
    assert by_word(store, "tents") == []
    assert best(store, vector(1, 0), 1) == ["c"]
    assert store.sizes().documents == 3
    with pytest.raises(KeyError):
        store.owners(old)
    assert store.check() == []


def test_what_was_deleted_is_gone_everywhere(store: Store) -> None:
    three(store)
    assert store.delete(["b", "x", "b"]) == 1
    assert best(store, vector(0, 1)) == ["c", "a"]
    assert by_word(store, "kayak") == []
    assert (store.sizes().documents, store.sizes().passages, store.count()) == (2, 2, 2)
    with pytest.raises(KeyError):
        store.documents(["b"])
    assert store.delete(["b"]) == 0
    assert store.check() == []


def test_sizes_count_tokens(store: Store) -> None:
    three(store)
    sizes = store.sizes()
    assert (sizes.documents, sizes.passages, sizes.tokens, sizes.seen, sizes.truncated) == (3, 4, 8, 8, 0)
    assert sizes.bytes > 0


def test_a_bad_entry_stores_nothing_of_its_batch(store: Store) -> None:
    three(store)
    short = entry("z", ("short", vector(1)))
    object.__setattr__(short, "vectors", np.ones((1, DIM - 1), np.float32))
    with pytest.raises(InputError, match=r"'z': .*1 × 8, not 1 × 7"):
        store.write([entry("y", ("fine", vector(1))), short])
    with pytest.raises(InputError, match="Duplicate id 'y'"):
        store.write([entry("y", ("one", vector(1))), entry("y", ("two", vector(1)))])
    assert store.sizes().documents == 3
    assert by_word(store, "fine") == []
    store.write([entry("y", ("fine", vector(0, 0, 0, 1)))])
    assert best(store, vector(0, 0, 0, 1), 1) == ["y"]
    assert by_word(store, "fine") == ["y"]
    assert store.check() == []


def test_an_empty_store_answers(store: Store) -> None:
    assert best(store, vector(1)) == []
    assert by_word(store, "red") == []
    assert list(store.blocks()) == []
    assert store.count() == 0
    store.optimise()
    assert store.check() == []


def test_it_is_all_there_when_opened_again(opened: Opener) -> None:
    writer = opened(writable=True)
    three(writer)
    writer.close()
    reader = opened()
    assert best(reader, vector(0, 1), 1) == ["b"]
    assert by_word(reader, "kayak") == ["b"]
    with pytest.raises(StoreError, match="writable=True"):
        reader.write([])
    with pytest.raises(StoreError, match="writable=True"):
        reader.delete(["a"])


def test_a_reader_follows_a_writer_beside_it(opened: Opener) -> None:
    writer, reader = opened(writable=True), opened()
    assert by_word(reader, "red") == []
    three(writer)
    assert set(by_word(reader, "red")) == {"a", "b"}
    assert best(reader, vector(1, 0), 1) == ["a"]
    writer.delete(["a"])
    assert by_word(reader, "red") == ["b"]
    assert best(reader, vector(1, 0), 1) == ["c"]
    writer.optimise()
    writer.write([entry("d", ("red lamp", vector(3, 0)))])
    assert best(reader, vector(1, 0), 1) == ["d"]
    assert set(by_word(reader, "red")) == {"b", "d"}
    assert reader.check() == []


def test_optimising_gives_back_what_was_deleted_and_keeps_the_rest(store: Store) -> None:
    store.write([entry(f"d{i}", (f"word{i} common", vector(i, 1))) for i in range(200)])
    store.optimise()  # what it sets aside for itself is there already
    before = store.sizes().bytes
    keys = store.nearest(np.array([vector(1)], np.float32), 1).keys[0].tolist()
    store.delete([f"d{i}" for i in range(0, 200, 2)])
    store.optimise()
    assert store.sizes().bytes < before
    assert store.sizes().documents == 100
    assert best(store, vector(1), 2) == ["d199", "d197"]
    assert by_word(store, "word7") == ["d7"]
    assert by_word(store, "word8") == []
    assert (
        store.passages(store.nearest(np.array([vector(1)], np.float32), 1).keys[0].tolist())[0].text == "word199 common"
    )
    with suppress(KeyError):  # the key may be another now, but is never another passage's
        assert store.owners(keys) == ["d199"]
    store.write([entry("new", ("word500", vector(500)))])
    assert best(store, vector(1), 1) == ["new"]
    assert store.check() == []


def test_discarded_it_is_gone_and_only_a_writer_may(opened: Opener) -> None:
    writer = opened(writable=True)
    three(writer)
    with pytest.raises(StoreError, match="writable=True"):
        opened().discard()
    folder = writer.scratch()
    (folder / "deep").mkdir(parents=True)
    writer.discard()
    assert not folder.exists()
    with pytest.raises(StoreError):
        opened()


def test_a_writer_that_was_closed_leaves_room_for_the_next_though_it_is_still_there(opened: Opener) -> None:
    first = opened(writable=True)
    three(first)
    first.close()
    second = opened(writable=True)
    second.write([entry("d", ("red lamp", vector(3, 0)))])
    assert set(by_word(second, "red")) == {"a", "b", "d"}


def test_a_change_from_another_thread_waits_for_optimising(store: Store) -> None:
    store.write([entry(f"d{i}", (f"word{i}", vector(i + 1))) for i in range(40)])
    store.delete([f"d{i}" for i in range(10)])
    threads: list[threading.Thread] = []

    def meanwhile(progress: Progress) -> None:
        if not threads:
            threads.append(threading.Thread(target=store.delete, args=(["d10"],)))
            threads[0].start()

    store.optimise(meanwhile)
    threads[0].join()
    assert by_word(store, "word20") == ["d20"]
    found = store.nearest(np.array([vector(1)], np.float32), 29)
    stored = as_stored(store, [vector(i + 1) for i in range(39, 10, -1)])[:, 0]
    assert found.scores[0].tolist() == stored.tolist()
    assert store.owners(found.keys[0].tolist()) == [f"d{i}" for i in range(39, 10, -1)]
    assert store.check() == []


def test_blocks_are_of_one_moment_however_often_they_are_gone_through(store: Store) -> None:
    three(store)
    held = store.blocks()
    first = [block.keys.tolist() for block in held]
    store.delete(["a"])
    store.optimise()
    assert [block.keys.tolist() for block in held] == first


def test_a_snapshot_knows_its_keys_and_gives_their_vectors_in_any_order(store: Store) -> None:
    assert store.blocks().keys.shape == (0,)
    assert store.blocks().vectors([]).shape == (0, DIM)
    three(store)
    for where in (None, {"lang": "en"}, {"lang": "fr"}, {"year": {"$gte": 2020}}):
        held = store.blocks(where)
        assert held.keys.dtype == np.int64
        assert held.keys.tolist() == store.keys(where).tolist() == sorted(held.keys.tolist())
        assert [key for block in held for key in block.keys.tolist()] == held.keys.tolist()
        rows = [row for block in held for row in block.vectors.tolist()]
        assert held.vectors(held.keys).tolist() == rows
        assert held.vectors(held.keys[::-1].tolist()).tolist() == rows[::-1]
    held = store.blocks({"lang": "en"})
    [a, first, second] = held.keys.tolist()
    found = held.vectors([second, a, second, first])
    assert found.dtype == np.float32
    assert found.tolist() == as_stored(store, [vector(0, 1), vector(1, 0), vector(0, 1), vector(0, 2)]).tolist()
    found[:] = 7  # a copy: what is stored stays
    assert held.vectors([a]).tolist() == as_stored(store, [vector(1, 0)]).tolist()


def test_a_snapshot_is_gone_through_in_blocks_no_longer_than_asked(store: Store) -> None:
    store.write([entry(f"d{number}", (f"word{number}", vector(number))) for number in range(10)])
    store.delete(["d3", "d4"])
    whole = store.blocks().keys.tolist()
    for rows in (1, 3, 100):
        blocks = list(store.blocks(rows=rows))
        assert all(0 < len(block.keys) <= rows for block in blocks)
        assert [key for block in blocks for key in block.keys.tolist()] == whole
    assert len(whole) == 8


def test_a_snapshot_stays_as_it_was_whatever_a_writer_does(store: Store) -> None:
    three(store)
    held, english = store.blocks(), store.blocks({"lang": "en"})
    keys, rows = held.keys.tolist(), held.vectors(held.keys).tolist()
    store.delete(["b"])
    store.write([entry("a", ("green stove", vector(0, 0, 1))), entry("e", ("oar", vector(3)), metadata={"lang": "en"})])
    for change in (lambda: None, store.optimise, lambda: store.delete(["c"])):
        change()
        assert held.keys.tolist() == keys
        assert held.vectors(keys).tolist() == rows  # also of those that are gone
        assert english.keys.tolist() == keys[:3]
        assert english.vectors(keys[2::-1]).tolist() == rows[2::-1]
    now = store.blocks()
    assert now.vectors(now.keys).tolist() == as_stored(store, [vector(0, 0, 1), vector(3)]).tolist()
    assert store.blocks({"lang": "en"}).keys.tolist() == store.keys({"lang": "en"}).tolist()
    assert len(store.blocks({"lang": "en"}).keys) == 1


def test_a_key_means_one_vector_for_ever(store: Store) -> None:
    given: dict[int, list[float]] = {}
    for turn in range(6):
        store.write([entry(f"d{turn}-{number}", ("word", vector(turn, number))) for number in range(5)])
        store.delete([f"d{turn}-{number}" for number in range(turn % 4)] + ["d0-4"])
        if turn % 2:
            store.optimise()
        held = store.blocks()
        for key, row in zip(held.keys.tolist(), held.vectors(held.keys).tolist(), strict=True):
            assert given.setdefault(key, row) == row


def test_scratch_is_a_folder_that_stays_with_the_store_and_disturbs_nothing(opened: Opener) -> None:
    writer = opened(writable=True)
    three(writer)
    folder = writer.scratch()
    assert folder == opened().scratch() == writer.scratch()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "derived").write_text("x")
    writer.delete(["a"])
    writer.optimise()
    assert writer.check() == []
    writer.close()
    again = opened()
    assert (again.scratch() / "derived").read_text() == "x"
    assert again.check() == []


def test_a_text_with_a_nul_in_it_is_whole(store: Store) -> None:
    store.write([entry("n", ("abc \0 def", vector(1)), ("ghi", vector(2)))])
    assert store.check() == []
    assert by_word(store, "def") == by_word(store, "ghi") == ["n"]


def test_keys_vectors_and_extents_speak_of_the_same_passages(store: Store) -> None:
    store.write([entry("none"), entry("x", ("gone", vector(9)))])
    three(store)
    store.delete(["x"])
    keys = store.keys()
    assert keys.dtype == np.int64
    assert keys.tolist() == [key for block in store.blocks() for key in block.keys.tolist()]
    assert store.owners(keys.tolist()) == ["a", "b", "b", "c"]
    assert store.owners(store.keys({"lang": "en"}).tolist()) == ["a", "b", "b"]
    assert store.keys({"lang": "fr"}).tolist() == []
    [c, b, none, again] = store.extents(["c", "b", "none", "b"])
    assert (len(c), len(b), len(none), again) == (1, 2, 0, b)
    assert [passage.text for passage in store.passages(b)] == ["blue kayak", "red paddle"]
    found = store.vectors([*c, *b, *c])
    assert found.dtype == np.float32
    assert found.tolist() == as_stored(store, [vector(0.5, 0.5), vector(0, 2), vector(0, 1), vector(0.5, 0.5)]).tolist()
    assert store.vectors(keys).shape == (4, DIM)
    assert store.vectors([]).shape == (0, DIM)
    found[0] = 7  # a copy: what is stored stays
    assert store.vectors(c).tolist() == as_stored(store, [vector(0.5, 0.5)]).tolist()


def test_what_is_gone_has_no_vector_and_no_extent(store: Store) -> None:
    three(store)
    [a] = store.extents(["a"])
    last = store.keys().tolist()[-1]
    store.write([entry("a", ("green stove", vector(0, 0, 1)))])
    for key in (a[0], -1, last + 2, 2**62):
        with pytest.raises(KeyError, match=str(key)):
            store.vectors([last, key])
    with pytest.raises(KeyError, match="nobody"):
        store.extents(["b", "nobody"])
    store.optimise()
    [new] = store.extents(["a"])
    assert store.vectors(new).tolist() == as_stored(store, [vector(0, 0, 1)]).tolist()
    with pytest.raises(KeyError):
        store.vectors([a[0]])
    with suppress(KeyError):
        assert store.vectors([last]).tolist() == as_stored(store, [vector(0.5, 0.5)]).tolist()


def test_a_note_belongs_to_the_index_and_is_no_setting_of_it(opened: Opener) -> None:
    writer, reader = opened(writable=True), opened()
    for name in ("manifest", "dim", "state", "weights", "é \0 '"):
        assert reader.note(name) == ""
        writer.set_note(name, f"of {name}")
        assert reader.note(name) == f"of {name}"
    writer.set_note("weights", "other")
    writer.set_note("manifest", "")
    writer.set_note("nothing", "")
    three(writer)
    writer.optimise()
    writer.close()
    later = opened()
    assert (later.manifest, later.note("manifest"), later.note("weights")) == ("the manifest", "", "other")
    assert later.check() == []
    with pytest.raises(StoreError, match="writable=True"):
        later.set_note("weights", "x")


def test_a_filter_asked_again_after_a_change_sees_the_change(store: Store) -> None:
    three(store)
    german = {"lang": "de"}
    assert store.owners(store.keys(german).tolist()) == ["c"]
    store.write([entry("a", ("rotes Zelt", vector(1)), metadata={"lang": "de"})])
    assert store.owners(store.keys(german).tolist()) == ["c", "a"]
    store.delete(["c"])
    assert best(store, vector(1, 1), where=german) == ["a"]
    assert store.count(german) == 1


def test_a_transaction_is_there_at_once_or_not_at_all(opened: Opener) -> None:
    writer, reader = opened(writable=True), opened()
    three(writer)
    writer.remember({"/a": "s"})
    before, keys = writer.sizes(), writer.keys().tolist()
    with pytest.raises(ZeroDivisionError), writer.transaction():  # noqa: PT012
        writer.delete(["a"])
        writer.write([entry("b", ("green stove", vector(9))), entry("d", ("yellow lamp", vector(9)))])
        writer.set_note("name", "text")
        writer.forget(["/a"])
        writer.assign({"c": "/c"})
        assert (best(writer, vector(1), 1), by_word(writer, "lamp"), by_word(writer, "tents")) == (["b"], ["d"], [])
        raise ZeroDivisionError
    assert (writer.sizes().documents, writer.sizes().tokens) == (before.documents, before.tokens)
    assert (writer.keys().tolist(), writer.note("name"), writer.sources()) == (keys, "", {"/a": "s"})
    assert (by_word(writer, "lamp"), by_word(writer, "tents"), best(writer, vector(0, 1), 1)) == ([], ["a"], ["b"])
    assert (writer.ids_within("/c"), writer.documents(["c"])[0].source, writer.check()) == ({}, "", [])
    with writer.transaction():
        writer.write([entry("d", ("green lamp", vector(9)))])
        writer.delete(["a"])
        writer.set_note("name", "text")
    for store in (writer, reader):
        assert (best(store, vector(1), 1), by_word(store, "lamp"), by_word(store, "tents")) == (["d"], ["d"], [])
        assert (store.note("name"), store.check()) == ("text", [])


def test_what_fails_and_is_caught_inside_a_transaction_takes_nothing_else_along(store: Store) -> None:
    with store.transaction():
        three(store)
        with pytest.raises(InputError):
            store.write([entry("y", ("one", vector(1))), entry("y", ("two", vector(1)))])
        with pytest.raises(KeyError):
            store.assign({"a": "/a", "nobody": "/x"})
    assert (store.sizes().documents, by_word(store, "tents"), store.ids_within("/a")) == (3, ["a"], {})
    assert store.check() == []


def test_inside_a_snapshot_everything_is_of_one_moment(opened: Opener) -> None:
    writer, reader = opened(writable=True), opened()
    three(writer)
    started = threading.Event()

    def change() -> None:
        started.set()
        writer.delete(["a"])
        writer.write([entry("d", ("red lamp", vector(7))), entry("b", ("green stove", vector(8)))])
        writer.set_note("name", "text")

    with reader.snapshot() as same:
        keys = same.keys().tolist()
        thread = threading.Thread(target=change)
        thread.start()
        started.wait()
        thread.join(0.2)  # a store may let the writer wait for the end of the snapshot
        assert (same.keys().tolist(), same.count({"lang": "en"}), same.sizes().documents) == (keys, 3, 3)
        assert (same.owners(keys), same.note("name")) == (["a", "b", "b", "c"], "")
        assert (best(same, vector(1), 1), by_word(same, "tents"), by_word(same, "lamp")) == (["a"], ["a"], [])
        assert [document.text for document in same.documents(["a", "b"])] == ["red tents", "blue kayak\nred paddle"]
        assert [account.document for account in same.accounts()] == ["a", "b", "c"]
    thread.join()
    assert (best(reader, vector(1), 2), by_word(reader, "lamp"), reader.note("name")) == (["b", "d"], ["d"], "text")


def test_what_was_read_or_written_cannot_be_changed_from_outside(store: Store) -> None:
    metadata, parts = {"tags": ["one"]}, [("red tents", vector(1))]
    made = entry("a", *parts, metadata=metadata)
    store.write([made])
    made.vectors[:] = 9
    metadata["tags"].append("two")
    store.documents(["a"])[0].metadata["tags"].append("three")
    assert store.documents(["a"])[0].metadata == {"tags": ["one"]}
    assert store.count({"tags": "two"}) == store.count({"tags": "three"}) == 0
    assert store.vectors(store.keys()).tolist() == as_stored(store, [vector(1)]).tolist()


def test_what_is_no_unicode_is_refused_and_leaves_nothing(store: Store) -> None:
    three(store)
    for bad in (entry("x", ("half \ud800", vector(1))), entry("\ud800", ("x", vector(1)))):
        with pytest.raises(InputError, match="Unicode"):
            store.write([entry("w", ("yellow", vector(1))), bad])
    with pytest.raises(InputError, match="Unicode"):
        store.set_note("name", "\ud800")
    with pytest.raises(InputError, match="Unicode"):
        store.lexical("half \ud800", 1)
    assert (store.sizes().documents, by_word(store, "yellow"), store.notes(), store.check()) == (3, [], [], [])


def test_the_target_recall_outlives_optimising(opened: Opener) -> None:
    writer = opened(writable=True)
    assert writer.recall() == opened().recall() == RECALL
    writer.optimise(recall=0.9)
    writer.optimise()
    assert writer.recall() == opened().recall() == 0.9
    facts = {name: value for name, value in writer.facts().items() if name != "stored"}
    assert facts == {"method": "exact", "recall": 1.0}
    assert writer.foreign_files() == []


def test_a_field_that_no_document_has_is_an_error_that_names_those_there_are(store: Store) -> None:
    assert store.count({"anything": 1}) == 0
    three(store)
    with pytest.raises(UnknownNameError, match="lang"):
        store.count({"langs": "de"})
    with pytest.raises(UnknownNameError, match="year"):
        store.nearest(np.array([vector(1)], np.float32), 3, {"$or": [{"lang": "de"}, {"yaer": {"$gte": 2020}}]})
    assert store.count({"langs": {"$exists": False}}) == store.count({"langs": None}) == store.count()


def test_passages_are_filtered_by_their_headings_and_pages(store: Store) -> None:
    text = "One tent.\n\f\nTwo tents.\nThree tents."
    spans = [(0, 9, "Camp"), (12, 22, "Camp › Sleep"), (23, 35, "Camp › Cook")]
    passages = [Passage("camp", n, start, end, text[start:end], path) for n, (start, end, path) in enumerate(spans)]
    vectors = np.array([vector(1, n) for n in range(3)], np.float32)
    store.write([Entry(Document("camp", text, metadata={"pages": 2}), "d", passages, vectors, 6, 6)])
    store.write([entry("plain", ("A tent", vector(1, 5)))])

    def texts(where: dict[str, object]) -> list[str]:
        return [passage.text for passage in store.passages(store.keys(where).tolist())]

    assert texts({"$page": 1}) == ["One tent."]
    assert texts({"$page": {"$gte": 2}}) == ["Two tents.", "Three tents."]
    assert texts({"$heading": "Camp"}) == ["One tent.", "Two tents.", "Three tents."]
    assert texts({"$heading": {"$contains": "Sleep"}}) == texts({"$heading": "Camp › Sleep"}) == ["Two tents."]
    assert texts({"$page": 2, "$not": {"$heading": "Cook"}}) == ["Two tents."]
    assert texts({"$page": {"$exists": False}}) == ["A tent"]
    assert by_word(store, "tents", where={"$heading": "Cook"}) == ["camp"]
    assert best(store, vector(1, 5), where={"$page": 2}) == ["camp", "camp"]


def test_dates_of_any_notation_are_filtered_as_moments(store: Store) -> None:
    for id, at in (
        ("a", "2024-01-30"),
        ("b", "2024-01-31T23:00:00Z"),
        ("c", "2024-02-01T00:30:00+01:00"),
        ("d", "soon"),
    ):
        store.write([entry(id, ("word", vector(1)), metadata={"at": at})])
    assert store.owners(store.keys({"at": {"$gte": "2024-01-31"}}).tolist()) == ["b", "c"]
    assert store.owners(store.keys({"at": {"$lt": "2024-01-31"}}).tolist()) == ["a"]
    assert store.owners(store.keys({"at": {"$startswith": "2024-0"}}).tolist()) == ["a", "b", "c"]
    assert store.check() == []


def test_the_metadata_fields(store: Store) -> None:
    assert store.fields() == []
    store.write([entry("a", ("word", vector(1)), metadata={"gone": 1})])
    store.write([entry("b", ("word", vector(1)), metadata={"at": "2024-02-01", "n": 2.5, "ok": True, "none": None})])
    store.write([entry("c", ("word", vector(1)), metadata={"n": "many", "tags": ["x", "y"]})])
    store.write([entry("a", ("word", vector(1)), metadata={"at": "2024-01-30", "n": 3, "who": {"name": "Bo"}})])
    assert store.fields() == [
        MetadataField("at", 2, ("date", "string"), "2024-01-30", "2024-02-01"),
        MetadataField("n", 3, ("string", "number"), "many", "many"),
        MetadataField("none", 1, ("null",), "", ""),
        MetadataField("ok", 1, ("true or false",), "", ""),
        MetadataField("tags", 1, ("string",), "x", "y"),
        MetadataField("who", 1, ("list or object",), "", ""),
        MetadataField("who.name", 1, ("string",), "Bo", "Bo"),
    ]
