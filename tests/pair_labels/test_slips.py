import pytest

from askew.pair_labels.slips import slipped


@pytest.mark.parametrize(
    ("a", "b", "most", "expected"),
    [
        ("parcel", "parcel", 1, True),
        ("parcel", "parcle", 1, True),
        ("parcel", "parcl", 1, True),
        ("parcel", "parccel", 1, True),
        ("parcel", "pardel", 1, True),
        ("parcel", "barcel", 1, False),
        ("parcel", "marble", 2, False),
        ("guarantee", "garantie", 1, False),
        ("guarantee", "garantie", 2, True),
        ("", "a", 1, False),
    ],
)
def test_letters_wrong_missing_too_many_or_exchanged(a: str, b: str, most: int, expected: bool) -> None:
    assert slipped(a, b, most) is expected
    assert slipped(b, a, most) is expected
