from datetime import date, datetime, time

import pytest

from askew.documents.formats.shown import shown


@pytest.mark.parametrize(
    ("value", "format", "text"),
    [
        (5, "General", "5"),
        (5.0, "General", "5"),
        (0.1 + 0.2, "General", "0.3"),
        (1234567, "#,##0", "1,234,567"),
        (1234.5, "0.00", "1234.50"),
        (-1234.5, "#,##0.00;[Red]-#,##0.00", "-1,234.50"),
        (0.256, "0%", "26%"),
        (0.256, "0.0%", "25.6%"),
        (9.5, '#,##0.00 "€"', "9.50 €"),
        (9.5, "[$£-809]#,##0.00", "9.50 £"),
        (9.5, "[$USD] 0.0", "9.5 USD"),
        (2.5, "# ?/?", "2.5"),
        (1e30, "0.00E+00", "1e+30"),
        (True, "General", "TRUE"),
        ("text", "@", "text"),
        ("#DIV/0!", "General", "#DIV/0!"),
        (datetime(2024, 1, 31), "dd/mm/yyyy", "2024-01-31"),
        (datetime(2024, 1, 31, 9, 5, 0, 999), "General", "2024-01-31 09:05:00"),
        (date(2024, 1, 31), "General", "2024-01-31"),
        (time(9, 5), "General", "09:05:00"),
    ],
)
def test_a_cell_as_a_person_sees_it(value: object, format: str, text: str) -> None:
    assert shown(value, format) == text
