from hypothesis import given
from hypothesis import strategies as st

from askew.encoders.hosted import pieces


def test_four_latin_letters_or_one_other_character() -> None:
    text = "Unbelievably, 42 büros und 休暇 ok"
    parts = [text[start:end] for start, end in pieces.spans(text)]
    assert parts == ["Unbe", "liev", "ably", ",", "4", "2", "büro", "s", "und", "休", "暇", "ok"]
    assert pieces.spans("").shape == (0, 2)
    assert pieces.room(512) == 341


@given(st.text(), st.integers(1, 8))
def test_a_cut_text_is_a_beginning_with_so_many_pieces(text: str, most: int) -> None:
    short = pieces.cut(text, most)
    assert text.startswith(short)
    assert pieces.count(short) == min(pieces.count(text), most) == min(len(pieces.spans(text)), most)
    assert (short == text) == (pieces.count(text) <= most)
