from pathlib import Path

import numpy as np
import pytest
from helpers.patients import Make, entry, plain_texts, spread
from scipy.stats import spearmanr

from askew.diagnostics.finding import DiagnosticContext, Finding, Level
from askew.diagnostics.sample import QueryResults, draw, neighbours, search_passages
from askew.diagnostics.vector_checks import anisotropy, hubs, length_bias, near_ties, spearman, vector_norms
from askew.index import Index
from askew.progress import silent
from askew.types import FloatMatrix


@pytest.mark.parametrize(("common", "level"), [(0.0, Level.FINE), (2.0, Level.NOTE)])
def test_a_high_floor_is_worth_a_note(patient: Make, common: float, level: Level) -> None:
    case = patient(plain_texts(100), spread(100, 512, common))
    [finding] = anisotropy(case, draw(case.index.store))
    assert finding.level is level
    assert finding.figure == pytest.approx(common**2 / (1 + common**2), abs=0.02)


def test_of_few_nothing_is_said(patient: Make) -> None:
    case = patient(plain_texts(9))
    assert anisotropy(case, draw(case.index.store))[0].level is Level.UNKNOWN


def test_passages_in_one_place_are_found_whatever_the_floor(patient: Make) -> None:
    for common in (0.0, 2.0):
        rows = spread(200, 512, common=common)
        rows[:30] = rows[0]
        case = patient(plain_texts(200), rows)
        sample = draw(case.index.store)
        [finding] = near_ties(case, sample, neighbours(sample))
        assert (finding.level, finding.figure) == (Level.ADVICE, 0.15)
        assert "15 % of the passages have nearly the same vector as 10 others" in finding.sentence


def test_a_narrow_cone_is_not_crowded(patient: Make) -> None:
    case = patient(plain_texts(200), spread(200, 512, common=3.0))
    sample = draw(case.index.store)
    [finding] = near_ties(case, sample, neighbours(sample))
    assert finding.level is Level.FINE


def test_it_is_spearmans_also_with_ties() -> None:
    rng = np.random.default_rng(1)
    one = rng.integers(0, 20, 300)
    other = one + rng.integers(0, 30, 300)
    found = spearman(one, other)
    assert found.value == pytest.approx(spearmanr(one, other).statistic, abs=1e-12)
    assert found.low < found.value < found.high
    assert found.lower_bound == found.low
    assert str(found).startswith(f"{found.value:.2f}, 95 % interval ")


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Independent figures have a correlation of 0."""
    rng = np.random.default_rng(2)
    held = [found.low <= 0 <= found.high for found in (spearman(*rng.normal(size=(2, 40))) for _ in range(400))]
    assert 0.92 <= np.mean(held) <= 0.98


def test_falling_figures_are_as_sure_as_rising_ones() -> None:
    up, down = spearman(range(50), range(50)), spearman(range(50), range(50, 0, -1))
    assert up.lower_bound == pytest.approx(down.lower_bound)


def test_nothing_is_known_of_what_does_not_vary() -> None:
    assert spearman([1, 1, 1, 1, 1], [1, 2, 3, 4, 5]).lower_bound == 0
    assert spearman([1, 2], [1, 2]).lower_bound == 0


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
    assert finding.sentence.startswith("25 % of the vectors")


def test_normalised_vectors_and_one_of_nothing(patient: Make) -> None:
    rows = spread(40, 512)
    rows[3] = 0
    assert found(patient(plain_texts(40), rows)).level is Level.FINE


def test_by_dot_the_long_win(by_dot: Make) -> None:
    texts = ["word " * (1 + i) for i in range(80)]
    finding = found(by_dot(texts, spread(80, 512) * np.linspace(1, 4, 80, dtype=np.float32)[:, None]))
    assert finding.level is Level.ADVICE
    assert finding.sentence.startswith("With the dot product, long passages")
    assert "--policy chunk" in finding.remedy


def test_by_dot_lengths_of_their_own_are_fine_and_few_are_not_told(by_dot: Make, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    case = by_dot(plain_texts(80), spread(80, 512) * rng.uniform(1, 4, (80, 1)).astype(np.float32))
    assert found(case).level is Level.FINE
    case.index.delete([f"d{i}" for i in range(40)])
    assert found(case).level is Level.UNKNOWN


def found_length_bias(case: DiagnosticContext) -> Finding:
    sample = draw(case.index.store)
    [finding] = length_bias(case, sample, neighbours(sample))
    return finding


def test_short_passages_that_win(patient: Make) -> None:
    """The shorter a text, the nearer it lies to the middle of all."""
    texts = ["word " * (1 + i % 100) for i in range(400)]
    rows = spread(400, 512)
    rows[:, 0] += np.array([3.0 / (1 + i % 100) for i in range(400)])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    finding = found_length_bias(patient(texts, rows.astype(np.float32)))
    assert finding.level is Level.ADVICE
    assert finding.figure < -0.3
    assert finding.sentence.startswith("Short passages are found more often than long ones")
    assert (
        finding.remedy == "Make passages equally long: askew migrate patient --policy chunk --chunk-tokens 128 --switch"
    )


def test_lengths_that_do_not_matter(patient: Make) -> None:
    assert found_length_bias(patient(plain_texts(400))).level is Level.FINE


def found_hubs(case: DiagnosticContext, asked: QueryResults | None = None) -> list[Finding]:
    sample = draw(case.index.store)
    return hubs(case, asked or search_passages(case.index, sample, silent), neighbours(sample))


def test_a_document_that_comes_up_for_everything_is_named(patient: Make) -> None:
    rows = spread(300, 512, common=1.0)
    rows[7] = 0
    rows[7, 0] = 1
    [finding] = found_hubs(patient(plain_texts(300), rows))
    assert finding.level is Level.ADVICE
    assert finding.figure > 0.9
    assert "by 3 % of 300 passages" in finding.sentence
    assert "'d7' ('In the year 1007" in finding.sentence
    assert "askew delete patient ID" in finding.remedy


def test_random_directions_have_no_hub(patient: Make) -> None:
    [finding] = found_hubs(patient(plain_texts(300)))
    assert finding.level is Level.FINE
    assert "skewness" in finding.sentence


def test_the_middle_of_a_large_theme_is_no_hub(patient: Make) -> None:
    """Forty documents of one theme all find its middle: they have the theme in common."""
    rows = spread(300, 512)
    rows[:40] = 0.6 * rows[:40] + 0.8 * rows[0]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    [finding] = found_hubs(patient(plain_texts(300), rows))
    assert finding.level is Level.FINE


def test_what_users_ask_for_all_the_time_is_no_hub_and_what_all_of_them_get_is(patient: Make) -> None:
    case = patient(plain_texts(300))
    directions = spread(100, 512)
    popular = [{"d1": 1} if row < 30 else {f"d{row}": row} for row in range(100)]
    directions[:30] = directions[0]
    [finding] = found_hubs(case, QueryResults(directions, [""] * 100, popular, real=True))
    assert finding.level is Level.FINE
    [finding] = found_hubs(case, QueryResults(spread(100, 512), [""] * 100, popular, real=True))
    assert finding.level is Level.ADVICE
    assert "30 %" in finding.sentence
    assert "users' queries" in finding.sentence


def test_of_few_documents_nothing_is_said(patient: Make) -> None:
    case = patient(plain_texts(30))
    [finding] = found_hubs(case, QueryResults(spread(1, 512), [""], [{}], real=True))
    assert finding.level is Level.UNKNOWN
