from enum import StrEnum

import numpy as np
import pytest

from askew.export.cells import as_json, cell


class Kind(StrEnum):
    NEAR = "near"


def test_a_cell_holds_a_text_as_it_is_and_json_of_all_else() -> None:
    values = ["a, b", Kind.NEAR, None, 3, 0.1, True, ["x", "ü"], {"n": None}]
    assert [cell(value) for value in values] == ["a, b", "near", "", "3", "0.1", "true", '["x", "ü"]', '{"n": null}']
    assert type(cell(Kind.NEAR)) is str


def test_numbers_of_numpy_are_numbers() -> None:
    assert as_json({"a": np.float64(0.5), "b": np.int64(2), "c": np.array([1, 2])}) == '{"a": 0.5, "b": 2, "c": [1, 2]}'


@pytest.mark.parametrize("value", [object(), float("nan")])
def test_what_json_does_not_know_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        as_json(value)
