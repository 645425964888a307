import pytest

from askew.documents.formats.draft import Grid, UnusableError
from askew.documents.rows import Bad, Row, lines, physical
from askew.documents.tables import grid_table, sheets, table


def rows(text: str, format: str = "csv") -> list[dict[str, str]]:
    return [dict(row.values) for row in table(text, format).rows if isinstance(row, Row)]


def bad(text: str, format: str = "csv") -> list[int]:
    return [row.line for row in table(text, format).rows if isinstance(row, Bad)]


def test_rows_keep_the_line_where_they_begin() -> None:
    found = table('a,b\n1,"two\nlines"\n3,4\n', "csv")
    assert found.names == ("a", "b")
    assert found.rows == (Row(2, {"a": "1", "b": "two\nlines"}), Row(4, {"a": "3", "b": "4"}))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    assert rows(f"a{delimiter}b\n1{delimiter}2") == [{"a": "1", "b": "2"}]


def test_a_line_that_names_the_delimiter_is_obeyed() -> None:
    found = table("sep=;\na,x;b\n1;2\n", "csv")
    assert found.names == ("a,x", "b")
    assert found.rows == (Row(3, {"a,x": "1", "b": "2"}),)


def test_spaces_after_delimiters_do_not_count_and_those_in_quotes_do() -> None:
    assert rows('a, b\n1, x\n2, " y"\n') == [{"a": "1", "b": "x"}, {"a": "2", "b": " y"}]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_is_a_line(ending: str) -> None:
    assert [row.line for row in table(ending.join(["a,b", "1,2", "", "3,4"]), "csv").rows] == [2, 4]


def test_a_ragged_row_is_bad_unless_only_empty_cells_are_too_many_or_missing() -> None:
    text = "a,b,c\n1,2,\n3,4\n5,6,7,,\n8,9,x,y\n0\n"
    assert rows(text) == [
        {"a": "1", "b": "2", "c": ""},
        {"a": "3", "b": "4", "c": ""},
        {"a": "5", "b": "6", "c": "7"},
    ]
    assert bad(text) == [5, 6]
    assert bad("a,b\n1,2\n3\n") == [3]


def test_a_header_too_short_for_most_rows_is_refused() -> None:
    with pytest.raises(UnusableError, match=r"line 1 has 2 names.* 3 cells"):
        table("a,b\n1,2,x\n3,4,y\n", "csv")


def test_a_quote_out_of_place_costs_nothing_where_the_cells_are_clear() -> None:
    assert rows('a,b\n"x" y,2\n3,"z"\n') == [{"a": '"x" y', "b": "2"}, {"a": "3", "b": "z"}]
    assert rows('a\tb\n"1\t2\n3\t4"\n', "tsv") == [{"a": '"1', "b": "2"}, {"a": "3", "b": '4"'}]


def test_a_record_over_several_lines_that_lacks_its_last_cell_stays_one() -> None:
    text = 'id,text,note\n1,"hello dear, world\nmore, x",ok\n2,"hi big, one\nmore"\n3,abc,d\n'
    assert [row["id"] for row in rows(text)] == ["1", "3"]
    assert bad(text) == [4]
    assert rows(text.replace("abc,d", "abc,"))[1] == {"id": "2", "text": "hi big, one\nmore", "note": ""}


def test_quotes_never_closed_cost_no_more_than_their_lines() -> None:
    text = "a,b\n1,2\n3,4\n5,6\n" + 'x,"y, z\n' * 3 + "7,8\n"
    assert [row["a"] for row in rows(text)] == ["1", "3", "5", "7"]
    assert bad(text) == [5, 6, 7]
    assert len(rows("a,b\n" + 'x,"y z\n' * 20_000)) == 20_000


def test_backslashes_may_escape_quotes_and_apostrophes_enclose_cells() -> None:
    assert [row["a"] for row in rows('a,b\n"say \\"hi\\", now",2\n"\\"x\\"",3\n')] == ['say "hi", now', '"x"']
    assert rows("a,b\n'x, y',2\n'z',3\n") == [{"a": "x, y", "b": "2"}, {"a": "z", "b": "3"}]


