import pytest

from askew.search.hits import Hits, Reranking
from askew.types import Document, Hit, Passage, Span


def test_hits_are_a_sequence_that_says_how_they_came_about() -> None:
    empty = Hits(())
    assert (len(empty), list(empty), bool(empty), empty.reranking) == (0, [], False, Reranking())


@pytest.fixture
def found() -> Hits:
    pages = Document("book", "one\n\f\ntwo is longer", "A <b>book</b>", {"year": 2024, "id": "x"}, "/book.pdf")
    plain = Document("note", "a note")
    return Hits(
        (
            Hit(1, 0.9, pages, Passage("book", 1, 6, 19, "two is longer"), "dense", Span(6, 19)),
            Hit(2, 0.5, plain, Passage("note", 0, 0, 6, "a note"), "dense", Span(0, 6)),
        )
    )


def test_a_hit_has_what_is_needed_most(found: Hits) -> None:
    first, second = found
    assert (first.id, first.title, first.text, first.page) == ("book", "A <b>book</b>", "two is longer", 2)
    assert (second.id, second.title, second.text, second.page) == ("note", "", "a note", 0)


def test_a_slice_of_hits_is_hits(found: Hits) -> None:
    assert isinstance(found[:1], Hits)
    assert [hit.id for hit in found[::-1]] == ["note", "book"]
    assert found[-1].id == "note"


def test_hits_convert_to_rows_of_every_library(found: Hits) -> None:
    rows = found.to_dicts()
    assert rows[0] == {
        "rank": 1,
        "score": 0.9,
        "id": "book",
        "title": "A <b>book</b>",
        "text": "two is longer",
        "page": 2,
        "heading": "",
        "source": "/book.pdf",
        "year": 2024,
        "metadata.id": "x",
    }
    assert found.to_pandas()["id"].tolist() == ["book", "note"]
    assert found.to_polars()["page"].to_list() == [2, 0]
    assert found.to_arrow().column("year").to_pylist() == [2024, None]
    assert Hits(()).to_dicts() == []
    assert list(Hits(()).to_pandas().columns) == list(Hits(()).to_polars().columns) == Hits(()).to_arrow().column_names


def test_hits_are_shown_short_and_escaped(found: Hits) -> None:
    assert "two is longer" in repr(found)
    assert repr(found).count("\n") == 2
    assert "<b>" not in found._repr_html_()
    long = Document("long", "word " * 1000)
    many = Hits(
        tuple(Hit(n, 1.0, long, Passage("long", 0, 0, 5000, long.text), "dense", Span(0, 5000)) for n in range(50))
    )
    assert len(repr(many)) < 2000
    assert Hits(()) == Hits(())
    assert repr(Hits(())) == "Hits(0)"
