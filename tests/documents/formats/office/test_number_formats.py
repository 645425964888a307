import pytest

from askew.documents.formats.draft import Cell
from askew.documents.formats.office.number_formats import shown, typed

ACCOUNTING = '_("$"* #,##0.00_);_("$"* \\(#,##0.00\\);_("$"* "-"??_);_(@_)'


@pytest.mark.parametrize(
    ("value", "format", "text"),
    [
        (5, "General", "5"),
        (5.0, "", "5"),
        (0.1 + 0.2, "General", "0.3"),
        (1234567, "#,##0", "1,234,567"),
        (1234.5, "0.00", "1234.50"),
        (1.005, "0.00", "1.01"),
        (2.5, "0", "3"),
        (-0.001, "0.00", "0.00"),
        (0.5, "#.##", ".5"),
        (5, "#.##", "5"),
        (-1234.5, "#,##0.00;[Red]-#,##0.00", "-1,234.50"),
        (-3, "0", "-3"),
        (-3, "0;(0)", "(3)"),
        (0, "0;-0;none", "none"),
        (1099, "00000", "01099"),
        (42, '"EMP-"0000', "EMP-0042"),
        (42, r"\E\M\P\-0000", "EMP-0042"),
        (5551234567, "(###) ###-####", "(555) 123-4567"),
        (12345678, '0.0,,"M"', "12.3M"),
        (1234567, "#,##0,", "1,235"),
        (0.256, "0%", "26%"),
        (0.256, "0.0%", "25.6%"),
        (9.5, '#,##0.00 "€"', "9.50 €"),
        (9.5, "[$£-809]#,##0.00", "£9.50"),
        (9.5, "[$USD] 0.0", "USD 9.5"),
        (1234.5, ACCOUNTING, "$ 1,234.50"),
        (-1234.5, ACCOUNTING, "$ (1,234.50)"),
        (0, ACCOUNTING, "$ -"),
        (2.5, "# ?/?", "2 1/2"),
        (0.125, "?/8", "1/8"),
        (1e30, "0.00E+00", "1.00E+30"),
        (12345, "##0.0E+0", "12.3E+3"),
        (7, '[=1]"one";[=7]"seven";0', "seven"),
        (5, '[<10]"few";0', "few"),
        (12, '[<10]"few";0', "12"),
        (1234.5, 'General" kg"', "1234.5 kg"),
        (1, ";;;", ""),
        (True, "General", "TRUE"),
        ("text", "@", "text"),
        ("A7", '"No. "@', "No. A7"),
        ("#DIV/0!", "General", "#DIV/0!"),
        (None, "0", ""),
    ],
)
def test_a_cell_as_a_person_sees_it(value: Cell, format: str, text: str) -> None:
    assert shown(value, format) == text


@pytest.mark.parametrize(
    ("value", "format", "text"),
    [
        (45322, "dd/mm/yyyy", "2024-01-31"),
        (45322, "[$-407]d. mmm yyyy", "2024-01-31"),
        (45322.378472, "m/d/yy h:mm AM/PM", "2024-01-31 09:05"),
        (0.378472, "h:mm:ss", "09:05:00"),
        (59, "yyyy-mm-dd", "1900-02-28"),
        (61, "yyyy-mm-dd", "1900-03-01"),
        (30 / 24 + 5 / 1440, "[h]:mm", "30:05"),
        (1805 / 86400, "[mm]:ss", "30:05"),
        (-1, "yyyy-mm-dd", "-1"),
        (1e9, "yyyy-mm-dd", "1000000000"),
    ],
)
def test_a_date_stands_in_iso_form_and_a_duration_as_it_shows(value: float, format: str, text: str) -> None:
    assert shown(value, format) == typed(value, format) == text


@pytest.mark.parametrize("value", [0, -1, 0.5, 1e30, -1e308, 45000.25, float("nan"), float("inf"), "text", True])
@pytest.mark.parametrize(
    "format", [",E+@?", "-/e-[>1]General#", "[=0].[=0]0(?_)", "0" * 999, "[h]" * 99, "#/#/#", ".;;", "[<1..2]0"]
)
def test_no_format_is_too_odd(value: Cell, format: str) -> None:
    assert isinstance(shown(value, format), str)


def test_days_may_count_from_1904() -> None:
    assert shown(0, "yyyy-mm-dd", True) == "1904-01-01"
    assert shown(43860, "yyyy-mm-dd", True) == "2024-01-31"


NUMERIC = ["General", "0.00", "#,##0", "0%", "$#,##0.00", "[$€-407] 0.00", "0.00E+00", "[Red]0"]
WORDED = [("00000", "00042"), ('"EMP-"0', "EMP-42"), ('0" kg"', "42 kg"), (";;;", "")]


@pytest.mark.parametrize("format", NUMERIC)
def test_a_number_stays_a_number_whatever_its_decimals_and_currency(format: str) -> None:
    assert typed(0.25, format) == 0.25


@pytest.mark.parametrize(("format", "text"), WORDED)
def test_zeros_and_words_of_a_format_belong_to_the_value(format: str, text: str) -> None:
    assert typed(42, format) == text
