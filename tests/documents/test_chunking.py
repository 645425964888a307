import re
import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from askew.documents.chunking import chunk, chunk_in_context, in_context
from askew.errors import InputError
from askew.types import Document, Passage

# The ways in which tokenizers cut: words and signs, characters, words with the space before, word parts, words only.
TOKENS = {
    "words and signs": re.compile(r"\w+|[^\w\s]"),
    "characters": re.compile(r"[^\s]"),
    "space before": re.compile(r"\s?\w+|\s?[^\w\s]|\s"),
    "space behind": re.compile(r"\w+\s?|[^\w\s]\s?|\s"),
    "word parts": re.compile(r"\w{1,3}|[^\w\s]"),
    "parts, space before": re.compile(r"\s?\w{1,3}|\s?[^\w\s]|\s"),
    "parts, space behind": re.compile(r"\w{1,3}\s?|[^\w\s]\s?|\s"),
    "words only": re.compile(r"\w+"),
}


def spans(text: str, kind: str = "words and signs") -> NDArray[np.int64]:
    return np.array([found.span() for found in TOKENS[kind].finditer(text)], np.int64).reshape(-1, 2)


def passages(text: str, size: int, overlap: int = 0, kind: str = "words and signs") -> list[Passage]:
    return chunk(Document("d", text), spans(text, kind), size, overlap)


def texts(text: str, size: int, overlap: int = 0) -> list[str]:
    return [passage.text for passage in passages(text, size, overlap)]


def headed(text: str, size: int) -> list[tuple[str, str]]:
    return [(passage.heading, passage.text) for passage in passages(text, size)]


# What makes borders, what looks as if it did, and what is in the way of both.
PIECES = (
    *("A word. ", "Another one! ", "Dr. No. ", "e.g. 3.5 ", "wordwordwordword", "x ", "Ends here.\n", "...", "?"),
    *("\n", "\n\n", "\r\n\r\n", "\f", " ", "\t", "\u00a0", "\u2028", "- item\n", "12. item\n", "| a | b |\n"),
    *("# One\n", "## Two\n", "### Three ##\n", "#none\n", "# \n", "```\n", "~~~\n", "```py\n", "\n# After\n"),
    *("你好。", "何？」と", "まだ！", "हाँ। ", "🙂", "“Quoted.” ", "(So.) ", "***", "|", "#", ".", "\x00", "ß", "İ"),
)
MIXED = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@settings(max_examples=400, deadline=None)
@given(MIXED, st.sampled_from(sorted(TOKENS)), st.integers(1, 12), st.integers(0, 14))
def test_passages_hold_all_of_the_text_in_order_and_none_is_too_large(
    text: str, kind: str, size: int, overlap: int
) -> None:
    given_spans = spans(text, kind)
    found = chunk(Document("d", text), given_spans, size, overlap)
    kept = set()
    for number, passage in enumerate(found):
        assert (passage.document, passage.number) == ("d", number)
        assert passage.text == text[passage.start : passage.end] == passage.text.strip()
        kept |= set(range(passage.start, passage.end))
        assert len(spans(passage.text, kind)) <= size
    assert [i for i, character in enumerate(text) if not character.isspace() and i not in kept] == []
    assert all(passage.text for passage in found) or len(found) == 1
    assert all(a.start < b.start and a.end < b.end for a, b in pairwise(found))


@settings(max_examples=200, deadline=None)
@given(MIXED, st.integers(1, 12), st.integers(0, 14))
def test_what_is_repeated_fits_into_the_overlap_and_crosses_no_heading(text: str, size: int, overlap: int) -> None:
    for before, after in pairwise(passages(text, size, overlap)):
        shared = text[after.start : before.end] if after.start < before.end else ""
        assert len(spans(shared)) <= overlap
        assert not shared or before.heading == after.heading


@given(MIXED, st.sampled_from(sorted(TOKENS)), st.integers(1, 12))
def test_without_overlap_nothing_is_repeated(text: str, kind: str, size: int) -> None:
    assert all(a.end <= b.start for a, b in pairwise(passages(text, size, 0, kind)))


def test_without_overlap_not_even_what_has_no_tokens_is_repeated() -> None:
    found = passages("one two.\n\n***\n\nthree four.", 2, kind="words only")
    assert [passage.text for passage in found] == ["one two.\n\n***", "three four."]


@given(MIXED, st.lists(st.tuples(st.integers(-9, 90), st.integers(-9, 90))), st.integers(1, 5), st.integers(0, 5))
def test_the_text_is_all_there_even_if_the_tokens_make_no_sense(
    text: str, places: list[tuple[int, int]], size: int, overlap: int
) -> None:
    found = chunk(Document("d", text), np.array(places, np.int64).reshape(-1, 2), size, overlap)
    kept = {i for passage in found for i in range(passage.start, passage.end)}
    assert all(i in kept or text[i].isspace() for i in range(len(text)))


