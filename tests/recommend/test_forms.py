import pytest

from askew.recommend.text_stats import TextShape, text_shape

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
