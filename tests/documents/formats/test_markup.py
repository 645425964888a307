from askew.documents.formats.markup import blocks, fenced, heading, item, plain, row, table
from askew.documents.headings import sections


def test_signs_stand_where_the_readers_of_markdown_look_for_them() -> None:
    assert heading(2, " A \n b ") == "## A b"
    assert heading(9, "A") == "###### A"
    assert item(1, "a", "3.") == "  3. a"
    assert row(["a", " b\nc", "", "d|e", "", ""]) == r"| a | b c |  | d\|e |"
    assert heading(1, " ") == item(0, "") == row(["", " "]) == fenced("\n \n") == ""


def test_what_only_looks_like_a_heading_or_a_fence_is_none() -> None:
    text = plain("# of days\n```\n  ## two\n#tag\n    # code")
    assert text == "\\# of days\n\\```\n  \\## two\n#tag\n    # code"
    assert [section.heading for section in sections(text + "\n# Real")] == ["", "Real"]


def test_code_may_hold_fences() -> None:
    code = fenced("\n# a\n```\nb\n```\n")
    assert code == "````\n# a\n```\nb\n```\n````"
    assert [section.heading for section in sections(code)] == [""]


def test_items_and_rows_stay_together() -> None:
    assert blocks(["a", "", "- b", "  - c", "1. d", "| e |", "| f |", "g"]) == (
        "a\n\n- b\n  - c\n1. d\n\n| e |\n| f |\n\ng"
    )


def test_the_first_row_of_a_table_is_its_header() -> None:
    assert table([["a", ""], ["", " "], ["1", "x|y", ""], ["", "", "z"]]) == (
        "| a |  |  |\n| --- | --- | --- |\n| 1 | x\\|y |\n|  |  | z |"
    )
    assert table([["a", "b"]]) == "| a | b |"
    assert table([]) == table([["", " "]]) == ""
    assert blocks([table([["a"], ["b"]]), table([["c"], ["d"]])]) == "| a |\n| --- |\n| b |\n\n| c |\n| --- |\n| d |"