def test_a_text_that_fits_is_one_passage_without_the_space_around_it() -> None:
    assert passages("\n One. Two. \n", 6) == [Passage("d", 0, 2, 11, "One. Two.")]


@pytest.mark.parametrize("text", ["One. " * 100, "", " \n "])
def test_without_tokens_there_is_one_passage(text: str) -> None:
    found = chunk(Document("d", text), np.empty((0, 2), np.int64), 5, 2)
    assert [passage.text for passage in found] == [text.strip()]


def test_a_passage_without_room_is_refused() -> None:
    with pytest.raises(InputError, match="not 0"):
        passages("One.", 0)


def test_sentences_are_packed_as_many_as_fit() -> None:
    assert texts("One two. Three four. Five. Six seven eight.", 8) == [
        "One two. Three four. Five.",
        "Six seven eight.",
    ]


def test_a_passage_repeats_whole_sentences_of_the_one_before() -> None:
    text = "One two three. Four. Five. Six seven eight. Nine ten."
    assert texts(text, 8, 4) == [
        "One two three. Four. Five.",
        "Four. Five. Six seven eight.",
        "Six seven eight. Nine ten.",
    ]
    assert texts(text, 8, 3)[1] == "Five. Six seven eight."
    assert texts(text, 8, 1)[1] == "Six seven eight. Nine ten."


def test_the_overlap_yields_to_what_is_new() -> None:
    text = "One. Two. Three four five. Six seven eight nine."
    assert texts(text, 6, 4)[1:] == ["Two. Three four five.", "Six seven eight nine."]
    assert texts(text, 9, 4)[1:] == ["Three four five. Six seven eight nine."]


def test_a_long_sentence_is_cut_at_words_and_what_is_left_of_it_joins_the_next() -> None:
    text = "one two three four five six seven. Eight."
    assert texts(text, 3) == ["one two three", "four five six", "seven.", "Eight."]
    assert texts(text, 4) == ["one two three four", "five six seven.", "Eight."]
    assert texts(text, 6) == ["one two three four five six", "seven. Eight."]


def test_signs_stay_with_their_word_when_a_sentence_is_cut() -> None:
    text = "one (two) three (four) five (six)"
    cut = [passage.text for passage in passages(text, 3, kind="words only")]
    assert cut == ["one (two) three", "(four) five (six)"]


@pytest.mark.parametrize("kind", ["word parts", "parts, space before", "parts, space behind"])
def test_words_of_several_tokens_stay_whole(kind: str) -> None:
    found = passages("abcdef ghijkl mnopqr", 3, kind=kind)
    assert [passage.text for passage in found] == ["abcdef", "ghijkl", "mnopqr"]


def test_a_word_longer_than_a_passage_is_cut_at_tokens() -> None:
    found = passages("see abcdefghijklmnopqrs now", 4, kind="word parts")
    assert [passage.text for passage in found] == ["see", "abcdefghijkl", "mnopqrs now"]


def test_tokens_of_one_character_stay_together() -> None:
    text = "🙂🙂"
    bytewise = np.array([(0, 1)] * 4 + [(1, 2)] * 4, np.int64)
    assert [p.text for p in chunk(Document("d", text), bytewise, 4, 0)] == ["🙂", "🙂"]
    assert [p.text for p in chunk(Document("d", text), bytewise, 3, 0)] == ["🙂", "🙂"]


def test_long_text_without_sentences_is_cut_at_lines() -> None:
    text = "def one(a)\n  return a\ndef two(b)\n  return b"
    assert texts(text, 8) == ["def one(a)\n  return a", "def two(b)\n  return b"]


def test_what_the_tokenizer_drops_at_the_end_is_kept() -> None:
    text = "One two. Three four. ☃☃☃"
    assert [p.text for p in chunk(Document("d", text), spans("One two. Three"), 3, 0)] == [
        "One two.",
        "Three four. ☃☃☃",
    ]


def test_headings_divide_and_name_their_path() -> None:
    text = "Intro.\n\n# Leave\nAll.\n## Parental leave ##\nYes.\n### C#\nSharp.\n## Sick leave\nAlso."
    assert headed(text, 100) == [
        ("", "Intro."),
        ("Leave", "# Leave\nAll."),
        ("Leave › Parental leave", "## Parental leave ##\nYes."),
        ("Leave › Parental leave › C#", "### C#\nSharp."),
        ("Leave › Sick leave", "## Sick leave\nAlso."),
    ]


def test_a_heading_without_a_body_goes_with_what_follows() -> None:
    assert headed("# Leave\n\n## Parental\n\nYes.\n\n## End", 100) == [
        ("Leave › Parental", "# Leave\n\n## Parental\n\nYes."),
        ("Leave › End", "## End"),
    ]


