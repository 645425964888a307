from datetime import date

import pytest
from helpers import office

from askew.documents.formats import sheets
from askew.documents.formats.draft import UnusableError
from askew.documents.formats.sheets import parse


def test_each_sheet_is_a_page_of_rows() -> None:
    rows = [["Name", "Share", None], [None, None, None], ["Ann", 0.25, date(2024, 1, 31)], [None, "x"]]
    made = parse(office.xlsx({"Days": rows, "Empty": [], "Last": [["end"]]}, "Plan", {"B3": "0%"}))
    assert made.title == "Plan"
    assert made.text == (
        "# Days\n\n| Name | Share |\n| Ann | 25% | 2024-01-31 |\n|  | x |\n\f\n\n\f\n# Last\n\n| end |"
    )
    assert made.metadata["pages"] == 3


def test_formulas_give_the_value_that_was_computed_last() -> None:
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><f>1/0</f></c></row></sheetData></worksheet>'
    )
    assert parse(office.replaced(office.xlsx({"Sum": [[1]]}), {"xl/worksheets/sheet1.xml": sheet})).text == (
        "# Sum\n\n| 2 |"
    )


def test_a_sheet_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "LONGEST_TEXT", 20)
    with pytest.raises(UnusableError, match="20 characters"):
        parse(office.xlsx({"A": [["some words"]] * 3}))


def test_without_values_there_is_no_text() -> None:
    with pytest.raises(UnusableError, match="no text"):
        parse(office.xlsx({"Sheet1": [], "Sheet2": []}))
