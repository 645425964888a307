"""Adapters of the query side: what they minimise, and an index adapted from end to end."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from helpers.adaptable import Adaptable, adaptable
from helpers.encoder_pairs import texts
from safetensors.numpy import load_file

from askew import Document, Index, InputError, adapt, migrate
from askew.encoders.least_squares import fit_queries
from askew.encoders.loading import load
from askew.models import cards, own
from askew.similarity import normalise
from askew.training import adapters
from askew.training.adaptation import Adapted
from askew.training.adapters import CONTRASTIVE, PENALTIES, RIDGE, TEMPERATURE, Lessons, fitted, identity
from askew.training.query_folder import write_queries
from askew.training.splits import read_card
from askew.types import Role

pytest.importorskip("scipy")


def lessons(queries: int = 60, passages: int = 80, dim: int = 12) -> Lessons:
    rng = np.random.default_rng(0)
    asked, found = (normalise(rng.normal(size=(n, dim)).astype(np.float32)) for n in (queries, passages))
    relevant = np.zeros((queries, passages), bool)
    relevant[np.arange(queries), rng.integers(0, passages, queries)] = True
    relevant[np.arange(queries), rng.integers(0, passages, queries)] = True
    return Lessons(asked, adapters.targets([found[row] for row in relevant]), found, relevant)


def test_ridge_solves_its_normal_equations() -> None:
    given = lessons()
    gram, unit = given.queries.T @ given.queries, np.eye(12)
    full = [one for one in fitted(RIDGE, given) if one.rank == 0]
    assert [one.penalty for one in full] == list(PENALTIES[RIDGE])
    for one in full:
        weight = one.penalty * np.trace(gram) / 12
        left = one.matrix @ (gram + weight * unit)
        assert left == pytest.approx(given.targets.T @ given.queries + weight * unit, abs=1e-3)


def test_the_gradient_of_the_contrastive_loss_is_that_of_finite_differences() -> None:
    given, rng = lessons(), np.random.default_rng(1)
    flat = (np.eye(12) + 0.1 * rng.normal(size=(12, 12))).ravel()
    _, gradient = adapters._loss(flat, given, adapters.evenly(given.relevant), 1.0)
    for place in rng.integers(0, 144, 8):
        step = np.zeros(144)
        step[place] = 1e-3
        ends = [adapters._loss(flat + sign * step, given, adapters.evenly(given.relevant), 1.0)[0] for sign in (1, -1)]
        assert gradient[place] == pytest.approx((ends[0] - ends[1]) / 2e-3, abs=2e-3)


def test_the_contrastive_loss_is_infonce_with_every_relevant_passage() -> None:
    given = lessons()
    scores = given.queries @ given.passages.T / TEMPERATURE
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    expected = -np.mean([np.log(row[marks]).mean() for row, marks in zip(shares, given.relevant, strict=True)])
    assert adapters._loss(np.eye(12).ravel(), given, adapters.evenly(given.relevant), 5.0)[0] == pytest.approx(
        expected, rel=1e-4
    )


def test_a_weaker_penalty_moves_further_and_learns_more() -> None:
    given = lessons()
    full = [one for one in fitted(CONTRASTIVE, given) if one.rank == 0]
    apart = [float(np.linalg.norm(one.matrix - np.eye(12))) for one in full]
    even = adapters.evenly(given.relevant)
    losses = [adapters._loss(one.matrix.astype(float).ravel(), given, even, 0.0)[0] for one in full]
    assert apart == sorted(apart)
    assert losses == sorted(losses, reverse=True)


def test_a_low_rank_adapter_differs_from_the_identity_in_so_many_directions() -> None:
    rng = np.random.default_rng(0)
    found = adapters._low_rank((np.eye(12) + rng.normal(size=(12, 12))).astype(np.float32), 3)
    assert np.linalg.matrix_rank(found - np.eye(12), tol=1e-5) == 3


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adaptable]:
    folder = tmp_path_factory.mktemp("adaptable")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASKEW_CARDS", str(folder / "cards"))
        patch.setenv("ASKEW_CACHE", str(folder / "cache"))
        yield adaptable(folder)


@pytest.fixture(scope="module")
def ridge(made: Adaptable) -> Adapted:
    return adapt(made.name, made.queries, made.qrels, method=RIDGE, out=made.name.with_name("by-ridge"))


def test_an_index_is_adapted_and_migrated_without_encoding_a_document(made: Adaptable, tmp_path: Path) -> None:
    name = tmp_path / "book"
    shutil.copytree(made.name.with_suffix(".askew"), name.with_suffix(".askew"))
    found = adapt(name, made.queries, made.qrels, forgetting=[made.foreign])
    assert found.method in (RIDGE, CONTRASTIVE)
    assert found.dev[1] > found.dev[0]
    assert found.verdict.held_out.compared.difference > 0.05
    assert found.verdict.accepted, found.verdict.reasons
    assert (found.model, found.seen) == ("book-adapted", None)
    assert found.folder is not None
    assert read_card(found.folder) == found.card
    assert json.loads((found.folder / "verdict.json").read_text("utf-8"))["accepted"] is True
    moved = migrate(name, to=found.model, switch=True)
    assert (moved.written, moved.copied) == (0, 200)
    with Index.open(name) as index:
        ranked = index.rank(list(made.queries.values())[:100], k=1)
    assert sum(hits[0].document == f"d{n // 2}" for n, hits in enumerate(ranked)) > 30


def test_the_folder_computes_what_was_measured(made: Adaptable, ridge: Adapted) -> None:
    assert ridge.folder is not None
    queries = list(made.queries.values())[:20]
    base = load(cards.get("large"), "question-answering").encode(queries, Role.QUERY).vectors
    adapted = load(own.shown(str(ridge.folder)), "question-answering").encode(queries, Role.QUERY).vectors
    matrix = load_file(ridge.folder / "askew_Dense" / "model.safetensors")["linear.weight"]
    assert adapted == pytest.approx(normalise(base @ matrix.T), abs=1e-5)


def test_sentence_transformers_loads_the_folder_unchanged(made: Adaptable, ridge: Adapted) -> None:
    library = pytest.importorskip("sentence_transformers")
    queries = list(made.queries.values())[:20]
    theirs = library.SentenceTransformer(str(ridge.folder), device="cpu").encode(queries)
    ours = load(own.shown(str(ridge.folder)), "question-answering").encode(queries, Role.QUERY).vectors
    assert np.abs(theirs - ours).max() < 1e-5


def test_a_static_encoder_stays_static(made: Adaptable, tmp_path: Path) -> None:
    small = own.shown(str(fit_queries(tmp_path / "small", "large", texts(300)).folder))
    matrix = (np.eye(32) + 0.2 * np.random.default_rng(0).normal(size=(32, 32))).astype(np.float32)
    (tmp_path / "adapted").mkdir()
    write_queries(tmp_path / "adapted", small, matrix, "question-answering")
    adapted = own.shown(str(tmp_path / "adapted"))
    assert adapted.architecture == "static"
    asked = list(made.queries.values())[:20]
    before, after = (load(one, "question-answering").encode(asked, Role.QUERY).vectors for one in (small, adapted))
    assert after == pytest.approx(normalise(before @ matrix.T), abs=1e-5)


def test_what_is_not_better_is_kept_and_not_offered(made: Adaptable, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    wrong = {query: {f"d{rng.integers(200)}": 1.0} for query in made.queries}
    found = adapt(made.name, made.queries, wrong, method=CONTRASTIVE, out=tmp_path / "wrong")
    assert not found.verdict.accepted
    assert found.model == ""
    assert "wrong" not in cards.names()


def test_the_same_seed_gives_the_same_result(made: Adaptable, tmp_path: Path) -> None:
    one, other = (
        adapt(made.name, made.queries, made.qrels, method=RIDGE, out=tmp_path / name, seed=3)
        for name in ("one", "other")
    )
    assert one.verdict.held_out == other.verdict.held_out
    assert one.card == other.card


def test_nothing_is_overwritten_and_little_data_is_refused(made: Adaptable, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(InputError, match="already exists"):
        adapt(made.name, made.queries, made.qrels, out=tmp_path / "taken")
    few = dict(list(made.queries.items())[:50])
    with pytest.raises(InputError, match="300 in all"):
        adapt(made.name, few, made.qrels, out=tmp_path / "x")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("task", "settings"), [("question-answering", {"model": "hashing"}), ("paraphrase", {"dim": 4})]
)
def test_an_index_whose_queries_cannot_get_an_adapter_is_refused(
    tmp_path: Path, task: str, settings: dict[str, object]
) -> None:
    with Index.create(tmp_path / "i", task, **settings) as index:  # type: ignore[arg-type]
        vectors = None if "model" in settings else np.ones((1, 4))
        index.add([Document("d", "text")], vectors=vectors)
    with pytest.raises(InputError):
        adapt(tmp_path / "i", {"q": "text"}, {"q": {"d": 1}})


def test_the_identity_changes_nothing() -> None:
    given = lessons()
    assert identity(12)(given.queries) == pytest.approx(given.queries, abs=1e-6)
