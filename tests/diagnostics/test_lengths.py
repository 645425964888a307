from pathlib import Path

import numpy as np
import pytest
from helpers.patients import Make, entry, plain_texts, spread

from askew.diagnostics.finding import DiagnosticContext, Finding, Level
from askew.diagnostics.sample import draw
from askew.diagnostics.vector_checks import vector_norms
from askew.index import Index
from askew.types import FloatMatrix

DPR = """
name = "by-dot"
summary = "random"
architecture = "hashing"
pooling = "mean"
normalised = false
similarity = "dot"
dim = 512
max_tokens = 512
languages = ["en"]
licence = "MIT"
commercial = true
size_mb = 1
tasks = ["question-answering"]
verified = false
checked = "random"
"""


def found(case: DiagnosticContext) -> Finding:
    [finding] = vector_norms(case, draw(case.index.store))
    return finding


@pytest.fixture
def by_dot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    (tmp_path / "by-dot.toml").write_text(DPR)

    def make(texts: list[str], rows: FloatMatrix) -> DiagnosticContext:
        index = Index.create(tmp_path / "dot", "question-answering", model=str(tmp_path / "by-dot.toml"), policy="warn")
        index.store.write([entry(f"d{i}", text, row) for i, (text, row) in enumerate(zip(texts, rows, strict=True))])
        return DiagnosticContext(index, "dot", index.sizes())

    return make


def test_vectors_that_are_not_normalised_in_an_index_by_cosine(patient: Make) -> None:
    rows = spread(40, 512)
    rows[:10] *= 3
    finding = found(patient(plain_texts(40), rows))
    assert (finding.level, finding.figure) == (Level.ADVICE, 0.25)
    assert finding.sentence.startswith("25 % of the vectors do not have length one")


def test_normalised_vectors_and_one_of_nothing(patient: Make) -> None:
    rows = spread(40, 512)
    rows[3] = 0
    assert found(patient(plain_texts(40), rows)).level is Level.FINE


def test_by_dot_the_long_win(by_dot: Make) -> None:
    texts = ["word " * (1 + i) for i in range(80)]
    finding = found(by_dot(texts, spread(80, 512) * np.linspace(1, 4, 80, dtype=np.float32)[:, None]))
    assert finding.level is Level.ADVICE
    assert finding.sentence.startswith("By the dot product long passages score higher")
    assert "--policy chunk" in finding.remedy


def test_by_dot_lengths_of_their_own_are_fine_and_few_are_not_told(by_dot: Make, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    case = by_dot(plain_texts(80), spread(80, 512) * rng.uniform(1, 4, (80, 1)).astype(np.float32))
    assert found(case).level is Level.FINE
    case.index.delete([f"d{i}" for i in range(40)])
    assert found(case).level is Level.UNTOLD
