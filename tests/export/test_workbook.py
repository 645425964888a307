import io
import zipfile

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet

from askew.errors import InputError
from askew.export.workbook import without


def book() -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    sheet: Worksheet = made.active
    sheet.title = "My rows"
    sheet.append(["id", "text", "n", "total"])
    for row in range(2, 8):
        sheet.append([row, f"text {row}", row * 1.5, f"=SUM(C$2:C{row})"])
    sheet["B3"].comment, sheet["B5"].comment = Comment("goes", "me"), Comment("stays", "me")
    sheet["B6"].hyperlink = "https://example.org"
    sheet["B6"].font = openpyxl.styles.Font(bold=True)
    sheet.merge_cells("F5:F7")
    sheet.merge_cells("G2:G3")
    sheet.row_dimensions[6].height = 33
    sheet.add_table(Table(displayName="T", ref="A1:D7"))
    check = DataValidation(type="list", formula1='"a,b"')
    check.add("H2:H7")
    sheet.add_data_validation(check)
    other = made.create_sheet("Other")
    other["A1"], other["A2"] = "='My rows'!C7", "=A1"
    made.defined_names["all"] = DefinedName("all", attr_text="'My rows'!$C$2:$C$7")
    return made


def cleaned(made: openpyxl.Workbook, *gone: int) -> openpyxl.Workbook:
    file = io.BytesIO()
    made.save(file)
    return openpyxl.load_workbook(io.BytesIO(without(file.getvalue(), {"My rows": set(gone)})))


def test_rows_go_and_all_that_refers_to_the_others_follows_them() -> None:
    found = cleaned(book(), 3, 4)
    sheet = found["My rows"]
    assert [cell.value for cell in sheet["A"]] == ["id", 2, 5, 6, 7]
    assert [cell.value for cell in sheet["D"]][1:] == [f"=SUM(C$2:C{row})" for row in (2, 3, 4, 5)]
    assert [(cell.row, cell.comment.text) for cell in sheet["B"] if cell.comment] == [(3, "stays")]
    assert [cell.row for cell in sheet["B"] if cell.hyperlink and cell.font.bold] == [4]
    assert {str(one) for one in sheet.merged_cells.ranges} == {"F3:F5"}
    assert sheet.row_dimensions[4].height == 33
    assert sheet.tables["T"].ref == "A1:D5"
    assert str(sheet.data_validations.dataValidation[0].sqref) == "H2:H5"
    assert [cell.value for cell in found["Other"]["A"]] == ["='My rows'!C5", "=A1"]
    assert found.defined_names["all"].attr_text == "'My rows'!$C$2:$C$5"


def test_parts_without_changes_stay_byte_for_byte() -> None:
    file = io.BytesIO()
    book().save(file)
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(io.BytesIO(without(file.getvalue(), {"My rows": {7}}))) as new:
        assert old.namelist() == new.namelist()
        changed = {name for name in old.namelist() if old.read(name) != new.read(name)}
    assert "xl/worksheets/sheet1.xml" in changed
    assert not changed & {"xl/styles.xml", "xl/sharedStrings.xml", "xl/theme/theme1.xml", "[Content_Types].xml"}


def test_what_is_no_workbook_is_refused() -> None:
    with pytest.raises(InputError, match="damaged"):
        without(b"PK", {"a": {1}})
