from hypothesis import given
from hypothesis import strategies as st

from askew.cli.review import differing
from askew.text.words import words as words_of


def words(a: str, b: str) -> tuple[list[str], list[str]]:
    left, right = differing(a, b)
    return [a[span.start : span.end] for span in left], [b[span.start : span.end] for span in right]


def test_words_that_differ_are_found_with_their_neighbours() -> None:
    assert words("Can I return a red tent?", "Can I return two blue tents?") == (["a red tent"], ["two blue tents"])
    assert words("I don't ship to Oslo, sorry.", "I ship to Oslo - sorry!") == (["don't"], [])
    assert words("SAME words", "same, WORDS.") == ([], [])
    assert words("", "new words") == ([], ["new words"])


@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
def test_what_is_left_is_the_same_in_both(a: list[str], b: list[str]) -> None:
    texts = " ".join(a), " ".join(b)
    kept = []
    for text, spans in zip(texts, differing(*texts), strict=True):
        for span in reversed(spans):
            text = text[: span.start] + text[span.end :]
        kept.append(words_of(text))
    assert kept[0] == kept[1]


def test_long_texts_with_nothing_in_common_are_one_stretch_each() -> None:
    a, b = " ".join(f"a{n}" for n in range(20_000)), " ".join(f"b{n}" for n in range(20_000))
    left, right = differing(f"same {a} end", f"same {b} end")
    assert [(span.start, span.end) for span in left] == [(5, 5 + len(a))]
    assert [(span.start, span.end) for span in right] == [(5, 5 + len(b))]
