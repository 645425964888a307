import json

import pytest

from askew.documents.formats.draft import UnusableError
from askew.documents.json_tables import json_table
from askew.documents.rows import Bad, Row

ROWS = [{"id": 1, "text": "red"}, {"id": 2, "text": "blue"}]


@pytest.mark.parametrize(
    "value",
    [
        ROWS,
        {"data": ROWS},
        {"status": "ok", "response": {"docs": ROWS, "tags": ["a"]}},
        {"items": ROWS, "links": [{"rel": "next"}]},
        {"id": [1, 2], "text": ["red", "blue"]},
        {"id": {"0": 1, "1": 2}, "text": {"0": "red", "1": "blue"}},
        {"columns": ["id", "text"], "index": [0, 1], "data": [[1, "red"], [2, "blue"]]},
        [["id", "text"], [1, "red"], [2, "blue"]],
        {
            "type": "FeatureCollection",
            "features": [{"geometry": {}, "properties": row} for row in ROWS],
        },
    ],
)
def test_rows_are_found_in_every_usual_shape(value: object) -> None:
    for indent in (None, 2):
        found = json_table(json.dumps(value, indent=indent), "json")
        assert [dict(row.values) for row in found.rows if isinstance(row, Row)] == ROWS
        assert found.names == ("id", "text")


def test_the_keys_of_an_object_of_rows_are_ids() -> None:
    found = json_table(json.dumps({"a": {"text": "red"}, "b": {"text": "blue"}}), "json")
    assert [row.values for row in found.rows if isinstance(row, Row)] == [
        {"id": "a", "text": "red"},
        {"id": "b", "text": "blue"},
    ]
    assert json_table('["red", "blue"]', "json").rows == (Row(1, {"text": "red"}), Row(2, {"text": "blue"}))


def test_objects_may_stand_on_lines_over_lines_or_side_by_side() -> None:
    lines = "\n".join(map(json.dumps, ROWS))
    assert [row.line for row in json_table(f"\n{lines}", "jsonl").rows] == [2, 3]
    pretty = "\n".join(json.dumps(row, indent=1) for row in ROWS)
    assert [row.line for row in json_table(pretty, "jsonl").rows] == [1, 5]
    assert json_table(lines.replace("\n", ""), "json").rows == (Row(1, ROWS[0]), Row(1, ROWS[1]))
    assert json_table(json.dumps(ROWS[0]), "jsonl").rows == (Row(1, ROWS[0]),)


def test_a_broken_object_costs_itself() -> None:
    pretty = '{\n "text": "red"\n}\n{\n "text": oops\n}\n{\n "text": "blue"\n}\n'
    first, bad, last = json_table(pretty, "jsonl").rows
    assert isinstance(bad, Bad)
    assert (first, bad.line, last) == (Row(1, {"text": "red"}), 4, Row(7, {"text": "blue"}))


def test_an_integer_of_thousands_of_digits_costs_its_object() -> None:
    text = '{\n"n": ' + "9" * 5000 + '\n}\n{\n"text": "blue"\n}\n'
    bad, good = json_table(text, "jsonl").rows
    assert isinstance(bad, Bad)
    assert (bad.line, good) == (1, Row(4, {"text": "blue"}))
    whole = json_table('[{"n": ' + "9" * 5000 + "}]", "json")
    assert all(isinstance(row, Bad) for row in whole.rows)


def test_half_a_character_costs_its_row_in_an_array_too() -> None:
    good, bad = json_table('[{"text": "red \\ud83d\\ude00"}, {"text": "blue", "by": "Ann \\ud83d"}]', "json").rows
    assert good == Row(1, {"text": "red \U0001f600"})
    assert isinstance(bad, Bad)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_no_number_of_json_costs_its_value(value: str) -> None:
    for format, text in (("jsonl", f'{{"a": 1, "n": {value}}}\n'), ("json", f'[{{"a": 1, "n": {value}}}]')):
        assert json_table(text, format).rows == (Row(1, {"a": 1, "n": None}),)


@pytest.mark.parametrize(
    "text",
    [
        '{"port": 80, "hosts": ["a"]}',
        '{"run": {"a": "b"}, "with": {"c": "d"}}',
        "5",
        "[1, 2]",
        '{"a": [{"port": 1}]}',
    ],
)
def test_settings_are_no_rows(text: str) -> None:
    with pytest.raises(UnusableError):
        json_table(text, "json")


@pytest.mark.parametrize("line", ['{"a": 1', "[1]", '{"a": "\\ud800"}', '{"a": ' * 70 + "1" + "}" * 70])
def test_json_that_cannot_be_used_is_bad_and_its_neighbours_are_not(line: str) -> None:
    bad, good = json_table(line + '\n{"a": 1}', "jsonl").rows
    assert isinstance(bad, Bad)
    assert good == Row(2, {"a": 1})
