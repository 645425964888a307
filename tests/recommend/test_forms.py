import pytest

from askew.recommend.text_stats import TextShape, text_shape, words

LONG = "The harbour is old, and nobody knows who built it, for the papers were lost in a fire that took the whole town "


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("Why is the harbour old?", TextShape.QUESTION),
        ("old harbour", TextShape.FRAGMENT),
        ("Minister opens harbour", TextShape.FRAGMENT),
        ("The harbour is old.", TextShape.SENTENCE),
        ("the harbour of the town is as old as the town", TextShape.SENTENCE),
        ("The harbour is old. Nobody built it.", TextShape.PROSE),
        ("Yes. The harbour is old.", TextShape.SENTENCE),
        (LONG * 2, TextShape.PROSE),
        ("", TextShape.FRAGMENT),
    ],
)
def test_each_text_has_one_shape(text: str, shape: TextShape) -> None:
    assert text_shape(text, ("en",)).shape is shape


def test_words_are_counted_alike_in_every_script() -> None:
    assert words("don't re-read it, please") == 4
    assert words("桥是一百年前由石头建成的老桥。") == pytest.approx(8, abs=1)  # the old bridge was built of stone …
    assert words("สะพานนี้สร้างจากหินเมื่อร้อยปีก่อน") == pytest.approx(8, abs=2)
    assert words("iPhone 桥") == pytest.approx(1 + 1 / 1.7)
    assert words("") == 0
