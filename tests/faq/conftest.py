from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.counting import Counting, counting
from helpers.shop import SHOP

from askew.faq.faq import Faq


@pytest.fixture
def encoders() -> tuple[Counting, Counting]:
    """For the questions and for the answers."""
    return counting("duplicate-questions"), counting("question-answering")


@pytest.fixture
def shop(tmp_path: Path, encoders: tuple[Counting, Counting]) -> Iterator[Faq]:
    with Faq.create(tmp_path / "shop", question_encoder=encoders[0], answer_encoder=encoders[1]) as made:
        made.add(SHOP)
        yield made