def test_a_heading_is_never_a_passage_of_its_own_while_it_has_a_body() -> None:
    found = headed("## Opening times\nWe open at nine and close at six. Not today.", 7)
    assert found[0] == ("Opening times", "## Opening times\nWe open at")
    assert {heading for heading, _ in found} == {"Opening times"}


@pytest.mark.parametrize(
    "text",
    [
        "```sh\n# no heading\n```\nText.",
        "~~~\n```\n# no heading\n~~~\nText.",
        "````\n```\n# no heading\n````\nText.",
        "```\n``` py\n# no heading\n```",
        "```\n# never closed",
        "#hashtag\n#\n# \n####### seven\n    # indented\ntext # in a line",
    ],
)
def test_what_only_looks_like_a_heading_divides_nothing(text: str) -> None:
    assert headed(text, 100) == [("", text)]


def test_a_fence_ends_and_code_in_a_line_begins_none() -> None:
    text = "```\n# code\n```\n# One\n``` in a line ```\n# Two"
    assert [heading for heading, _ in headed(text, 100)] == ["", "One", "Two"]


@pytest.mark.parametrize(
    "part",
    [".", "x", "\n", " ", "# a\n", "```\n", '."', ". \n", "- ", "你好。", "1.", "#", "| ", "`", "word "],
)
def test_no_text_makes_the_work_grow_faster_than_it_does(part: str) -> None:
    text = part * (200_000 // len(part))
    assert _seconds(text) < 30  # a tenth of a second to one; quadratic work takes minutes


def test_five_megabytes_take_seconds() -> None:
    assert _seconds("A sentence of a few words, e.g. these. " * 128_000) < 60  # a pattern that backtracks takes hours


def _seconds(text: str) -> float:
    given_spans = spans(text)
    start = time.perf_counter()
    chunk(Document("d", text), given_spans, 256, 32)
    return time.perf_counter() - start


HANDBOOK = "# Handbook\n\n## Parking in Oslo\n\nShow the card. Keep the gate shut.\n\n## Fees\n\n"
TABLE = "| Boat | Fee |\n| --- | --- |\n" + "".join(f"| Heron {n} | {n} euros |\n" for n in range(9))


def test_a_passage_is_encoded_below_the_headings_and_the_header_row_that_it_lacks() -> None:
    text = HANDBOOK + TABLE
    passages, encoded = chunk_in_context(Document("d", text), spans(text), 32, 0)
    assert encoded[0] == "# Handbook\n\n## Parking in Oslo\n\nShow the card. Keep the gate shut."
    assert encoded[1] == "Handbook\n## Fees\n\n| Boat | Fee |\n| --- | --- |"
    assert all(one.startswith("Handbook › Fees\n| Boat | Fee |\n| Heron ") for one in encoded[2:])
    assert len(encoded) == 5
    assert [passage.text for passage in passages[2:]] == [one.partition("\n")[2] for one in encoded[2:]]
    assert [in_context(Document("d", text), spans(text), 32, passage) for passage in passages] == encoded


def test_the_title_is_not_repeated_and_headings_take_a_share_at_most() -> None:
    text = HANDBOOK + "Nine euros. " * 9
    _, encoded = chunk_in_context(Document("d", text, "Handbook"), spans(text), 16, 0)
    assert encoded[-1].startswith("Fees\nNine euros.")
    long = f"# {'very ' * 30}long\n\n## Fees\n\n" + "Nine euros. " * 9
    _, encoded = chunk_in_context(Document("d", long), spans(long), 16, 0)
    assert encoded[-1].startswith("Fees\nNine euros.")


@given(MIXED, st.integers(1, 40), st.integers(0, 14))
def test_what_is_encoded_is_never_too_large(text: str, size: int, overlap: int) -> None:
    passages, encoded = chunk_in_context(Document("d", text), spans(text), size, overlap)
    for passage, one in zip(passages, encoded, strict=True):
        assert one.endswith(text[passage.start : passage.end])
        assert len(spans(one)) <= max(size, len(spans(text[passage.start : passage.end])))
    assert [in_context(Document("d", text), spans(text), size, passage) for passage in passages] == encoded


def test_words_fill_an_overlap_that_no_sentence_fits() -> None:
    text = "one two three four five six seven eight. nine ten eleven twelve."
    assert texts(text, 9, 4) == ["one two three four five six seven eight.", "six seven eight. nine ten eleven twelve."]


def test_no_passage_is_without_a_word() -> None:
    assert texts("one two three four.", 4) == ["one two three", "four."]
    assert texts("one two three.\n\n***\n\nfour five.", 6) == ["one two three.", "***\n\nfour five."]
    assert texts("one two.\n\n***\n\nfour five six.", 6) == ["one two.\n\n***", "four five six."]
