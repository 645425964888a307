import numpy as np
import pytest
from helpers.near_texts import pieces, runs, sentences

from askew.dedup.set_join import shingles
from askew.dedup.set_join.shingles import LONG, Texts, by_characters, by_words, is_long, ranges, sets


def held(texts: Texts, start: int, end: int) -> list[set[int]]:
    found = sets(texts, start, end)
    ends = np.cumsum(found.sizes)
    return [set(found.shingles[end - size : end].tolist()) for size, end in zip(found.sizes, ends, strict=True)]


def agree(found: list[set[int]], expected: list[set[object]]) -> None:
    """Return whether shingles and numbers correspond one to one."""
    assert [len(numbers) for numbers in found] == [len(real) for real in expected]
    pairs = [(i, j) for i in range(len(found)) for j in range(i)]
    assert [len(found[i] & found[j]) for i, j in pairs] == [len(expected[i] & expected[j]) for i, j in pairs]


@pytest.mark.parametrize("characters", ["", "ø中🙂"])
def test_runs_of_five_characters(characters: str) -> None:
    texts = [text + characters for text in ["a", "abc", "abcde", "abcdef", "aaaaaaaaa", *sentences(60, 1, 12, 1)]] + [
        ""
    ]
    made = by_characters(texts)
    agree(held(made, 0, len(texts)), [pieces(text, 5) for text in texts])
    agree(held(made, 7, 31), [pieces(text, 5) for text in texts[7:31]])


def test_runs_of_three_words() -> None:
    texts = ["", "one", "one two", *sentences(60, 3, 60, 2)]
    agree(held(by_words(texts), 0, len(texts)), [runs(text, 3) for text in texts])


def test_more_kinds_of_characters_than_64_bits_can_count_off() -> None:
    rng = np.random.default_rng(3)
    texts = ["".join(map(chr, rng.integers(0x4E00, 0x4E00 + 9000, 800))) for _ in range(20)]
    texts += [text[100:] for text in texts]
    made = by_characters(texts)
    assert made.vocabulary**made.size > 2**64
    agree(held(made, 0, len(texts)), [pieces(text, 5) for text in texts])


def test_every_character_of_a_script_without_spaces_is_a_word() -> None:
    assert by_words(["私は ok です 中文x ไทย"]).lengths.tolist() == [11]
    assert is_long("字" * LONG)
    assert not is_long("字" * (LONG - 1))


@pytest.mark.parametrize("word", ["word", "wörd"])
def test_from_forty_words_on_a_text_is_long(word: str) -> None:
    assert is_long(" ".join([word] * LONG))
    assert not is_long(" ".join([word] * (LONG - 1)))


def test_blocks_cover_all_texts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shingles, "BLOCK", 100)
    monkeypatch.setattr(shingles, "ROWS", 7)
    texts = [*sentences(80, 1, 12, 5), "x" * 500, *[""] * 30]
    blocks = list(by_characters(texts).blocks())
    assert [position for start, end in blocks for position in range(start, end)] == list(range(len(texts)))
    assert max(end - start for start, end in blocks) <= 7
    assert len(blocks) > 30


def test_a_part_holds_the_same_sets() -> None:
    texts = sentences(30, 1, 12, 6)
    made = by_characters(texts)
    chosen = np.array([21, 3, 3, 17])
    every = held(made, 0, len(texts))
    assert held(made.part(chosen), 0, 4) == [every[position] for position in chosen]


def test_ranges_rise_from_each_start() -> None:
    assert ranges(np.array([5, 7, 9]), np.array([2, 0, 3])).tolist() == [5, 6, 9, 10, 11]
