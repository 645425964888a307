"""In which order the parts of a page are read, and which of them are tables, headings and titles."""

import pytest
from helpers import pdfs
from helpers.pdfs import LOREM, lines, show

from askew.documents.formats.draft import Draft
from askew.documents.formats.pdf.document import parse

LEFT = (
    "The lifeboat is kept in the old shed at",
    "the end of the pier, and is launched by",
    "eight rowers who meet on the last day",
    "of every month, whatever the weather.",
)
RIGHT = (
    "The crew is chosen by the board in the",
    "spring. Whoever wants to join has to",
    "swim four hundred metres in cold water",
    "and must know the channel by heart.",
)


def read(*pages: str, **more: str) -> Draft:
    return parse(pdfs.pdf(pages, **more))


def interleaved(y: float) -> str:
    return "".join(
        show(a, 72, y - 13 * n) + show(b, 320, y - 13 * n) for n, (a, b) in enumerate(zip(LEFT, RIGHT, strict=True))
    )


def test_columns_are_read_one_after_the_other() -> None:
    assert read(interleaved(700)).text == f"{' '.join(LEFT)}\n\n{' '.join(RIGHT)}"


def test_three_columns() -> None:
    texts = [
        [f"{word} ferry leaves quay", f"number {word} at seven and", f"sails {word} to the north."]
        for word in ("One", "Two", "Six")
    ]
    page = "".join(
        show(text[row], 60 + 180 * place, 700 - 13 * row) for row in range(3) for place, text in enumerate(texts)
    )
    assert read(page).text == "\n\n".join(" ".join(text) for text in texts)


def test_a_line_across_both_columns_does_not_tear_them() -> None:
    across = "Figure 1: The boats of the station, from the oldest at the left to the newest at the far right side."
    page = interleaved(700) + show(across, 72, 630) + interleaved(600)
    text = read(page).text
    assert text.count(" ".join(LEFT)) == 2
    assert text.count(" ".join(RIGHT)) == 2
    assert text.index(across) > text.index(RIGHT[-1])


def test_a_sentence_goes_on_in_the_next_column() -> None:
    left = [*LEFT[:3], "of every month, and they are paid with"]
    right = ["a pint of beer each when it is over. It", *RIGHT[1:]]
    page = lines(left, 72, 700) + lines(right, 320, 700)
    assert "they are paid with a pint of beer each" in read(page).text


@pytest.mark.parametrize("by_column", [True, False])
def test_tables_are_read_row_by_row(by_column: bool) -> None:
    cells = [["Port", "Fee", "Depth"], ["Alder", "11", "4 m"], ["Birch", "22", "5 m"], ["Cedar", "33", "6 m"]]
    order = [(row, column) for row in range(4) for column in range(3)]
    if by_column:
        order.sort(key=lambda place: place[::-1])
    page = "".join(show(cells[row][column], 72 + 100 * column, 700 - 15 * row) for row, column in order)
    assert read(page).text == "\n".join(f"| {' | '.join(row)} |" for row in cells)


def test_the_gap_between_paragraphs_and_an_indent_part_them() -> None:
    page = lines(LOREM, 72, 700) + lines(LOREM, 72, 630)
    assert read(page).text.count("\n\n") == 1
    indented = lines(LOREM, 72, 700) + show(LOREM[0], 90, 648) + lines(LOREM[1:], 72, 635)
    assert read(indented).text.count("\n\n") == 1


def test_the_title_is_no_stamp_watermark_or_file_name() -> None:
    body = show("Tides of the Sound", 72, 720, 18, "F2") + lines(LOREM, 72, 690) + lines(LOREM, 72, 600)
    stamp = "BT /F1 20 Tf 0 1 -1 0 40 200 Tm (arXiv:2403.01234v2 [physics] 5 Mar 2024) Tj ET "
    oblique = "BT /F1 60 Tf .7 .7 -.7 .7 150 250 Tm (CONFIDENTIAL) Tj ET "
    straight = show("DRAFT", 200, 660, 90)
    for more in (stamp, oblique, straight):
        made = read(more + body, info="/Title(tides_v2.docx)")
        assert made.title == "Tides of the Sound"
        assert made.text.startswith("# Tides of the Sound")
        assert made.text.count("#") == 1
        assert any(word in made.text for word in ("arXiv", "CONFIDENTIAL", "DRAFT"))


