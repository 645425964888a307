import pytest

from askew.export.references import gone_from, moved, translated
from askew.export.workbook import Shift

GONE = Shift((3, 4))
SHIFTS = {"Data": GONE, "It's": Shift((2,))}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("B2*C5", "B2*C3"),
        ("SUM(C$2:C$9)+SUM(A3:A4)", "SUM(C$2:C$7)+SUM(#REF!)"),
        ('IF(A6>1,"A6","B7")&D4', 'IF(A4>1,"A6","B7")&#REF!'),
        ("SUM(5:6)+SUM(2:4)", "SUM(3:4)+SUM(2:2)"),
        ("LOG10(A5)", "LOG10(A3)"),
        ("Data!A5+Other!A5+'It''s'!$B$7", "Data!A3+Other!A5+'It''s'!$B$6"),
        ("[1]Data!A5+Table1[A5]", "[1]Data!A5+Table1[A5]"),
        ("rate5+A5", "rate5+A3"),
    ],
)
def test_references_move_with_their_cells(formula: str, expected: str) -> None:
    assert moved(formula, SHIFTS, "Data") == expected


def test_without_a_sheet_only_named_ones_move() -> None:
    assert moved("Data!$A$2:$A$9,A5", SHIFTS, "") == "Data!$A$2:$A$7,A5"


def test_ranges_shrink_and_vanish() -> None:
    assert gone_from("A1:B3 D5 E3:E4", GONE) == "A1:B2 D3"
    assert gone_from("C3", GONE) == ""
    assert gone_from("A:A", GONE) == "A:A"


def test_a_formula_reads_relative_to_its_cell() -> None:
    assert translated("B2*C$2+$D2+Sheet1!Z1", "D2", "E5") == "C5*D$2+$D5+Sheet1!AA4"
    assert translated('"B2"&LOG10(A1)', "A1", "A3") == '"B2"&LOG10(A3)'
