import pytest

from askew.documents.dialects import Dialect, sniffed


@pytest.mark.parametrize(
    ("text", "delimiter", "quote"),
    [
        ("a,b\n1,2\n", ",", '"'),
        ("id;text (net, in EUR, per piece)\n1;red\n2;blue\n", ";", '"'),
        ("id;price\n1;3,5\n2;4,5\n", ";", '"'),
        ('a,b\n1,"x;y;z"\n2,"u;v;w"\n', ",", '"'),
        ("a\tb\n1\tx, y\n2\tz\n", "\t", '"'),
        ("a|b\nx, y|2\nz|3\n", "|", '"'),
        ("a,b\n'x, y',2\n'z, w',3\n", ",", "'"),
        ("question\nWhy, oh why?\nHow, where, when?\n", "", '"'),
        ("one, two\nthree\nfour, five, six\nseven\neight\n", "", '"'),
        ("", "", '"'),
    ],
)
def test_the_delimiter_is_that_which_makes_regular_rows(text: str, delimiter: str, quote: str) -> None:
    found = sniffed(text.splitlines(keepends=True), single=text.startswith("question"))
    assert (found.delimiter, found.quote) == (delimiter, quote)


def test_comments_do_not_count_and_the_suffix_tips_the_scales() -> None:
    text = ["a b, c d\te\n", "f g, h i\tj\n"]
    assert [sniffed(text, favoured=mark).delimiter for mark in ",\t"] == ["\t", "\t"]
    assert sniffed(["# a, b, c\n", "# d, e, f\n", "a\tb\n", "c\td\n"]).delimiter == "\t"


def test_padding_and_escapes_are_seen() -> None:
    assert sniffed(["a, b\n", "1, 2\n"]) == Dialect(",", padded=True, width=2)
    assert sniffed(["a,b\n", '"say \\"hi\\", you",2\n', '"\\"x\\"",3\n']).escape == "\\"
