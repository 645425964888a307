from pathlib import Path

import numpy as np
from helpers.entries import DIM, entry, vector

from askew.search.context import Piece, arranged, distinct, pieces
from askew.search.ranking import Ranked
from askew.stores import Entry
from askew.stores.local import LocalStore
from askew.types import Document, Passage

TEXT = "One came. Two came. Three came. Four came."


def piece(start: int, end: int, id: str = "a", heading: str = "", score: float = 0.5, cut: bool = False) -> Piece:
    return Piece(Document(id, TEXT), start, end, heading, score, cut)


def spans(found) -> list[tuple[str, int, int]]:
    return [(one.document.id, one.start, one.end) for one in found]


def test_neighbours_follow_the_best_passage_the_nearest_first(tmp_path: Path) -> None:
    store = LocalStore.create(tmp_path / "x.askew", DIM, "m")
    store.write([entry("d", *((letter, vector(1)) for letter in "abcdef"))])
    found = pieces(store, [Ranked("d", 3, 0.9, (1, 2, 4))])
    assert [one.text for one in found] == ["d", "c", "e", "b"]
    assert {one.score for one in found} == {0.9}
    store.close()


def test_heading_lines_that_the_heading_says_are_left_away(tmp_path: Path) -> None:
    def body(text: str, heading: str) -> str:
        store = LocalStore.create(tmp_path / f"{abs(hash((text, heading)))}.askew", DIM, "m")
        passage = Passage("d", 0, 0, len(text), text, heading)
        vectors = np.array([vector(1)], np.float32)
        store.write([Entry(Document("d", text), "x", [passage], vectors, 1, 1)])
        [found] = pieces(store, [Ranked("d", 0, 1.0)])
        store.close()
        return found.text

    assert body("# Pets\n\n## Cats #\n\nStay home.", "Pets › Cats") == "Stay home."
    assert body("# install it\nmake", "Building") == "# install it\nmake"
    assert body("# Pets\n\nStay.", "") == "# Pets\n\nStay."
    assert body("# Pets", "Pets") == "# Pets"


def test_the_same_words_again_are_left_out_and_counted() -> None:
    texts = ["Up to £20 a day.", "up  to\n£20 a DAY", "Up to £200 a day.", "!!", "??", "!!"]
    kept, repeated = distinct(Piece(Document(str(i), text), 0, len(text), "", 1.0) for i, text in enumerate(texts))
    assert [one.text for one in kept] == ["Up to £20 a day.", "Up to £200 a day.", "!!", "??"]
    assert repeated == 2


def test_documents_stand_by_their_best_piece_and_pieces_in_their_documents_order() -> None:
    found = arranged([piece(20, 31), piece(0, 9, "b"), piece(0, 9)])
    assert spans(found) == [("a", 0, 9), ("a", 20, 31), ("b", 0, 9)]


def test_pieces_that_overlap_or_touch_are_joined() -> None:
    [one] = arranged([piece(10, 31, score=0.9), piece(0, 19, score=0.4)])
    assert (one.start, one.end, one.score) == (0, 31, 0.9)
    assert spans(arranged([piece(0, 9), piece(10, 19)])) == [("a", 0, 19)]
    assert spans(arranged([piece(0, 31), piece(10, 19)])) == [("a", 0, 31)]
    assert spans(arranged([piece(0, 8), piece(10, 19)])) == [("a", 0, 8), ("a", 10, 19)]


def test_two_headings_stay_two_sources() -> None:
    assert len(arranged([piece(0, 9, heading="x"), piece(10, 19, heading="y")])) == 2


def test_a_cut_inside_a_joined_stretch_is_none() -> None:
    assert [one.cut for one in arranged([piece(0, 9, cut=True), piece(10, 19)])] == [False]
    assert [one.cut for one in arranged([piece(0, 9), piece(10, 19, cut=True)])] == [True]
