"""What the signs on a page become: superscripts, accents, hyphens, hidden text, annotations."""

import pytest
from helpers import pdfs
from helpers.pdfs import IMAGE, LOREM, PICTURE, PICTURES, lines, show

from askew.documents.formats.draft import Draft
from askew.documents.formats.pdf.document import parse


def read(*pages: str, **more: str) -> Draft:
    return parse(pdfs.pdf(pages, **more))


def test_superscripts_and_subscripts() -> None:
    raised = show("The fee is 15", 72, 700) + show("3", 135.6, 704, 6) + show(" euros per berth.", 139, 700)
    assert read(raised).text == "The fee is 15³ euros per berth."
    lowered = show("Drink H", 72, 700) + show("2", 109.3, 697, 7) + show("O daily.", 113.2, 700)
    assert read(lowered).text == "Drink H₂O daily."


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        ("Ask for the part RX-", "580 today.", "the part RX-580 today."),
        ("Write to ann-", "marie@example.org today.", "to ann-marie@example.org today."),
        ("They examined X-", "rays of it.", "examined X-rays of it."),
        ("He reads the docu-", "mentation first.", "the documentation first."),
        ("A well-", "known name.", "A well-known name."),
        ("Ships of the North-", "South line.", "the North-South line."),
        ("Use the USB-", "stick now.", "the USB-stick now."),
        ("Entry- and exit-", "ports.", "Entry- and exitports."),
        ("Both entry-", "and exit doors.", "Both entry- and exit doors."),
        ("See the DOCU-", "MENTATION first.", "the DOCUMENTATION first."),
        ("Years 1990-", "1995 only.", "Years 1990-1995 only."),
    ],
)
def test_hyphens_at_the_end_of_a_line(first: str, second: str, whole: str) -> None:
    assert whole in read(lines([first, second], 72, 700)).text


def test_words_elsewhere_in_the_document_decide_on_hyphens() -> None:
    page = lines(
        ["The cross-check is the last of the tests, and a cross-", "check never takes more than a minute."], 72, 700
    )
    assert "a cross-check never" in read(page).text


def test_accents_drawn_over_letters_are_composed() -> None:
    assert read(show("Universit\u00a8at, M \u00a8uller, caf\u00b4e", 72, 700)).text == "Universität, Müller, café"


def test_letters_with_spaces_between_are_words() -> None:
    page = show("ANNUAL REPORT", 72, 700, 14, before="6 Tc") + show(
        "The ferry carried more guests.", 72, 670, before="0 Tc"
    )
    assert "ANNUAL REPORT" in read(page).text


def test_drop_caps_join_their_word() -> None:
    page = (
        show("T", 72, 680, 36) + show("he ferry leaves at seven and", 96, 698) + show("calls at both islands.", 96, 685)
    )
    assert "The ferry leaves at seven" in read(page + lines(LOREM, 72, 660)).text
    assert "\n\nT\n\n" not in read(page + lines(LOREM, 72, 660)).text


def test_text_printed_twice_is_read_once() -> None:
    assert read(show("Annual report", 72, 700) + show("Annual report", 72.4, 700)).text == "Annual report"


def test_rotated_pages_are_upright() -> None:
    first = "BT /F1 11 Tf 0 1 -1 0 100 100 Tm (The tide table hangs) Tj ET "
    turned = first + "BT /F1 11 Tf 0 1 -1 0 114 100 Tm (by the door.) Tj ET"
    assert read(turned, page="/MediaBox[0 0 612 792]/Rotate 90").text == "The tide table hangs by the door."
    assert read(turned).text == "The tide table hangs by the door."


LAYERS = "/OCProperties<</OCGs[100 0 R 101 0 R]/D<</OFF[100 0 R]/Order[]>>>>"
OBJECTS = {100: "<</Type/OCG/Name(Old)>>", 101: "<</Type/OCG/Name(New)>>"}


def test_layers_that_are_off_are_left_out() -> None:
    page = (
        show("Plan.", 72, 700)
        + "/OC /A BDC "
        + show("Old price", 72, 650)
        + "EMC /OC /B BDC "
        + show("New price", 72, 650)
        + "EMC"
    )
    made = parse(pdfs.pdf([page], catalog=LAYERS, resources="/Properties<</A 100 0 R/B 101 0 R>>", objects=OBJECTS))
    assert made.text == "Plan.\n\nNew price"
    assert made.left_out == ("2 words in hidden layers",)


def test_what_nobody_sees_is_left_out() -> None:
    page = show("Seen.", 72, 700) + show("invisible ink", 72, 650, before="3 Tr")
    assert (read(page).text, read(page).left_out) == ("Seen.", ("2 words invisible",))
    page = (
        show("Seen.", 72, 700)
        + "1 g "
        + show("white on white", 72, 650)
        + "0 g 72 600 200 40 re f 1 g "
        + show("On black.", 80, 610)
    )
    assert (read(page).text, read(page).left_out) == ("Seen.\n\nOn black.", ("3 words white on white",))
    page = show("Seen.", 72, 700) + show("cut away", 72, 100)
    cropped = read(page, page="/MediaBox[0 0 612 792]/CropBox[0 300 612 792]")
    assert (cropped.text, cropped.left_out) == ("Seen.", ("2 words outside the page",))


def test_the_text_of_scanned_pages_is_kept() -> None:
    page = PICTURE + show("Read by OCR.", 72, 600, before="3 Tr")
    assert parse(pdfs.pdf([page], resources=PICTURES, objects={100: IMAGE})).text == "Read by OCR."


def test_form_fields_and_annotations() -> None:
    field = "<</Type/Annot/Subtype/Widget/Rect[200 {y} 400 {top}]/F 4/DA(/F1 12 Tf 0 g)/P 10 0 R{more}>>"
    objects = {
        100: field.format(y=695, top=712, more="/FT/Tx/T(vessel)/V(Sea Otter)"),
        101: field.format(y=665, top=682, more="/FT/Tx/T(Text7)/V(Stromness)"),
        102: field.format(y=635, top=652, more="/FT/Btn/T(insured)/V/Yes/AS/Yes/AP<</N<</Yes 110 0 R/Off 110 0 R>>>>"),
        103: field.format(y=605, top=622, more="/FT/Ch/Ff 131072/T(flag)/V(Norway)/Opt[(Norway)(Chile)]"),
        104: "<</Type/Annot/Subtype/FreeText/Contents(Paint the hull by June)/Rect[72 500 400 540]/F 4/DA(/F1 9 Tf)>>",
        105: "<</Type/Annot/Subtype/Text/Contents(Is this right?)/Rect[72 400 90 420]/F 4>>",
        106: "<</Type/Annot/Subtype/Text/Contents(A secret)/Rect[72 300 90 320]/F 2>>",
        110: "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 0>>\nstream\n\nendstream",
    }
    marks = " ".join(f"{number} 0 R" for number in range(100, 107))
    made = parse(
        pdfs.pdf(
            [show("Vessel:", 72, 700) + show("Home port:", 72, 670)],
            page=f"/MediaBox[0 0 612 792]/Annots[{marks}]",
            catalog="/AcroForm<</Fields[100 0 R 101 0 R 102 0 R 103 0 R]/NeedAppearances true>>",
            objects=objects,
        )
    )
    for found in (
        "vessel: Sea Otter",
        "Home port: Stromness",
        "insured: yes",
        "flag: Norway",
        "\n\nPaint the hull by June",
        "Comment: Is this right?",
    ):
        assert found in made.text
    assert "secret" not in made.text
    assert made.left_out == ("1 hidden annotation",)