@pytest.mark.parametrize(
    "title", ["untitled", "Microsoft Word - plan.doc", "report.indd", "Layout 1", "DRAFT", "", "-"]
)
def test_template_words_are_no_title(title: str) -> None:
    page = show("Tides of the Sound", 72, 720, 18) + lines(LOREM, 72, 690)
    assert read(page, info=f"/Title({title})").title == "Tides of the Sound"


def section(title: str, y: float, size: float = 12, font: str = "F2") -> str:
    return show(title, 72, y, size, font) + lines(LOREM, 72, y - 18)


def test_bold_and_numbered_lines_are_headings() -> None:
    page = (
        show("Tides of the Sound", 72, 740, 16, "F2")
        + section("1 Introduction", 700)
        + section("2 Gauges", 600)
        + section("2.1 Clocks", 500)
    )
    text = read(page).text
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        "# Tides of the Sound",
        "## 1 Introduction",
        "## 2 Gauges",
        "### 2.1 Clocks",
    ]


def test_bold_lines_of_the_same_size_and_capitals_are_headings() -> None:
    for titles, font in ((("Moorings", "Anchors"), "F2"), (("MOORINGS", "ANCHORS"), "F1")):
        page = section(titles[0], 700, 11, font) + section(titles[1], 600, 11, font)
        assert [line for line in read(page).text.splitlines() if line.startswith("#")] == [
            f"# {title}" for title in titles
        ]


def test_captions_formulas_and_labels_are_no_headings() -> None:
    bold = ("Figure 3: The gauge", "a = b + c", "Note:", "[sic]", "7 3 9 1")
    page = "".join(section(text, 740 - 90 * number, 11) for number, text in enumerate(bold))
    assert "#" not in read(page).text


def test_a_bookmark_marks_the_heading_and_not_the_running_head() -> None:
    names = ("Mooring", "Mooring", "Anchoring", "Anchoring", "Towing", "Towing")
    pages = [
        show(str(number), 72, 760, 9)
        + show(f"{(number + 1) // 2}. {name.upper()}", 200, 760, 9)
        + (section(f"{(number + 1) // 2} {name}", 700, 11, "F1") if number % 2 else lines(LOREM, 72, 700))
        for number, name in enumerate(names, 1)
    ]
    titles = {
        100 + n: f"<</Title({n + 1} {name})/Parent 99 0 R/Dest[{10 + 4 * n} 0 R /Fit]"
        for n, name in enumerate(names[::2])
    }
    linked = {
        n: f"{body}{f'/Next {n + 1} 0 R' if n < 102 else ''}{f'/Prev {n - 1} 0 R' if n > 100 else ''}>>"
        for n, body in titles.items()
    }
    objects = {99: "<</Type/Outlines/First 100 0 R/Last 102 0 R/Count 3>>", **linked}
    made = parse(pdfs.pdf(pages, catalog="/Outlines 99 0 R", objects=objects))
    assert [line for line in made.text.splitlines() if line.startswith("#")] == [
        "# 1 Mooring",
        "# 2 Anchoring",
        "# 3 Towing",
    ]
    assert "MOORING" not in made.text


def test_lists_keep_their_items() -> None:
    page = lines(["1. Cast off.", "2. Set the sails.", "3. Steer north."], 72, 700)
    assert read(page).text == "1. Cast off.\n2. Set the sails.\n3. Steer north."
    page = "".join(
        show("\u2022", 72, y) + show(text, 90, y) for text, y in (("Rope", 700), ("Anchor", 687), ("Lamp", 674))
    )
    assert read(page).text == "- Rope\n- Anchor\n- Lamp"
