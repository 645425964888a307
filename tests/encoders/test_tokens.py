from pathlib import Path

import numpy as np
import pytest
from helpers import tiny_tokenizers
from hypothesis import given
from hypothesis import strategies as st

from askew.encoders.tokens import Tokens, batches, longest_first, shares
from askew.errors import InputError, ModelError


def test_special_tokens_frame_the_text_and_the_end_is_cut(tiny: Path) -> None:
    tokens = Tokens(tiny / "tokenizer.json", 5)
    result = tokens.tokenise(["the cat sat on the mat", ""])
    assert [len(ids) for ids in result.ids] == [5, 2]
    assert result.ids[0][0] == 2
    assert result.ids[0][-1] == 3
    assert (result.tokens.tolist(), result.seen.tolist()) == ([6, 0], [3, 0])


def test_the_beginning_is_cut_where_the_tokenizer_says_so(tiny: Path) -> None:
    """The prompt is lost first, and its tokens count: as many are lost as where the end is cut."""
    tokens = Tokens(tiny / "tokenizer.json", 5, truncation_side="left")
    whole, ends = Tokens(tiny / "tokenizer.json", 50), ["on the mat", "the cat sat on the mat"]
    result = tokens.tokenise(["the cat sat on the mat", "sat on", ""])
    assert result.ids[0].tolist() == whole.tokenise(ends).ids[0].tolist()
    assert (result.tokens.tolist(), result.seen.tolist()) == ([6, 2, 0], [3, 2, 0])
    prompted = tokens.tokenise(["sat on the mat", "on the"], "the cat ")
    assert prompted.ids[0].tolist() == result.ids[0].tolist()
    assert (prompted.tokens.tolist(), prompted.seen.tolist()) == ([4, 2], [1, 1])
    assert tokens.room("the cat ") == 1


def test_pairs_are_cut_at_their_beginnings_as_the_tokenizer_itself_does_it(tmp_path: Path) -> None:
    tokenizer = tiny_tokenizers.KINDS["roberta"](tmp_path / "tokenizer.json")
    tokenizer.enable_truncation(12, strategy="longest_first", direction="left")
    tokens = Tokens(tmp_path / "tokenizer.json", 12, truncation_side="left")
    words = ["the", "cat", "sat", "on", "a", "mat"]
    rng = np.random.default_rng(3)
    pairs = [tuple(" ".join(rng.choice(words, n)) for n in rng.integers(0, 15, 2)) for _ in range(60)]
    for pair, ids in zip(pairs, tokens.pairs(pairs).ids, strict=True):
        assert ids.tolist() == tokenizer.encode(*pair).ids


def test_spans_are_where_the_words_lie(tiny: Path) -> None:
    text = "the cat, not the dog"
    [spans] = Tokens(tiny / "tokenizer.json", 5).spans([text])
    assert [text[a:b] for a, b in spans] == ["the", "cat", ",", "not", "the", "dog"]


def test_a_prompt_that_leaves_no_room_is_refused(tiny: Path) -> None:
    with pytest.raises(ModelError, match="prompt"):
        Tokens(tiny / "tokenizer.json", 5).tokenise(["cat"], "the cat sat ")


def test_a_lone_surrogate_is_refused(tiny: Path) -> None:
    with pytest.raises(InputError, match="surrogate"):
        Tokens(tiny / "tokenizer.json", 5).tokenise(["\ud800"])


def test_batches_hold_one_length_and_every_text_once() -> None:
    lengths = np.random.default_rng(1).integers(1, 20, 500)
    found = list(batches(lengths, 64))
    assert sorted(np.concatenate(found).tolist()) == list(range(500))
    assert all(len(set(lengths[rows])) == 1 for rows in found)
    assert all(len(rows) * lengths[rows[0]] <= 64 for rows in found)
    assert len(found) < 200
    assert lengths[found[0][0]] == lengths.max()


def test_no_texts_no_batches() -> None:
    assert list(batches(np.empty(0, np.int64), 64)) == []


def test_a_title_stands_before_its_text_and_the_text_is_cut_first(tiny: Path) -> None:
    tokens = Tokens(tiny / "tokenizer.json", 8)
    result = tokens.titled(["sat on the mat", "sat on the mat", "on"], ["the cat", "", "the dog " * 5])
    assert [len(ids) for ids in result.ids] == [8, 6, 8]
    assert result.types[0].tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert result.types[1].tolist() == [0] * 6
    assert result.types[2].tolist() == [0] * 7 + [1]
    assert (result.tokens.tolist(), result.seen.tolist()) == ([6, 4, 11], [5, 4, 5])
    assert (tokens.room(), tokens.room(pairs=True)) == (6, 5)


