import pytest

from askew.cli.hits import as_fields, cited, place, show_hits, snippet
from askew.types import Document, Hit, Passage, Span

TEXT = "# Dogs\n\nCats stay at home. Dogs may come on Fridays! Parrots may not."


def hit(sentence: str = "", text: str = TEXT, heading: str = "Dogs", **document: object) -> Hit:
    start = text.index(sentence) if sentence else 0
    span = Span(start, start + len(sentence)) if sentence else Span()
    passage = Passage("d", 0, 0, len(text), text, heading)
    return Hit(1, 0.5, Document("d.md", text, **document), passage, "dense", Span(0, len(text)), span)


def test_the_best_sentence_is_marked_among_its_neighbours_and_the_heading_is_left_out() -> None:
    assert (
        snippet(hit("Dogs may come on Fridays!")) == "Cats stay at home. »Dogs may come on Fridays!« Parrots may not."
    )
    assert snippet(hit()) == "Cats stay at home. Dogs may come on Fridays! Parrots may not."


def test_a_sentence_that_stands_alone_needs_no_mark() -> None:
    assert snippet(hit("Dogs may come.", "# Dogs\n\nDogs may come.")) == "Dogs may come."


def test_what_is_shown_is_cut_around_the_sentence() -> None:
    text = " ".join(f"This is sentence number {i}." for i in range(100))
    shown = snippet(hit("This is sentence number 50.", text), 120)
    assert "»This is sentence number 50.«" in shown
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown) <= 130
    early = snippet(hit("This is sentence number 0.", text), 80)
    assert early.startswith("»This is sentence number 0.« This is")


@pytest.mark.parametrize("width", [1, 10, 27, 28, 60, 1000])
@pytest.mark.parametrize("sentence", ["Cats stay at home.", "Dogs may come on Fridays!", "Parrots may not."])
def test_no_width_breaks_it(width: int, sentence: str) -> None:
    assert "»" in snippet(hit(sentence), width)


def test_a_hit_is_cited_by_document_page_title_and_heading() -> None:
    paged = "one\n\f\ntwo\n\f\nthree. four."
    assert cited(hit("four.", paged, heading="A › B", title="Report")) == "d.md  p. 3  Report · A › B"
    assert cited(hit(text=paged, heading="")) == "d.md  p. 1"
    assert cited(hit(title="Dogs")) == "d.md  Dogs"


def test_json_names_everything_and_the_places_are_the_texts() -> None:
    fields = as_fields(hit("Parrots may not.", metadata={"year": 2024}, source="/x/d.md"))
    assert (fields["id"], fields["source"], fields["page"], fields["metadata"]) == (
        "d.md",
        "/x/d.md",
        0,
        {"year": 2024},
    )
    for name in ("shown", "sentence", "passage"):
        part = fields[name]
        assert isinstance(part, dict)
        assert TEXT[part["start"] : part["end"]] == part["text"]
    assert place(hit("Parrots may not.")) == TEXT.index("Parrots")
    assert place(hit()) == 0


def test_a_person_sees_rank_score_citation_and_text(capsys: pytest.CaptureFixture[str]) -> None:
    show_hits([hit("Parrots may not.", title="Dogs")])
    assert capsys.readouterr().out.splitlines() == [
        " 1  0.500  d.md  Dogs",
        "    Cats stay at home. Dogs may come on Fridays! »Parrots may not.«",
    ]
