from pathlib import Path

from helpers.entries import DIM, entry, vector

from askew.stores.local import LocalStore
from askew.stores.view import words


def test_the_words_of_a_passage_are_title_heading_and_text() -> None:
    assert words("Title", "", "text") == "Title\ntext"
    assert words("", "A › B", "text") == "A › B\ntext"


def test_a_view_is_kept_until_something_changes(tmp_path: Path) -> None:
    writer = LocalStore.create(tmp_path / "store.askew", DIM, "m")
    writer.write([entry("a", ("red", vector(1)))])
    reader = LocalStore.open(tmp_path / "store.askew")
    first = reader._view()
    assert reader._view() is first
    writer.write([entry("b", ("blue", vector(0, 1)))])
    second = reader._view()
    assert (first.vectors.shape[0], second.vectors.shape[0]) == (1, 2)
    writer.delete(["a"])
    third = reader._view()
    assert (second.alive.tolist(), third.alive.tolist()) == ([True, True], [False, True])
    writer.close()
    reader.close()
