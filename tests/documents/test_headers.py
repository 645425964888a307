import pytest

from askew.documents.headers import Record, header_of


def records(*rows: str) -> list[Record]:
    return [Record(line, row.split(",")) for line, row in enumerate(rows, 1)]


def names(*rows: str) -> tuple[str, ...]:
    return header_of(records(*rows)).names


def test_titles_and_comments_above_the_header_are_skipped_and_said() -> None:
    found = header_of(records("Export of May,,", "id,text,city", "1,red,Cork", "2,blue,Graz"))
    assert (found.line, found.names, [row.line for row in found.below]) == (2, ("id", "text", "city"), [3, 4])
    assert found.notes == ("1 line above the header skipped (line 2)",)
    found = header_of(records("# made by hand", "# in May", "id,text", "1,red", "# more", "2,blue"))
    assert [row.line for row in found.below] == [4, 6]
    assert found.notes == ("3 lines of comments skipped",)
    assert names("#id,text", "1,red") == ("id", "text")
    found = header_of(records("id,text,city", "#1,red", "#2,blue,Graz", "# more"))
    assert ([row.line for row in found.below], found.notes) == ([2, 3], ("1 line of comments skipped",))


@pytest.mark.parametrize(
    "rows",
    [
        ("1,red,9.5", "2,blue,8"),
        ("red,2024-01-01", "blue,2024-02-01"),
        ("Ann,ann@example.org", "Bob,bob@example.org"),
        ("red,Cork,x", "blue,Cork,y"),
        ("en," + "long " * 40, "de," + "lang " * 40),
    ],
)
def test_a_first_row_of_data_is_no_header(rows: tuple[str, ...]) -> None:
    found = header_of(records(*rows))
    assert found.names == tuple(f"column {number}" for number in range(1, len(rows[0].split(",")) + 1))
    assert len(found.below) == len(rows)


@pytest.mark.parametrize(
    "header",
    ["name,2019,2020", "id,text,3", "a,b,c", "0,1,2", "Are you happy with it?,Why do you say so?,x"],
)
def test_names_are_a_header_and_so_are_rising_years(header: str) -> None:
    assert names(header, "red,4,5", "blue,6,7", "grey,8,9") == tuple(header.split(","))


def test_several_headers_are_joined() -> None:
    assert names("run,speed,mass", ",km/h,kg", "a,1,2", "b,3,4", "c,5,6") == ("run", "speed / km/h", "mass / kg")
    assert names("who,of,did,", ",,time,rank", "Ann,x,good,first", "Bob,y,bad,last")[2:] == ("did / time", "did / rank")
    assert names("q1,,q2", "Response,Other,Open-Ended Response", "x,y,z") == (
        "q1 / Response",
        "q1 / Other",
        "q2 / Open-Ended Response",
    )


def test_a_name_given_twice_is_numbered_and_a_column_that_counts_rows_left_out() -> None:
    assert names("a,a,a 2", "x,y,z") == ("a", "a 3", "a 2")
    assert names(",a,b", "0,x,y", "1,z,w") == ("", "a", "b")
    assert names(",a,", "Mazda,x,", "Fiat,y,") == ("column 1", "a", "")
