from pathlib import Path

import pytest
from helpers.tiny_tokenizers import byte_bpe
from tokenizers import Tokenizer

from askew.encoders.loading import load
from askew.errors import InputError
from askew.models import cards
from askew.search.context import encoder_counter, tokenizer_counter

TEXT = "Dogs may come on Fridays."


def test_the_encoder_counts_its_own_tokens_and_is_named() -> None:
    counter = encoder_counter(load(cards.get("hashing"), "question-answering", "fp32"))
    assert (counter.name, counter.count(TEXT), counter.count("")) == ("hashing", 5, 0)


def test_the_real_model_counts_as_its_tokenizer_does_without_special_tokens() -> None:
    counter = encoder_counter(load(cards.get("all-MiniLM-L6-v2"), "question-answering", "fp32"))
    assert counter.count("breastfeeding") > 1
    assert counter.count(TEXT) == 6


def test_a_tokenizer_of_ones_own_counts_past_the_truncation_of_its_maker(tmp_path: Path) -> None:
    file = tmp_path / "tokenizer.json"
    byte_bpe(file)
    whole = tokenizer_counter(file)
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.enable_truncation(3)
    tokenizer.enable_padding(length=50)
    tokenizer.save(str(file))
    assert tokenizer_counter(file).count(TEXT * 10) == whole.count(TEXT * 10) > 50
    assert tokenizer_counter(file).count("a") == 1
    assert whole.name == str(file)


def test_what_is_no_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no tokenizer"):
        tokenizer_counter(tmp_path / "none.json")
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(InputError, match="cannot be read"):
        tokenizer_counter(tmp_path / "other.json")