def test_a_prompt_goes_before_the_title_and_is_not_counted(tiny: Path) -> None:
    tokens = Tokens(tiny / "tokenizer.json", 12)
    plain, prompted = tokens.titled(["cat"], ["the mat"]), tokens.titled(["cat"], ["the mat"], "how long ")
    assert prompted.ids[0][3:].tolist() == plain.ids[0][1:].tolist()
    assert prompted.tokens.tolist() == prompted.seen.tolist() == plain.tokens.tolist() == [3]


@pytest.mark.parametrize("kind", ["roberta", "xlm-roberta", "mpnet", "bert"])
def test_the_space_after_a_prompt_belongs_to_the_text(kind: str, tmp_path: Path) -> None:
    """Also where the tokenizer makes one token of the space and the word after it."""
    tiny_tokenizers.KINDS[kind](tmp_path / "tokenizer.json")
    tokens = Tokens(tmp_path / "tokenizer.json", 40)
    texts = ["a cat", "the meeting"]
    spaced = [len(spans) for spans in tokens.spans([" " + text for text in texts])]
    assert tokens.tokenise([*texts, ""], "query: ").tokens.tolist() == [*spaced, 0]


@pytest.mark.parametrize("kind", ["roberta", "xlm-roberta", "mpnet", "bert"])
def test_pairs_are_framed_and_cut_as_the_tokenizer_itself_does_it(kind: str, tmp_path: Path) -> None:
    tokenizer = tiny_tokenizers.KINDS[kind](tmp_path / "tokenizer.json")
    tokenizer.enable_truncation(21, strategy="longest_first")
    tokens, rng = Tokens(tmp_path / "tokenizer.json", 21), np.random.default_rng(2)
    pairs = [tuple(" ".join(["cat"] * n) for n in rng.integers(0, 20, 2)) for _ in range(60)]
    result = tokens.pairs(pairs)
    for pair, ids, types in zip(pairs, result.ids, result.types, strict=True):
        expected = tokenizer.encode(*pair)
        assert (ids.tolist(), types.tolist()) == (expected.ids, expected.type_ids)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 40))
def test_the_longer_of_two_is_cut_first(first: int, second: int, room: int) -> None:
    a, b = longest_first(first, second, room)
    assert a <= first
    assert b <= second
    assert a + b == min(first + second, room)
    if (a, b) != (first, second):
        assert abs(a - b) <= 1 or (a == first if first < second else b == second)


def test_a_model_too_short_for_its_special_tokens_is_refused(tiny: Path) -> None:
    with pytest.raises(ModelError, match="max_tokens = 3"):
        Tokens(tiny / "tokenizer.json", 3)


@pytest.mark.parametrize(("text", "tokens", "seen"), [("the ꙮ cat", 3, 2), ("the " + "ꙮ" * 40 + " cat", 12, 2)])
def test_an_unknown_word_counts_by_its_length_and_is_not_seen(tiny: Path, text: str, tokens: int, seen: int) -> None:
    made = Tokens(tiny / "tokenizer.json", 50)
    found = made.tokenise([text, "the cat"])
    assert (found.tokens.tolist(), found.seen.tolist()) == ([tokens, 2], [seen, 2])
    [spans] = made.spans([text])
    assert len(spans) == tokens
    assert "".join(text[a:b] for a, b in spans) == text.replace(" ", "")
    titled = made.titled(["the cat"], ["ꙮ"])
    assert (titled.tokens.tolist(), titled.seen.tolist()) == ([3], [2])


def test_packed_batches_are_as_large_as_each_other_and_hold_every_text_once() -> None:
    lengths = np.random.default_rng(1).integers(1, 20, 500)
    found = list(shares(lengths, 64, 2))
    sizes = [int(lengths[rows].sum()) for rows in found]
    assert sorted(np.concatenate(found).tolist()) == list(range(500))
    assert len(found) == -(-int(lengths.sum()) // 64)
    assert max(sizes) - min(sizes) < 2 * lengths.max()
    assert [int(lengths[rows].max()) for rows in found] == sorted(int(lengths[rows].max()) for rows in found)[::-1]


@pytest.mark.parametrize(("lengths", "batches"), [([], 0), ([7], 1), ([9, 8, 7], 2), ([500, 1, 1, 1], 2)])
def test_few_texts_are_shared_between_the_cores(lengths: list[int], batches: int) -> None:
    found = list(shares(np.array(lengths, np.int64), 512, 2))
    assert sorted(row for rows in found for row in rows.tolist()) == list(range(len(lengths)))
    assert len(found) == batches