def test_a_sheet_has_one_type_per_column_and_no_empty_cells() -> None:
    cells = ((1, ("Prices", None)), (3, ("name", "price")), (4, ("red", 9)), (5, ("blue", 9.5)), (7, ("grey", "n/a")))
    found = grid_table(Grid("S", cells))
    assert found.rows == (
        Row(4, {"name": "red", "price": 9.0}, "S"),
        Row(5, {"name": "blue", "price": 9.5}, "S"),
        Row(7, {"name": "grey"}, "S"),
    )


def test_sheets_with_the_same_columns_are_one_table_and_the_one_with_texts_comes_first() -> None:
    grids = [
        Grid("a", ((1, ("x", "y")), (2, ("1", "2")))),
        Grid("b", ((1, ("Question", "y")), (2, ("Open?", "2")))),
        Grid("c", ((1, ("y", "question")), (2, ("3", "Closed?")))),
    ]
    first, second = sheets(list(map(grid_table, grids)), ())
    assert first.rows == (Row(2, {"Question": "Open?", "y": "2"}, "b"), Row(2, {"y": "3", "Question": "Closed?"}, "c"))
    assert second.names == ("x", "y")
    assert sheets(list(map(grid_table, grids)), ["X"])[0].names == ("x", "y")


def test_lines_end_with_a_line_feed_a_carriage_return_or_both() -> None:
    assert list(lines("a\u2028b\r\n\n c\rd")) == [(1, "a\u2028b"), (3, " c"), (4, "d")]
    assert physical("a\r\nb") == ["a\r\n", "b"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id;title;text\n1,Leave,28 days\n2,Pets,Dogs may come\n3,Parking,Behind\n", "line 1 .*“;”.*“,”"),
        ("id,title,text\n1;Leave;28 days\n2;Pets;Dogs may come\n3;Parking;Behind\n", "line 1 .*“,”.*“;”"),
        ("id title text\n1\tLeave\t28 days\n2\tPets\tDogs may come\n", "line 1 .*spaces.*tabs"),
        ('"id,title,text"\n1,Leave,28 days\n2,Pets,Dogs may come\n', "line 1 .*3 columns.*quotes"),
        ("sales\n1,Leave\n2,Pets\n3,Dogs\n", "line 1 has 1 name.* 2 cells"),
    ],
)
def test_a_header_that_is_not_separated_as_its_rows_are_is_refused(text: str, words: str) -> None:
    with pytest.raises(UnusableError, match=words):
        table(text, "csv")


@pytest.mark.parametrize(
    ("mark", "advice"), [(":", "sep=:"), ("§", "sep=§"), ("/", "sep=/"), ("\x01", "commas"), ("   ", "commas")]
)
def test_an_unknown_delimiter_is_refused_where_the_header_is_known(mark: str, advice: str) -> None:
    text = f"id{mark}title{mark}text\n1{mark}Leave{mark}28 days: all\n2{mark}Pets{mark}Dogs may come\n"
    with pytest.raises(UnusableError, match=r"line 1 .*3 columns") as caught:
        table(text, "csv")
    assert advice in str(caught.value)
    assert str(caught.value).isprintable()


def test_where_an_unknown_delimiter_or_a_lone_name_may_be_meant_so_it_is_said() -> None:
    for text in ("a:b\n1:2\n3:4\n", "text\n1,Leave\n2,Pets\n3,Dogs\n"):
        assert table(text, "csv").notes[0].startswith("one column, ")


@pytest.mark.parametrize(
    "text",
    [
        "text\nHello, you\nI said, no\nDogs, cats\n",
        "full title\nThe Hobbit\nWar Peace\nMoby Dick\n",
        "question\nWhy?\nHow?\nWhere?\n",
        "url\nhttps://example.org/a\nhttps://example.org/b\nhttps://example.org/c\n",
    ],
)
def test_one_column_of_prose_or_addresses_is_one_column(text: str) -> None:
    found = table(text, "csv")
    assert (len(found.names), len(found.rows), found.notes) == (1, 3, ())


def test_a_title_with_commas_above_a_header_is_a_title() -> None:
    assert table("Sales, EMEA\nregion;sales\nNorth;5\nSouth;6\n", "csv").names == ("region", "sales")
