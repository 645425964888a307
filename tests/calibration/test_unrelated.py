from pathlib import Path

import numpy as np
import pytest
from helpers.judged import corpus

from askew.calibration.calibrate import unrelated
from askew.dedup.corpus import of_index
from askew.errors import InputError
from askew.index import Index


def test_random_pairs_are_of_different_documents(tmp_path: Path) -> None:
    with Index.create(tmp_path / "x", "question-answering", model="hashing", chunk_tokens=4, overlap=0) as index:
        index.add(corpus(20))
        one = of_index(index)
        found = unrelated(one)
        vectors = one.vectors.vectors(one.vectors.keys)
        owners = one.owners(one.vectors.keys)
    scores = (vectors @ vectors.T)[owners[:, None] != owners[None, :]]
    assert 0.9 * 10_000 < found.pairs < 10_000
    assert found.mean == pytest.approx(float(scores.mean()), abs=0.01)
    assert dict(found.percentiles)[90.0] == pytest.approx(float(np.percentile(scores, 90)), abs=0.05)
    assert [score for _, score in found.percentiles] == sorted(score for _, score in found.percentiles)


def test_one_text_is_too_few(tmp_path: Path) -> None:
    with Index.create(tmp_path / "x", "paraphrase", model="hashing") as index:
        index.add(corpus(1))
        with pytest.raises(InputError):
            unrelated(of_index(index))
