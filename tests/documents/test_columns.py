import pytest

from askew.documents.columns import Fields, columns, document
from askew.documents.rows import Bad
from askew.documents.tables import table
from askew.errors import InputError, UnknownNameError
from askew.types import Document


def first(text: str, format: str = "csv", fields: Fields = Fields()) -> Document | Bad:  # noqa: B008  # it is frozen
    found = table(text, format)
    return document(found.rows[0], columns(found, fields, "x"), "x:2")  # type: ignore[arg-type]


@pytest.mark.parametrize("header", ["_id,title,body,year,zip", "ID,Title,BODY ,year,zip", "Id,TITLE,Inhalt,year,zip"])
def test_the_usual_names_are_known_and_the_rest_is_metadata(header: str) -> None:
    assert first(f"{header}\n7,T,words,2024,01234\n") == Document("7", "words", "T", {"year": 2024, "zip": "01234"})


def test_without_an_id_the_place_is_the_id() -> None:
    assert first("question\nwhy?\n") == Document("x:2", "why?")


def test_ids_are_kept_as_they_are_written() -> None:
    assert first('id,text\n" A 1 ",red\n') == Document(" A 1 ", "red")


def test_fields_that_are_named_are_taken_and_must_be_there() -> None:
    named = Fields(id="key", text="Colour", metadata=())
    assert first("key,colour,text\n1,red,x\n", fields=named) == Document("1", "red")
    with pytest.raises(InputError, match=r"^x:1: .*'color'.*Did you mean colour"):
        first("key,colour\n1,red\n", fields=Fields(text="color"))


def test_texts_that_are_joined_have_their_names() -> None:
    assert first("a,b,c\nx,,z\n", fields=Fields(text=["c", "b", "a"])) == Document("x:2", "c: z\na: x")
    assert isinstance(first("a,b,c\n,,z\n", fields=Fields(text=("a", "b"))), Bad)


def test_nested_fields_have_dotted_names() -> None:
    line = '{"q": {"text": "why?"}, "answer": {"by": "Ann", "text": "so"}}'
    named = Fields(text="answer.text", title="q.text", metadata=("answer.by",))
    assert first(line, "jsonl", named) == Document("x:2", "so", "why?", {"answer.by": "Ann"})


def test_a_pair_apart_needs_both_columns() -> None:
    assert first("Frage,Antwort\nWarum?,Darum.\n", fields=Fields(pair="apart")) == Document("x:2", "Darum.", "Warum?")
    with pytest.raises(InputError, match="--answer-field"):
        first("question,reply\nwhy?,so\n", fields=Fields(pair="apart"))
    with pytest.raises(UnknownNameError):
        Fields(pair="both")


def test_metadata_of_a_json_line_is_spread() -> None:
    found = first('{"_id": 3, "text": "t", "metadata": {"lang": "en", "n": [1, 2]}}', "jsonl")
    assert found == Document("3", "t", "", {"lang": "en", "n": [1, 2]})


@pytest.mark.parametrize(
    "line", ['{"text": ""}', '{"text": 4}', '{"id": [1], "text": "x"}', '{"title": [1], "text": "x"}']
)
def test_a_row_whose_values_cannot_be_used_is_bad(line: str) -> None:
    assert isinstance(first(line, "jsonl"), Bad)


@pytest.mark.parametrize("wrong", [{"text": 4}, {"text": ("a", 4)}, {"id": ["a"]}, {"title": 4}])
def test_names_are_strings(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Fields(**wrong)  # type: ignore[arg-type]
