import pytest

from askew.encoders.texts import checked, joined, once
from askew.errors import InputError


def test_each_item_once_and_where_it_went() -> None:
    unique, rows = once(["b", "a", "b", "b", "c"])
    assert unique == ["b", "a", "c"]
    assert rows.tolist() == [0, 1, 0, 0, 2]
    assert once([]) == ([], pytest.approx([]))


def test_half_a_character_is_refused() -> None:
    assert checked(("whole", "🎉")) == ["whole", "🎉"]
    with pytest.raises(InputError, match="surrogate"):
        checked(["whole", "half \ud83c"])


def test_a_title_goes_before_its_text() -> None:
    assert joined(["a", "b"], ["T", ""]) == ["T a", "b"]
    assert joined(["", "b"], ["T", "U"]) == ["T", "U b"]


def test_without_titles_the_texts_are_as_they_are() -> None:
    texts = [" a "]
    assert joined(texts, []) is texts
