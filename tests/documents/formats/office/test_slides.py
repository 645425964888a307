from collections.abc import Sequence

import pytest
from helpers import office
from helpers.office import Part

from askew.documents.formats.office.slides import Box, ordered, parse

SPACES = f'xmlns:p="p" xmlns:a="a" xmlns:r="{office.OFFICE}" xmlns:c="c" xmlns:dgm="d"'
LAYOUT = 'type="pres"'
MAIN = "ppt/presentation.xml"


def shape(text: str, place: tuple[int, int] = (0, 0), kind: str = "", about: str = "", properties: str = "") -> str:
    holder = f'<p:ph type="{kind}"/>' if kind else ""
    x, y = place
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="1" name="S" {about}/><p:nvPr>{holder}</p:nvPr></p:nvSpPr><p:spPr><a:xfrm>'
        f'<a:off x="{x}" y="{y}"/><a:ext cx="90" cy="90"/></a:xfrm></p:spPr><p:txBody>'
        + "".join(f"<a:p><a:r><a:rPr {properties}/><a:t>{line}</a:t></a:r></a:p>" for line in text.split("\n"))
        + "</p:txBody></p:sp>"
    )


def slide(shapes: str, attributes: str = "") -> str:
    return f"<p:sld {SPACES} {attributes}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>"


def deck(*slides: str, parts: dict[str, str] | None = None, links: Sequence[office.Link] = ()) -> bytes:
    """A presentation of slides. parts, links: what the first slide refers to."""
    names = [f"slides/s{number}.xml" for number in range(len(slides))]
    ids = "".join(f'<p:sldId id="{256 + number}" r:id="r{number}"/>' for number in range(len(slides)))
    main = f"<p:presentation {SPACES}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>"
    files = {MAIN: main, **{f"ppt/{name}": made for name, made in zip(names, slides, strict=True)}, **(parts or {})}
    to_slides = [(f"r{number}", "slide", name) for number, name in enumerate(names)]
    return office.package(MAIN, files, {MAIN: to_slides, "ppt/slides/s0.xml": links})


def test_each_slide_is_a_page_with_its_title_as_heading() -> None:
    made = parse(office.pptx([Part("One", "first\nsecond"), Part("", ""), Part("Three", "third")], "Talk", "Say it."))
    assert made.title == "Talk"
    assert made.text == "# One\n\n- first\n- second\n\f\n\n\f\n# Three\n\nthird\n\nNotes: Say it."
    assert made.metadata["pages"] == 3


def test_tables_are_rows() -> None:
    made = parse(office.pptx([Part("One", "text")], table=[["a", "b"], ["c|d", 1]]))
    assert made.text == "# One\n\ntext\n\n| a | b |\n| --- | --- |\n| c\\|d | 1 |"
    assert made.title == "One"


def test_merged_cells_are_repeated_unless_a_row_has_nothing_besides() -> None:
    def cell(text: str, attributes: str = "") -> str:
        return f"<a:tc {attributes}><a:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></a:txBody></a:tc>"

    rows = (
        [cell("All", 'gridSpan="2"'), cell("", 'hMerge="1"')],
        [cell("North", 'rowSpan="2"'), cell("8")],
        [cell("", 'vMerge="1"'), cell("9")],
    )
    grid = "".join(f"<a:tr>{''.join(row)}</a:tr>" for row in rows)
    frame = f"<p:graphicFrame><a:graphic><a:tbl>{grid}</a:tbl></a:graphic></p:graphicFrame>"
    assert parse(deck(slide(frame))).text == "| All |  |\n| --- | --- |\n| North | 8 |\n| North | 9 |"


def test_shapes_are_read_by_their_places_and_struck_words_are_marked() -> None:
    shapes = (
        shape("right", (200, 100))
        + shape("lower left", (0, 300))
        + shape("left", (0, 100), properties='strike="sngStrike"')
        + shape("Plan", (0, 0), "title")
    )
    assert parse(deck(slide(shapes))).text == "# Plan\n\n~~left~~\n\nlower left\n\nright"


