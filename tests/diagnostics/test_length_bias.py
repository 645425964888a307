import numpy as np
from helpers.patients import Make, plain_texts, spread

from askew.diagnostics.finding import DiagnosticContext, Finding, Level
from askew.diagnostics.sample import draw, within
from askew.diagnostics.vector_checks import length_bias


def found(case: DiagnosticContext) -> Finding:
    sample = draw(case.index.store)
    [finding] = length_bias(case, sample, within(sample))
    return finding


def test_short_passages_that_win(patient: Make) -> None:
    """The shorter a text, the nearer it lies to the middle of all."""
    texts = ["word " * (1 + i % 100) for i in range(400)]
    rows = spread(400, 512)
    rows[:, 0] += np.array([3.0 / (1 + i % 100) for i in range(400)])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    finding = found(patient(texts, rows.astype(np.float32)))
    assert finding.level is Level.ADVICE
    assert finding.figure < -0.3
    assert finding.sentence.startswith("Short passages are found more often than long ones")
    assert (
        finding.remedy
        == "Make passages of one length: askew migrate patient --policy chunk --chunk-tokens 128 --switch"
    )


def test_lengths_that_do_not_matter(patient: Make) -> None:
    assert found(patient(plain_texts(400))).level is Level.FINE
