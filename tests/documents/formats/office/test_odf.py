import pytest
from helpers import office

from askew.documents.formats.draft import Grid, UnusableError
from askew.documents.formats.office.odf import parse
from askew.documents.formats.office.sheets import grids
from askew.documents.formats.office.sheets import parse as parse_sheets


def style(name: str, properties: str, kind: str = "text", attributes: str = "") -> str:
    return f'<style:style style:name="{name}" {attributes}><style:{kind}-properties {properties}/></style:style>'


class TestText:
    def read(self, body: str, styles: str = "") -> str:
        return parse(office.odf("text", body, styles)).text

    def test_headings_items_tables_and_notes_in_order(self) -> None:
        assert self.read(
            '<text:h text:outline-level="2"><text:number>1.1</text:number>Leave</text:h>'
            "<text:list><text:list-item><text:p>one</text:p><text:list><text:list-item><text:p>two</text:p>"
            "</text:list-item></text:list></text:list-item></text:list>"
            "<text:p>Text<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>In May.</text:p>"
            "</text:note-body></text:note>.<office:annotation><dc:creator>Ann</dc:creator><text:p>Check.</text:p>"
            "</office:annotation></text:p>"
            '<table:table><table:table-row><table:table-cell table:number-rows-spanned="2"><text:p>North</text:p>'
            f"</table:table-cell>{office.ods_cell('8')}</table:table-row><table:table-row><table:covered-table-cell/>"
            f"{office.ods_cell('9')}</table:table-row></table:table>"
        ) == (
            "## 1.1 Leave\n\n- one\n  - two\n\nText.\n\n| North | 8 |\n| --- | --- |\n| North | 9 |\n\n"
            "In May.\n\nComment (Ann): Check."
        )

    def test_space_breaks_ruby_and_superscripts(self) -> None:
        raised = style("up", 'style:text-position="super 58%"')
        assert self.read(
            '<text:p>a<text:s text:c="2"/>b<text:tab/>c<text:line-break/>10'
            '<text:span text:style-name="up">3</text:span>'
            "<text:ruby><text:ruby-base>図</text:ruby-base><text:ruby-text>と</text:ruby-text></text:ruby></text:p>",
            raised,
        ) == "a  b\tc\n10³図"  # fmt: skip

    def test_what_is_hidden_is_told_what_is_struck_marked_and_what_was_deleted_gone(self) -> None:
        styles = (
            style("out", 'style:text-line-through-style="solid"')
            + style("unseen", 'text:display="none"')
            + '<style:style style:name="child" style:parent-style-name="unseen"/>'
        )
        made = parse(
            office.odf(
                "text",
                "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion>"
                "</text:changed-region></text:tracked-changes>"
                '<text:p>Now <text:span text:style-name="out">40</text:span> 55'
                '<text:span text:style-name="unseen"> or less</text:span></text:p>'
                '<text:p text:style-name="child">nobody</text:p>',
                styles,
            )
        )
        assert made.text == "Now ~~40~~ 55"
        assert made.left_out == ("3 words of hidden text",)

    def test_text_boxes_pictures_and_charts_are_read(self) -> None:
        body = (
            "<text:p>See.<draw:frame><draw:text-box><text:p>In a box.</text:p></draw:text-box></draw:frame>"
            "<draw:frame><draw:image/><svg:desc>A red valve</svg:desc></draw:frame></text:p>"
            '<draw:frame><draw:object xlink:href="./Object 1"/></draw:frame>'
        )
        chart = '<c:chart xmlns:c="c" xmlns:t="t"><c:title><t:p>Visits</t:p></c:title></c:chart>'
        made = parse(office.odf("text", body, other={"Object 1/content.xml": chart}))
        assert made.text == "See.\n\nIn a box.\n\nImage: A red valve\n\nVisits"

    def test_headers_and_footers_stand_once_without_page_numbers(self) -> None:
        page = "<style:master-page SPACES><style:header><text:p>QX-1</text:p></style:header>" * 2
        foot = "<style:footer><text:p>Page <text:page-number>7</text:page-number></text:p></style:footer>"
        styles = f"<s SPACES>{page}{foot}</style:master-page></style:master-page></s>"
        assert parse(office.odf("text", "<text:p>Text.</text:p>", other={"styles.xml": styles})).text == "QX-1\n\nText."

    def test_properties(self) -> None:
        about = (
            "<office:document-meta SPACES><office:meta><dc:title>Plan</dc:title><meta:initial-creator>Ann"
            "</meta:initial-creator><meta:creation-date>2024-01-31T09:05:00.123456789</meta:creation-date>"
            "<dc:date>2024-02-01</dc:date><meta:keyword>pool</meta:keyword><meta:keyword>fees</meta:keyword>"
            "<dc:language>en-GB</dc:language></office:meta></office:document-meta>"
        )
        made = parse(office.odf("text", "<text:p>Text.</text:p>", other={"meta.xml": about}))
        assert made.title == "Plan"
        assert made.metadata == {
            "author": "Ann",
            "created": "2024-01-31T09:05:00",
            "modified": "2024-02-01",
            "keywords": "pool, fees",
            "language": "en-GB",
        }

    def test_what_is_encrypted_is_refused(self) -> None:
        locked = {"META-INF/manifest.xml": "<m><manifest:encryption-data xmlns:manifest='m'/></m>"}
        with pytest.raises(UnusableError, match="encrypted"):
            parse(office.odf("text", "<text:p>Text.</text:p>", other=locked))


