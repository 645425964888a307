from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from helpers import office

from askew.documents.formats import grid
from askew.documents.formats.draft import Grid, UnusableError
from askew.documents.formats.office.sheets import grids, parse

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
SHEET = "xl/worksheets/sheet1.xml"


def sheet(
    rows: str, before: str = "", after: str = "", space: str = MAIN, files: Mapping[str, str] | None = None
) -> bytes:
    """A workbook with these rows in its only sheet, which is named A."""
    made = f'<worksheet xmlns="{space}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'
    return office.replaced(office.xlsx({"A": [[1]]}), {SHEET: made, **(files or {})})


def cell(place: str, text: object) -> str:
    if isinstance(text, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'
    return f'<c r="{place}"><v>{text}</v></c>'


def test_each_sheet_is_a_page_of_rows() -> None:
    rows = [["Name", "Share", None], ["Ann", 0.25, date(2024, 1, 31)], [None, "x"]]
    made = parse(office.xlsx({"Days": rows, "Empty": [], "Last": [["end"]]}, "Plan", {"B2": "0%"}))
    assert made.title == "Plan"
    assert made.text == (
        "# Days\n\n| Name | Share |  |\n| --- | --- | --- |\n| Ann | 25% | 2024-01-31 |\n|  | x |\n"
        "\f\n\n\f\n# Last\n\nend"
    )
    assert made.metadata["pages"] == 3
    assert made.left_out == ()


def test_a_title_above_a_table_is_no_header_and_figures_after_a_gap_go_on_with_it() -> None:
    rows = [["Fees of 2024"], ["Item", "Fee"], ["Sauna", 19], [], [7, 8], [], ["Pool", "Opens"], ["Small", 9]]
    assert parse(office.xlsx({"A": rows})).text == (
        "# A\n\nFees of 2024\n\n| Item | Fee |\n| --- | --- |\n| Sauna | 19 |\n| 7 | 8 |\n\n"
        "| Pool | Opens |\n| --- | --- |\n| Small | 9 |"
    )


def test_a_formula_gives_its_stored_value_or_itself() -> None:
    row = (
        '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><f>A1/C1</f></c><c r="C1" t="str"><f>""</f><v/></c></row>'
    )
    made = parse(sheet(row))
    assert made.text == "# A\n\n| 2 | =A1/C1 |"
    assert made.left_out == ("1 formula without a stored value",)


def test_grids_hold_typed_cells_with_the_numbers_of_their_rows() -> None:
    rows = [["code", "n", "when", None, "ok"], [], [7, 0.5, date(2024, 1, 31), None, True]]
    assert grids(office.xlsx({"S": rows, "None": []}, formats={"A3": "00000", "B3": "0%"})).grids == (
        Grid("S", ((1, ("code", "n", "when", "ok")), (3, ("00007", 0.5, "2024-01-31", True)))),
        Grid("None", ()),
    )


def test_a_merged_cell_stands_for_each_of_its_rows_and_columns_but_a_title_only_once() -> None:
    rows = "".join(
        f'<row r="{number}">{cells}</row>'
        for number, cells in enumerate(
            [
                cell("A1", "All depots"),
                cell("A2", "Region") + cell("B2", "Opens"),
                cell("A3", "North") + cell("B3", 8) + cell("C3", 12),
                cell("B4", 9) + cell("C4", 13),
            ],
            1,
        )
    )
    merged = "".join(f'<mergeCell ref="{ref}"/>' for ref in ("A1:C1", "B2:C2", "A3:A4", "bad", "A9:A1048576"))
    assert [cells for _, cells in grids(sheet(rows, after=f"<mergeCells>{merged}</mergeCells>")).grids[0].rows] == [
        ("All depots",),
        ("Region", "Opens", "Opens"),
        ("North", 8, 12),
        ("North", 9, 13),
    ]


def test_what_is_hidden_is_left_out_and_told_and_a_folded_group_is_not_hidden() -> None:
    columns = '<cols><col min="2" max="2" hidden="1"/><col min="9" max="16384" hidden="1"/></cols>'
    rows = (
        f'<row r="1">{cell("A1", "a")}{cell("B1", "no")}{cell("C1", "c")}</row>'
        f'<row r="2" hidden="1">{cell("A2", "no")}</row>'
        f'<row r="3" hidden="1" outlineLevel="1">{cell("A3", "d")}{cell("C3", "e")}</row>'
    )
    made = parse(sheet(rows, columns))
    assert made.text == "# A\n\n| a | c |\n| --- | --- |\n| d | e |"
    assert made.left_out == grids(sheet(rows, columns)).left_out == ("1 hidden row", "1 hidden column")


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_left_out_and_told(state: str) -> None:
    data = office.xlsx({"A": [["seen"]], "B": [["unseen"]]})
    book = office.unzipped(data, "xl/workbook.xml").decode()
    shown, hidden = 'name="B" sheetId="2" state="visible"', f'name="B" sheetId="2" state="{state}"'
    assert shown in book
    made = parse(office.replaced(data, {"xl/workbook.xml": book.replace(shown, hidden)}))
    assert "unseen" not in made.text
    assert made.left_out == ("1 hidden sheet",)


def test_a_cell_in_the_farthest_corner_costs_nothing() -> None:
    rows = f'<row r="1">{cell("A1", "near")}</row><row r="1048576">{cell("XFD1048576", "far")}</row>'
    assert parse(sheet(rows)).text == "# A\n\nnear\n\nfar"


def test_cells_without_addresses_follow_one_another() -> None:
    assert grids(sheet("<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>")).grids[0].rows == (
        (1, (1, 2)),
        (2, (3,)),
    )


def test_rich_text_keeps_its_signs_and_margins_say_what_they_say_once() -> None:
    up, out = '<rPr><vertAlign val="superscript"/></rPr>', "<rPr><strike/></rPr>"
    rich = f"<is><r><t>5 m</t></r><r>{up}<t>2</t></r><r><t> for </t></r><r>{out}<t>40</t></r><r><t> 55</t></r>"
    row = f'<row><c t="inlineStr">{rich}<rPh sb="0" eb="1"><t>ruby</t></rPh></is></c></row>'
    margins = '<headerFooter><oddHeader>&amp;L&amp;"Arial,Bold"&amp;12QX-1&amp;R&amp;D</oddHeader>'
    margins += "<oddFooter>&amp;CPage &amp;P of &amp;N</oddFooter></headerFooter>"
    assert parse(sheet(row, after=margins)).text == "# A\n\n5 m² for ~~40~~ 55\n\nQX-1"


def test_a_strict_workbook_is_read_with_its_iso_dates() -> None:
    rows = f'<row r="1">{cell("A1", "Opened")}<c r="B1" t="d"><v>2024-01-31T00:00:00</v></c></row>'
    assert parse(sheet(rows, space=STRICT)).text == "# A\n\n| Opened | 2024-01-31 |"


def test_a_missing_part_costs_only_itself() -> None:
    made = parse(office.without(office.xlsx({"A": [["text", 1]], "B": [["more", 2]]}), SHEET))
    assert made.text == "\n\f\n# B\n\n| more | 2 |"
    assert made.left_out == ("a damaged part (sheet A)",)
    made = parse(sheet('<row><c t="s"><v>9</v></c><c><v>2</v></c></row>'))
    assert made.text == "# A\n\n2"
    assert made.left_out == ("a damaged part (shared strings)",)


def test_text_boxes_comments_and_pictures_of_a_sheet_are_read() -> None:
    drawing = "http://schemas.openxmlformats.org/drawingml/2006/"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    shapes = (
        f'<xdr:wsDr xmlns:xdr="{drawing}spreadsheetDrawing" xmlns:a="{drawing}main"><xdr:oneCellAnchor><xdr:sp>'
        "<xdr:txBody><a:p><a:r><a:t>Switch off first.</a:t></a:r></a:p></xdr:txBody></xdr:sp></xdr:oneCellAnchor>"
        '<xdr:oneCellAnchor><xdr:pic><xdr:nvPicPr><xdr:cNvPr descr="A red valve"/></xdr:nvPicPr></xdr:pic>'
        "</xdr:oneCellAnchor></xdr:wsDr>"
    )
    comments = (
        f'<comments xmlns="{MAIN}"><authors><author>Ann</author></authors><commentList><comment ref="A1" authorId="0">'
        "<text><r><t>Ask Bob.</t></r></text></comment></commentList></comments>"
    )
    links = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{relations}/drawing" Target="../drawings/d.xml"/>'
        f'<Relationship Id="r2" Type="{relations}/comments" Target="/xl/c.xml"/></Relationships>'
    )
    files = {"xl/worksheets/_rels/sheet1.xml.rels": links, "xl/drawings/d.xml": shapes, "xl/c.xml": comments}
    made = parse(sheet(f"<row>{cell('A1', 'x')}</row>", files=files))
    assert made.text == "# A\n\nx\n\nComment on A1 (Ann): Ask Bob.\n\nSwitch off first.\n\nImage: A red valve"