def boxes(*places: tuple[int, int, int, int]) -> list[Box]:
    return [Box(place, [str(number)]) for number, place in enumerate(places)]


@pytest.mark.parametrize(
    ("places", "order"),
    [
        ([(0, 0, 9, 1), (10, 2, 19, 3), (0, 2, 8, 3)], "021"),
        ([(0, 0, 40, 5), (0, 10, 10, 20), (30, 10, 40, 20), (0, 21, 10, 30), (30, 21, 40, 30)], "01324"),
        ([(0, 50, 40, 60), (0, 0, 40, 10)], "10"),
        ([(5, 5, 9, 9), (0, 0, 9, 9), (2, 0, 7, 7)], "120"),
        ([], ""),
    ],
)
def test_columns_are_read_one_after_the_other_and_what_overlaps_from_above(
    places: list[tuple[int, int, int, int]], order: str
) -> None:
    assert "".join(box.blocks[0] for box in ordered(boxes(*places))) == order


def test_what_is_hidden_is_left_out_and_told_and_pages_keep_their_numbers() -> None:
    hidden = shape("unseen", about='hidden="1"')
    made = parse(deck(slide(shape("one") + hidden), slide(shape("unseen"), 'show="0"'), slide(shape("three"))))
    assert made.text == "one\n\f\n\n\f\nthree"
    assert sorted(made.left_out) == ["1 hidden shape", "1 hidden slide"]


def test_footers_stand_once_and_numbers_and_dates_not_at_all() -> None:
    def with_feet(text: str) -> str:
        return slide(
            shape(text) + shape("Confidential", kind="ftr") + shape("7", kind="sldNum") + shape("May", kind="dt")
        )

    assert parse(deck(with_feet("one"), with_feet("two"))).text == "one\n\nConfidential\n\f\ntwo"


def test_charts_diagrams_alternative_texts_and_comments_are_read() -> None:
    picture = '<p:pic><p:nvPicPr><p:cNvPr id="1" name="P" descr="{}"/></p:nvPicPr></p:pic>'
    frame = "<p:graphicFrame><a:graphic><a:graphicData>{}</a:graphicData></a:graphic></p:graphicFrame>"
    point = "<dgm:pt {}><dgm:t><a:p><a:r><a:t>{}</a:t></a:r></a:p></dgm:t></dgm:pt>"
    shapes = (
        frame.format('<c:chart r:id="c"/>')
        + frame.format('<dgm:relIds r:dm="d"/>')
        + picture.format("The way out")
        + picture.format("C:\\pictures\\a.png")
    )
    parts = {
        "ppt/charts/c.xml": office.chart("Visits", "Nights", {"Lisbon": 21}),
        "ppt/d.xml": f"<d {SPACES}>{point.format('', 'Plan')}{point.format(LAYOUT, 'no')}</d>",
        "ppt/m.xml": f'<p:cmLst {SPACES}><p:cm authorId="0"><p:text>Check this.</p:text></p:cm></p:cmLst>',
    }
    links = [("c", "chart", "../charts/c.xml"), ("d", "diagramData", "../d.xml"), ("m", "comments", "/ppt/m.xml")]
    assert parse(deck(slide(shapes), parts=parts, links=links)).text == (
        "Visits\n\n|  | Nights |\n| --- | --- |\n| Lisbon | 21 |\n\nPlan\n\nImage: The way out\n\nComment: Check this."
    )


def test_a_missing_slide_costs_only_itself() -> None:
    made = parse(office.without(deck(slide(shape("one")), slide(shape("two"))), "ppt/slides/s0.xml"))
    assert made.text == "\n\f\ntwo"
    assert made.left_out == ("a damaged part (ppt/slides/s0.xml)",)
