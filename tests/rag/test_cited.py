import pytest

from askew.rag.answer import cited_numbers


@pytest.mark.parametrize(
    ("answer", "numbers"),
    [
        ("Yes [1].", (1,)),
        ("Yes [2][1], and again [2].", (1, 2)),
        ("Yes [1, 3] and [4;5].", (1, 3, 4, 5)),
        ("Yes [2-4] and [7–8].", (2, 3, 4, 7, 8)),
        ("Yes【9】.", (9,)),
        ("No [a], [1a], [] or (1).", ()),
        ("A link [1](https://example.org).", ()),
        ("Backwards [5-2], and far too wide [1-2000].", (1, 2, 5, 2000)),
        ("In [2024], a year is a number like any other.", (2024,)),
        ("No source has so many digits: [12345].", ()),
    ],
)
def test_what_stands_in_brackets_is_cited(answer: str, numbers: tuple[int, ...]) -> None:
    assert cited_numbers(answer) == numbers
