from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askew.rag.answer import SENTINEL, NoAnswerFilter


def through(*pieces: str) -> tuple[str, bool]:
    filter = NoAnswerFilter()
    shown = "".join([filter.feed(piece) for piece in pieces] + [filter.end()])
    return shown, filter.closed


@pytest.mark.parametrize(
    "said",
    [
        SENTINEL,
        f"  \n{SENTINEL}\n",
        f"**{SENTINEL}.**",
        f'"{SENTINEL.capitalize()}."',
        SENTINEL.lower(),
        f"{SENTINEL}\nBut in general, dogs are nice.",
    ],
)
def test_the_sentinel_is_removed_however_it_is_split(said: str) -> None:
    assert through(said) == ("", True)
    assert through(*said) == ("", True)
    assert through(said[:5], said[5:11], said[11:]) == ("", True)


def test_a_similar_beginning_is_released_at_the_end() -> None:
    assert through(*"No answer in the s") == ("No answer in the s", False)
    assert through(*"Nobody knows [1].") == ("Nobody knows [1].", False)
    assert through(*"**Yes** [1]. NO ANSWER IN A HURRY") == ("**Yes** [1]. NO ANSWER IN A HURRY", False)


def test_after_other_text_only_the_exact_sentinel_counts() -> None:
    text = "There is no answer in the sources to when, but [1] says where."
    assert through(*text) == (text, False)
    assert through(*f"Sorry.\n{SENTINEL}\nMore.") == ("Sorry.\n", True)


def test_text_is_held_back_only_while_undecided() -> None:
    filter = NoAnswerFilter()
    assert filter.feed("NO AN") == ""
    assert filter.feed("IMALS [1]") == "NO ANIMALS [1]"
    assert filter.feed(" and then N") == " and then "
    assert filter.feed("othing") == "Nothing"


@given(st.text(alphabet="NOno ASWERtheSURC.*", max_size=60), st.lists(st.integers(0, 60), max_size=8))
def test_splitting_does_not_change_the_result(text: str, places: list[int]) -> None:
    borders = [0, *sorted(place for place in places if place < len(text)), len(text)]
    assert through(*(text[a:b] for a, b in pairwise(borders))) == through(text)
