import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askew.charts.html import LONGEST, escaped, figure_like, isolated, number, tag


@given(st.text(st.characters(exclude_categories=()), max_size=50))
def test_any_text_can_be_written_and_holds_no_markup(text: str) -> None:
    made = escaped(text)
    made.encode("utf-8")
    assert not set(made) & set("<>\"'\x00\n")


def test_long_texts_end_in_an_ellipsis_and_halves_of_characters_are_replaced() -> None:
    assert escaped("x" * LONGEST) == "x" * LONGEST
    assert escaped("x" * 10_000) == "x" * (LONGEST - 2) + " …"
    assert escaped("a\x00b\ud800c\n d") == "a�b�c d"
    assert isolated("<b>") == "<bdi>&lt;b&gt;</bdi>"


def test_attributes_are_quoted_and_never_cut() -> None:
    assert tag("line", {"x": 1.50, "class": '"><script>'}) == '<line x="1.5" class="&quot;&gt;&lt;script&gt;"></line>'
    assert len(tag("polyline", {"points": "1,1 " * 5_000})) > 20_000


def test_numbers_have_a_true_minus_and_a_dash_where_there_is_none() -> None:
    assert [number(0.3159), number(-0.02), number(12_000), number(3.0, 1)] == ["0.316", "−0.020", "12,000", "3.0"]
    assert {number(math.nan), number(math.inf)} == {"–"}


@pytest.mark.parametrize(
    "text", ["0.316", "−1.5", "+3 %", "12,000", "1.5 MB", "< 0.001", "142 (44 %)", "+1.6 to +4.6", "–", "", "12ms"]
)
def test_what_is_printed_as_a_number_stands_to_the_right(text: str) -> None:
    assert figure_like(text)


@pytest.mark.parametrize("text", ["dense", "nDCG@10", "3 tents left", "2024-05-01", "1.2.3", True, None])
def test_and_what_is_none_does_not(text: object) -> None:
    assert not figure_like(text)
