import pytest

from askew.text.display import percent, shorten


@pytest.mark.parametrize(
    ("text", "width", "found"),
    [
        ("two\n  words", 20, "two words"),
        ("the quick brown fox", 19, "the quick brown fox"),
        ("the quick brown fox", 18, "the quick brown …"),
        ("the quick brown fox", 17, "the quick brown …"),
        ("the quick brown fox", 16, "the quick …"),
        ("unbreakable", 8, "unbrea …"),
        ("unbreakable", 1, "…"),
        ("unbreakable", 0, ""),
    ],
)
def test_a_text_is_cut_at_a_word(text: str, width: int, found: str) -> None:
    assert shorten(text, width) == found


@pytest.mark.parametrize(
    ("width", "found"), [(19, "the quick brown fox"), (17, "… quick brown fox"), (16, "… brown fox"), (5, "… fox")]
)
def test_the_end_can_be_kept(width: int, found: str) -> None:
    assert shorten("the quick brown fox", width, end=True) == found


@pytest.mark.parametrize("width", range(30))
def test_a_shortened_text_never_exceeds_the_width(width: int) -> None:
    for end in (False, True):
        assert len(shorten("some words of différent length 你好世界你好世界", width, end=end)) <= width


@pytest.mark.parametrize(
    ("share", "digits", "found"),
    [
        (0, 0, "0 %"),
        (1, 0, "100 %"),
        (0.123, 0, "12 %"),
        (0.123, 1, "12.3 %"),
        (0.95, 2, "95 %"),
        (0.975, 2, "97.5 %"),
        (0.2, 1, "20 %"),
        (1, 1, "100 %"),
        (0.004, 0, "0.4 %"),
        (0.9996, 0, "99.96 %"),
        (0.998, 0, "99.8 %"),
        (1e-9, 0, "0.0000 %"),
        (1.25, 0, "125 %"),
    ],
)
def test_a_share_is_never_rounded_to_all_or_nothing(share: float, digits: int, found: str) -> None:
    assert percent(share, digits) == found
