"""The real model through the fast path: the reference library's vectors, and the published quality."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from askew.encoders import Encoder
from askew.encoders.loading import load
from askew.models import cards
from askew.types import Role

CARD = cards.get("all-MiniLM-L6-v2")
DATA = Path(os.environ.get("ASKEW_DATA", Path(__file__).parents[2] / "shared" / "data"))
PUBLISHED_STS16 = 0.78989  # Spearman; embeddings-benchmark/results@f4cc6c8b


@pytest.fixture(scope="module", params=["fp32", "int8"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    return load(CARD, "paraphrase", request.param)


def test_vectors_are_the_reference_librarys(encoder: Encoder) -> None:
    """The card's golden vectors were computed by sentence-transformers and have six digits."""
    vectors = encoder.encode([golden.text for golden in CARD.golden], Role.DOCUMENT).vectors
    room = 1e-5 if encoder.signature.precision == "fp32" else 2e-2
    for golden, vector in zip(CARD.golden, vectors, strict=True):
        assert np.abs(vector[: len(golden.vector)] - golden.vector).max() <= room


def test_a_vector_does_not_depend_on_its_batch(encoder: Encoder) -> None:
    texts = [golden.text for golden in CARD.golden] + [f"Sentence {'very ' * (i % 9)}number {i}." for i in range(60)]
    together = encoder.encode(texts, Role.DOCUMENT).vectors
    alone = np.concatenate([encoder.encode([text], Role.DOCUMENT).vectors for text in texts])
    assert (together * alone).sum(axis=1).min() >= 1 - 1e-6


def test_the_published_correlation_is_reproduced(encoder: Encoder) -> None:
    file = DATA / "sts16" / "test.senteval-tokenised.tsv"
    if not file.exists():
        pytest.skip(f"STS16 is not at {file}; set ASKEW_DATA to the folder that holds sts16/")
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    sides = [[row[name] for row in rows] for name in ("text1", "text2")]
    a, b = (encoder.encode(side, Role.DOCUMENT).vectors for side in sides)
    found = spearmanr((a * b).sum(axis=1), [float(row["score"]) for row in rows]).statistic
    assert found == pytest.approx(PUBLISHED_STS16, abs=0.001 if encoder.signature.precision == "fp32" else 0.005)
