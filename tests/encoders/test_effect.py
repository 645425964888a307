from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from askew.encoders import Encoded
from askew.encoders.effect import checked
from askew.encoders.hashing import HashingEncoder
from askew.models import cards
from askew.models.card import Card

FILES = {"model.safetensors": "", "tokenizer.json": "", "config.json": ""}


@pytest.fixture
def card(tiny: Path) -> Card:
    """The tiny model, with a prompt that its tokenizer knows."""
    base = cards.get("all-MiniLM-L6-v2")
    prompts = {"default": {"query": "how long "}, "paraphrase": {"document": "the cat "}}
    return replace(
        base, name="tiny", files=FILES, hub=None, package=None, folder=str(tiny), dim=32, max_tokens=16, golden=(),
        prompts=prompts,
    )  # fmt: skip


def test_prompts_that_change_the_vector_are_no_problem(card: Card) -> None:
    assert checked(card) == []


def test_a_prompt_that_is_dropped_on_the_way_is_found(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a library that takes a prompt for a query and encodes without it."""

    def deaf(self: HashingEncoder, texts, role, report=None, titles=()) -> Encoded:
        return Encoded(np.ones((len(texts), 4), np.float32), np.ones(len(texts)), np.ones(len(texts)))

    monkeypatch.setattr("askew.encoders.onnx.encoder.OnnxEncoder.encode", deaf)
    problems = checked(card)
    assert len(problems) == 2
    assert "'how long ' (query, duplicate-questions)" in problems[0]


def test_missing_files_are_the_only_problem_reported(card: Card, tmp_path: Path) -> None:
    [problem] = checked(replace(card, folder=str(tmp_path)))
    assert "files missing" in problem
    assert str(tmp_path) in problem


def test_services_and_weightless_models_have_nothing_to_check() -> None:
    assert checked(cards.get("hashing")) == []
    assert checked(cards.get("text-embedding-3-small")) == []
