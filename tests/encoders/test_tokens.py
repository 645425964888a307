from pathlib import Path

import numpy as np
import pytest

from askew.encoders.tokens import Tokens, batches
from askew.errors import InputError, ModelError


def test_special_tokens_frame_the_text_and_the_end_is_cut(tiny: Path) -> None:
    tokens = Tokens(tiny / "tokenizer.json", 5)
    result = tokens.tokenise(["the cat sat on the mat", ""])
    assert [len(ids) for ids in result.ids] == [5, 2]
    assert result.ids[0][0] == 2
    assert result.ids[0][-1] == 3
    assert (result.tokens.tolist(), result.seen.tolist()) == ([6, 0], [3, 0])


def test_spans_are_where_the_words_lie(tiny: Path) -> None:
    text = "the cat, not the dog"
    [spans] = Tokens(tiny / "tokenizer.json", 5).spans([text])
    assert [text[a:b] for a, b in spans] == ["the", "cat", ",", "not", "the", "dog"]


def test_a_prompt_that_leaves_no_room_is_refused(tiny: Path) -> None:
    with pytest.raises(ModelError, match="leaves no room"):
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
