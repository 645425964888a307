import pytest
from helpers import office, pdfs
from helpers.office import Part
from helpers.pdfs import IMAGE, LOREM, PICTURE, PICTURES, lines, show

from askew.documents.formats.draft import UnusableError
from askew.documents.formats.pdf.document import parse

TEXT = "Everyone has thirty days of paid holiday in a year, and may carry five of them over into the next."


def test_headings_from_the_outline_with_their_levels() -> None:
    parts = [Part("Leave", TEXT), Part("Sick leave", "Call us.", 2), Part("Parental leave", "Ask us.", 2)]
    made = parse(office.pdf(parts, "Handbook", "Ann", outline=True))
    assert (made.title, made.metadata["author"], made.metadata["pages"]) == ("Handbook", "Ann", 3)
    assert made.text == f"# Leave\n\n{TEXT}\n\f\n## Sick leave\n\nCall us.\n\f\n## Parental leave\n\nAsk us."


def test_without_an_outline_large_letters_are_headings() -> None:
    parts = [Part("Leave", TEXT), Part("Sick leave", TEXT + TEXT, 2)]
    made = parse(office.pdf(parts))
    assert made.text == f"# Leave\n\n{TEXT}\n\f\n## Sick leave\n\n{TEXT}{TEXT}"
    assert made.title == "Leave"


def test_lines_become_paragraphs_and_broken_words_whole() -> None:
    text = f"{TEXT}\n\nIt is well-known: paid holi-\nday is free.\n- one\n- two"
    assert parse(office.pdf([Part(text=text)], wrap=60)).text == (
        f"{TEXT}\n\nIt is well-known: paid holiday is free.\n\n- one\n- two"
    )


def test_empty_pages_keep_their_place() -> None:
    made = parse(office.pdf([Part(), Part(text="Second."), Part()]))
    assert (made.text, made.metadata["pages"]) == ("\n\f\nSecond.\n\f\n", 3)


def test_only_a_password_for_changes_locks_nobody_out() -> None:
    with pytest.raises(UnusableError, match="encrypted"):
        parse(office.pdf([Part(text=TEXT)], password="secret"))
    assert parse(office.pdf([Part(text=TEXT)], locked=True)).text == TEXT


def test_scanned_pages_are_told() -> None:
    with pytest.raises(UnusableError, match="2 pages with images only"):
        parse(pdfs.pdf([PICTURE, PICTURE], resources=PICTURES, objects={100: IMAGE}))
    with pytest.raises(UnusableError, match="2 empty pages"):
        parse(office.pdf([Part(), Part()]))
    made = parse(pdfs.pdf([show("Text.", 72, 700), PICTURE], resources=PICTURES, objects={100: IMAGE}))
    assert made.left_out == ("1 page with images only",)


def test_metadata() -> None:
    info = "/Title(Microsoft Word - plan.doc)/Author(Ann)/CreationDate(D:20240131120000Z)/ModDate(D:20240201)"
    made = parse(pdfs.pdf([show("Plan", 72, 700, 20) + lines(LOREM, 72, 660)], info=info, catalog="/Lang(en-GB)"))
    assert made.title == "Plan"
    assert made.metadata == {
        "author": "Ann",
        "created": "2024-01-31T12:00:00+00:00",
        "modified": "2024-02-01T00:00:00",
        "language": "en-GB",
        "pages": 1,
    }


def test_a_sentence_stays_whole_across_pages() -> None:
    first = lines([*LOREM[:3], "two pounds, and all of the children under five need no tick-"], 72, 100)
    second = lines(["et at all. Seats are free.", *LOREM], 72, 700)
    texts = parse(pdfs.pdf([first, second])).text.split("\n\f\n")
    assert texts[0].endswith("children under five need no ticket at all.")
    assert texts[1].startswith("Seats are free.")


def test_running_heads_are_kept_once() -> None:
    pages = [
        show("Northern Ferries, Handbook", 72, 760, 9) + show(f"Page {number} of 4", 72, 30, 9) + show(text, 72, 600)
        for number, text in enumerate(LOREM, 1)
    ]
    made = parse(pdfs.pdf(pages))
    assert made.text.count("Northern Ferries") == 1
    assert "Page" not in made.text
    assert made.left_out == ("running head on 3 pages",)


def test_figures_of_a_table_are_no_running_head() -> None:
    pages = [
        show(f"Depth {depth} m", 72, 760) + show(text, 72, 600) for depth, text in zip((7, 3, 9, 1), LOREM, strict=True)
    ]
    assert [f"Depth {depth} m" in parse(pdfs.pdf(pages)).text for depth in (7, 3, 9, 1)] == [True] * 4


def test_more_pages_than_a_file_can_hold_are_refused() -> None:
    kids = " ".join(["10 0 R"] * 40)
    tree = {
        **{
            100 + depth: f"<</Type/Pages/Kids[{' '.join([f'{101 + depth} 0 R'] * 40)}]/Count 999999>>"
            for depth in range(4)
        },
        104: f"<</Type/Pages/Kids[{kids}]/Count 40>>",
        2: "<</Type/Pages/Kids[100 0 R]/Count 99999999>>",
    }
    with pytest.raises(UnusableError, match="pages in"):
        parse(pdfs.pdf(["BT ET"], objects=tree))


def test_a_page_of_absurd_size_costs_itself() -> None:
    made = pdfs.pdf([show("Large.", 72, 700)], page="/MediaBox[0 0 2000000000 2000000000]")
    with pytest.raises(UnusableError, match="1 damaged page"):
        parse(made)
