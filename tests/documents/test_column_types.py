from typing import Any

import pytest

from askew.documents.column_types import column_type


def values(*cells: str, name: str = "x") -> list[Any]:
    made = column_type(name, cells)
    return [made.convert(cell) for cell in cells]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["12", "-3", "0", "9" * 30], [12, -3, 0, int("9" * 30)]),
        (["9.99", "10.00", "12", ".5"], [9.99, 10.0, 12.0, 0.5]),
        (["1.5e-3", "2"], [0.0015, 2.0]),
        (["1.250,50", "9,5", "1.000.000,00"], [1250.5, 9.5, 1000000.0]),
        (["1,250.50", "9.5"], [1250.5, 9.5]),
        (["1,234,567", "12"], [1234567, 12]),
        (["4", "N/A", "-", "5"], [4, None, None, 5]),
        (["true", "FALSE", "n/a"], [True, False, None]),
        (["2024-05-01", "2024-05-02T10:00"], ["2024-05-01", "2024-05-02T10:00"]),
        (["31/12/2024", "01/02/2025"], ["2024-12-31", "2025-02-01"]),
        (["12/31/2024", "01/02/2025"], ["2024-12-31", "2025-01-02"]),
        (["05.03.2024", "12.10.2023 14:30"], ["2024-03-05", "2023-10-12T14:30:00"]),
        (["2024/3/5", "2024/12/1"], ["2024-03-05", "2024-12-01"]),
    ],
)
def test_a_column_has_one_type(cells: list[str], expected: list[Any]) -> None:
    assert [(type(value), value) for value in values(*cells)] == [(type(value), value) for value in expected]


@pytest.mark.parametrize(
    "cells",
    [
        ["007", "12"],
        ["01234", "90210"],
        ["yes", "no"],
        ["12", "twelve"],
        ["1_000", "2"],
        ["٣", "4"],
        ["1,234", "5,678"],
        ["31/12/2024", "12/31/2024"],
        ["99/99/2024", "01/02/2024"],
        ["Infinity", "1"],
        ["+49", "+1"],
        ["true", "maybe"],
        ["-", "n/a"],
    ],
)
def test_what_is_not_sure_stays_as_it_is_written(cells: list[str]) -> None:
    assert values(*cells) == cells


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["05/03/2024", "01/12/2024"], "01/12/2024 may begin with the day or the month"),
        (["5/3/24", "8/15/14"], "two digits"),
        (["1,234", "5,678"], "thousands or a fraction"),
        (["31/12/2024", "01/12/2024"], "day, month, year"),
        (["9,5", "10"], "comma is the decimal mark"),
    ],
)
def test_what_a_user_should_know_is_said(cells: list[str], words: str) -> None:
    assert words in column_type("x", cells).note


@pytest.mark.parametrize("name", ["Phone", "Telefonnummer", "ZIP", "Postal Code", "ISBN"])
def test_numbers_of_telephones_and_the_like_are_no_quantities(name: str) -> None:
    assert values("2095257564", "12", name=name) == ["2095257564", "12"]