def test_an_old_workbook_is_read_as_it_is_shown(tmp_path: Path) -> None:
    import xlwt

    book = xlwt.Workbook()
    seen, unseen = book.add_sheet("A"), book.add_sheet("B")
    for number, cells in enumerate([["code", "when", "no", "share"], [7, 45322, 1, 0.256], ["no", "", "", ""]]):
        for place, cell in enumerate(cells):
            format = {0: "00000", 1: "dd/mm/yyyy", 3: "0%"}.get(place, "General")
            seen.write(number, place, cell, xlwt.easyxf(num_format_str=format))
    seen.write_merge(3, 4, 0, 0, "North")
    seen.write(3, 1, True)
    seen.write(4, 1, "x")
    seen.col(2).hidden = True
    seen.row(2).hidden = True
    unseen.write(0, 0, "unseen")
    unseen.visibility = 1
    book.save(tmp_path / "a.xls")
    made = parse((tmp_path / "a.xls").read_bytes())
    assert made.text == (
        "# A\n\n| code | when | share |\n| --- | --- | --- |\n| 00007 | 2024-01-31 | 26% |\n"
        "| North | TRUE |\n| North | x |"
    )
    assert sorted(made.left_out) == ["1 hidden column", "1 hidden row", "1 hidden sheet"]
    assert grids((tmp_path / "a.xls").read_bytes()).grids[0].rows[1] == (2, ("00007", "2024-01-31", 0.256))


def test_a_sheet_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "LONGEST_TEXT", 20)
    with pytest.raises(UnusableError, match="20 characters"):
        parse(office.xlsx({"A": [["some words"]] * 3}))


def test_without_values_there_is_no_text() -> None:
    with pytest.raises(UnusableError, match="no text"):
        parse(office.xlsx({"Sheet1": [], "Sheet2": []}))
