import pytest

from askew.documents.columns import Fields, columns, document
from askew.documents.tables import Bad, table
from askew.errors import InputError
from askew.types import Document


def first(text: str, format: str = "csv", fields: Fields = Fields()) -> Document | Bad:  # noqa: B008  # it is frozen
    found = table(text, format, "x")
    return document(found.rows[0], columns(found, fields, "x"), "x:2")


def test_the_usual_names_are_known_and_the_rest_is_metadata() -> None:
    assert first("_id,title,body,year,zip\n7,T,words,2024,01234\n") == Document(
        "7", "words", "T", {"year": 2024, "zip": "01234"}
    )


def test_without_an_id_the_place_is_the_id() -> None:
    assert first("question\nwhy?\n") == Document("x:2", "why?")


def test_one_column_needs_no_name_and_two_do() -> None:
    assert first("id,colour\n1,red\n") == Document("1", "red")
    with pytest.raises(InputError, match="--text-field"):
        first("id,colour,size\n1,red,4\n")


def test_fields_that_are_named_are_taken_and_must_be_there() -> None:
    named = Fields(id="key", text="colour", metadata=())
    assert first("key,colour,text\n1,red,x\n", fields=named) == Document("1", "red")
    with pytest.raises(InputError, match=r"^x:1: .*'color'.*Did you mean colour"):
        first("key,colour\n1,red\n", fields=Fields(text="color"))


def test_metadata_of_a_json_line_is_spread() -> None:
    found = first('{"_id": 3, "text": "t", "metadata": {"lang": "en", "n": [1, 2]}}', "jsonl")
    assert found == Document("3", "t", "", {"lang": "en", "n": [1, 2]})


@pytest.mark.parametrize(
    "line", ['{"text": ""}', '{"text": 4}', '{"id": [1], "text": "x"}', '{"title": 1, "text": "x"}']
)
def test_a_row_whose_values_cannot_be_used_is_bad(line: str) -> None:
    assert isinstance(first(line + '\n{"text": "", "id": "", "title": ""}', "jsonl"), Bad)
