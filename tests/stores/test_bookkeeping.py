"""What every store must know of the files that its documents come from."""

from dataclasses import replace

import pytest
from helpers.entries import entry, vector
from helpers.opener import Opener

from askew.errors import InputError, StoreError
from askew.stores import Entry, Store


def of(source: str, id: str, word: str = "word", digest: str = "d") -> Entry:
    made = entry(id, (word, vector(1)), digest=digest)
    return replace(made, document=replace(made.document, source=source))


def filled(store: Store) -> None:
    """Three files, of which all is stored, and a document of no file."""
    store.write([of("/a/b.jsonl", "1"), of("/a/b.jsonl", "2"), of("/a/b/c.md", "3"), of("/a/bc.md", "4"), of("", "5")])
    store.remember({"/a/b.jsonl": "s1", "/a/b/c.md": "s2", "/a/bc.md": "s3"})


def test_the_source_comes_back_with_the_document_and_a_stamp_with_its_path(opened: Opener) -> None:
    writer = opened(writable=True)
    filled(writer)
    writer.close()
    reader = opened()
    assert [document.source for document in reader.documents(["5", "3", "1"])] == ["", "/a/b/c.md", "/a/b.jsonl"]
    assert reader.sources() == {"/a/b.jsonl": "s1", "/a/b/c.md": "s2", "/a/bc.md": "s3"}
    for act in (
        lambda: reader.remember({"/x": "s"}),
        lambda: reader.forget(["/x"]),
        lambda: reader.assign({"1": "/x"}),
    ):
        with pytest.raises(StoreError, match="writable=True"):
            act()


def test_a_stamp_is_replaced_dropped_and_may_be_of_an_empty_file(store: Store) -> None:
    filled(store)
    store.remember({"/a/b.jsonl": "new", "/empty": "s"})
    store.forget(["/a/bc.md", "/nowhere", "/a/bc.md"])
    store.remember({})
    store.forget([])
    assert store.sources() == {"/a/b.jsonl": "new", "/a/b/c.md": "s2", "/empty": "s"}
    assert store.sizes().documents == 5


def test_within_a_file_or_folder_and_never_beside_it(store: Store) -> None:
    filled(store)
    inner = {"3": "/a/b/c.md"}
    assert store.ids_within("/a/b") == store.ids_within("/a/b/") == store.ids_within("/a/b/c.md") == inner
    assert store.ids_within("/a/b.jsonl") == {"1": "/a/b.jsonl", "2": "/a/b.jsonl"}
    assert set(store.ids_within("/a")) == set(store.ids_within("/")) == {"1", "2", "3", "4"}
    assert store.ids_within("/a/b.json") == store.ids_within("/A") == store.ids_within("a") == {}
    with pytest.raises(InputError, match="path is empty"):
        store.ids_within("")


def test_a_name_is_no_pattern(store: Store) -> None:
    paths = ["/x/%/a", "/x/_/a", "/x/*/a", "/x/y/a", "/x/'; DROP TABLE sources; --/a", "/x/é 索引/a"]
    store.write([of(path, path) for path in paths])
    for path in paths:
        assert store.ids_within(path.removesuffix("/a")) == {path: path}


def test_what_is_deleted_takes_the_stamp_of_its_file_along(store: Store) -> None:
    filled(store)
    store.delete(["1", "5", "nobody"])
    assert store.sources() == {"/a/b/c.md": "s2", "/a/bc.md": "s3"}
    assert store.ids_within("/a/b.jsonl") == {"2": "/a/b.jsonl"}


def test_what_is_replaced_takes_the_stamps_of_both_files_along(store: Store) -> None:
    filled(store)
    store.write([of("/a/bc.md", "3", "other")])
    assert store.sources() == {"/a/b.jsonl": "s1"}
    assert (store.ids_within("/a/b"), store.documents(["3"])[0].source) == ({}, "/a/bc.md")
    store.write([of("", "1", "other")])
    assert store.sources() == {}
    assert store.ids_within("/a/b.jsonl") == {"2": "/a/b.jsonl"}


def test_a_batch_that_fails_drops_no_stamp(store: Store) -> None:
    filled(store)
    before = store.sources()
    with pytest.raises(InputError, match="Duplicate id"):
        store.write([of("/a/b.jsonl", "1", "other"), of("/a/b.jsonl", "1", "another")])
    assert store.sources() == before


def test_a_document_that_is_stored_as_it_is_can_be_of_another_file(store: Store) -> None:
    filled(store)
    keys = store.keys().tolist()
    store.assign({"3": "/new/c.md", "4": "/a/bc.md", "5": "/new/five"})
    assert store.sources() == {"/a/b.jsonl": "s1", "/a/bc.md": "s3"}
    assert store.ids_within("/new") == {"3": "/new/c.md", "5": "/new/five"}
    assert store.keys().tolist() == keys
    store.assign({"1": ""})
    assert (store.sources(), store.ids_within("/a/b.jsonl")) == ({"/a/bc.md": "s3"}, {"2": "/a/b.jsonl"})
    with pytest.raises(KeyError, match="nobody"):
        store.assign({"4": "/elsewhere", "nobody": "/x"})
    assert store.documents(["4"])[0].source == "/a/bc.md"


def test_optimising_changes_nothing_of_it(store: Store) -> None:
    filled(store)
    store.delete(["2"])
    store.remember({"/a/b.jsonl": "s4"})
    store.optimise()
    assert store.sources() == {"/a/b.jsonl": "s4", "/a/b/c.md": "s2", "/a/bc.md": "s3"}
    assert store.ids_within("/a/b.jsonl") == {"1": "/a/b.jsonl"}
    assert store.check() == []


def test_many_files(store: Store) -> None:
    paths = [f"/many/{i}" for i in range(1700)]
    store.write([of(path, path) for path in paths])
    store.remember(dict.fromkeys(paths, "s"))
    store.assign({path: f"{path}/moved" for path in paths[:1200]})
    assert list(store.sources()) == sorted(paths[1200:])
    store.forget(paths)
    assert store.sources() == {}
    assert len(store.ids_within("/many")) == 1700


@pytest.mark.parametrize("stamps", [{"": "s"}, {"/a": 3}, {"/a": None}, {3: "s"}])
def test_a_stamp_that_is_no_text_is_refused(store: Store, stamps: dict[str, str]) -> None:
    with pytest.raises(InputError, match="stamp must"):
        store.remember({"/fine": "s", **stamps})
    assert store.sources() == {}


def test_a_source_that_is_no_text_is_refused(store: Store) -> None:
    with pytest.raises(InputError, match=r"'1': .*source must"):
        store.write([of(None, "1")])  # type: ignore[arg-type]
    store.write([of("/a", "1")])
    with pytest.raises(InputError, match=r"'1': .*not None"):
        store.assign({"1": None})  # type: ignore[dict-item]