def row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def number(text: str, value: float) -> str:
    return office.ods_cell(text, f'office:value-type="float" office:value="{value}"')


class TestSheets:
    def test_cells_are_read_as_shown_and_typed(self) -> None:
        when = office.ods_cell("31.01.24", 'office:value-type="date" office:date-value="2024-01-31T00:00:00"')
        yes = office.ods_cell("TRUE", 'office:value-type="boolean" office:boolean-value="true"')
        cells = (number("01099", 1099), number("€12.50", 12.5), number("12.3M", 12345678), number("5", 5.0), when, yes)
        data = office.ods(row(*cells))
        assert parse_sheets(data).text == "# A\n\n| 01099 | €12.50 | 12.3M | 5 | 2024-01-31 | TRUE |"
        assert grids(data).grids == (Grid("A", ((1, ("01099", 12.5, "12.3M", 5, "2024-01-31", True)),)),)

    def test_a_cell_keeps_its_backslashes(self) -> None:
        cells = [office.ods_cell(text) for text in (r"\\server\share\x.doc", r"\alpha + \beta", "# 5")]
        assert grids(office.ods(row(*cells))).grids[0].rows == (
            (1, (r"\\server\share\x.doc", r"\alpha + \beta", "# 5")),
        )

    def test_repeated_rows_and_cells_count_and_empty_ones_cost_nothing(self) -> None:
        many = 'table:number-rows-repeated="{}"'
        gap = '<table:table-cell table:number-columns-repeated="16000"/>'
        data = office.ods(
            row(office.ods_cell("a", 'office:value-type="string" table:number-columns-repeated="2"'), gap)
            + row(gap, attributes=many.format(1_048_000))
            + row(office.ods_cell("b"), attributes=many.format(2))
        )
        assert grids(data).grids[0].rows == ((1, ("a", "a")), (1_048_002, ("b",)), (1_048_003, ("b",)))

    def test_merged_cells_are_repeated_and_what_is_hidden_is_told(self) -> None:
        unseen = 'table:visibility="{}"'
        data = office.ods(
            f"<table:table-column/><table:table-column {unseen.format('collapse')}/><table:table-column/>"
            + row(
                office.ods_cell("North", 'table:number-rows-spanned="3"'), office.ods_cell("no"), office.ods_cell("8")
            )
            + row("<table:covered-table-cell/>", office.ods_cell("no"), office.ods_cell("9"))
            + row("<table:covered-table-cell/>", office.ods_cell("no"), attributes=unseen.format("filter"))
        )
        made = parse_sheets(data)
        assert made.text == "# A\n\n| North | 8 |\n| --- | --- |\n| North | 9 |"
        assert made.left_out == ("1 hidden row", "1 hidden column")

    def test_a_hidden_sheet_is_left_out_and_told(self) -> None:
        styles = style("off", 'table:display="false"', "table")
        with pytest.raises(UnusableError, match="no text"):
            parse_sheets(office.ods(row(office.ods_cell("x")), styles, 'table:style-name="off"'))


class TestSlides:
    def test_each_slide_is_a_page_with_its_title_and_notes(self) -> None:
        notes = f"<presentation:notes>{office.odp_frame('Say it.', 'notes')}</presentation:notes>"
        slides = (
            f"<draw:page>{office.odp_frame('Words.')}{office.odp_frame('One', 'title')}{notes}</draw:page><draw:page/>"
        )
        made = parse(office.odf("presentation", slides))
        assert made.text == "# One\n\nWords.\n\nNotes: Say it.\n\f\n"
        assert made.metadata["pages"] == 2

    def test_a_hidden_slide_is_left_out_and_told(self) -> None:
        styles = style("off", 'presentation:visibility="hidden"', "drawing-page")
        pages = ((' draw:style-name="off"', "no"), ("", "x"))
        slides = "".join(f"<draw:page{about}>{office.odp_frame(text)}</draw:page>" for about, text in pages)
        made = parse(office.odf("presentation", slides, styles))
        assert made.text == "\n\f\nx"
        assert made.left_out == ("1 hidden slide",)
