"""Learned sparse search of an index: contract, truncation, updates, filters, and what is refused."""

import json
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from helpers import sparse_model
from helpers.cli import Here, refused

import askew
from askew import ContractError, Document, Index, InputError, ModelError, StoreError
from askew.contract import Contract
from askew.encoders.sparse.encoder import load
from askew.encoders.sparse.folder import resolve
from askew.migration import steps
from askew.search.hybrid import ChannelRanking, fuse_channels, rank_channels
from askew.search.ranking import SPARSE_FACTOR, SearchParams, sparse
from askew.types import Role

TASK = "question-answering"
TEXTS = {
    "leave": "Everyone has 28 days of paid holiday a year.",
    "dogs": "Dogs may come to the office on Fridays.",
    "canteen": "The canteen opens at noon.",
    "chess": "Two men are playing chess.",
}
DOCUMENTS = [Document(id, text, metadata={"year": 2020 + n}) for n, (id, text) in enumerate(TEXTS.items())]


@pytest.fixture(autouse=True)
def own_cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "own-cards"))


@pytest.fixture(params=["splade", "inference_free"])
def model(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return Path(getattr(sparse_model, request.param)(tmp_path / "tiny-sparse"))


@pytest.fixture
def index(model: Path, tmp_path: Path) -> Iterator[Index]:
    with Index.create(tmp_path / "shop", TASK, model="hashing", sparse=str(model)) as made:
        made.add(DOCUMENTS)
        yield made


def expected(model: Path, query: str) -> dict[str, float]:
    """The inner products of unquantised vectors, by document."""
    encoder = load(resolve(str(model)), TASK)
    dim = encoder.signature.dim
    sides = [(list(TEXTS.values()), Role.DOCUMENT), ([query], Role.QUERY)]
    texts, asked = (encoder.encode(given, role).rows for given, role in sides)
    matrix, vector = np.zeros((len(texts), dim)), np.zeros(dim)
    matrix[np.repeat(np.arange(len(texts)), np.diff(texts.starts)), texts.terms] = texts.weights
    vector[asked.terms] = asked.weights
    return dict(zip(TEXTS, (matrix @ vector).tolist(), strict=True))


def test_scores_are_the_inner_products_within_the_steps(index: Index, model: Path) -> None:
    query = "how many days of holiday do I have?"
    exact = expected(model, query)
    hits = index.search(query, mode="sparse")
    assert {hit.id for hit in hits} == {id for id, score in exact.items() if score > 0}
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert [hit.method for hit in hits] == ["sparse"] * len(hits)
    for hit in hits:
        assert hit.score == pytest.approx(exact[hit.id], rel=0.02)
    many = index.search([query, "chess"], mode="sparse")
    assert [hit.id for hit in many[0]] == [hit.id for hit in hits]
    ranked = index.rank([query], 10, mode="sparse")[0]
    assert [(one.document, one.score) for one in ranked] == [(hit.id, hit.score) for hit in hits]
    assert index.context(query, mode="sparse").citations[0].document == hits[0].id


def test_it_is_the_third_channel_of_hybrid_search(index: Index) -> None:
    query = "how many days of holiday do I have?"
    vectors, terms = index.sealed.encode_queries([query], "t"), index.sealed.encoded_sparse([query], "t").rows
    [two] = rank_channels(index.store, [query], vectors, SearchParams())
    third = ChannelRanking(sparse(index.store, terms, 100)[0], index.store.sparse_moments(terms)[0], SPARSE_FACTOR)
    expected = fuse_channels((*two, third), (1, 1, 1), 10)
    hits = index.search(query, mode="hybrid")
    assert [(hit.id, hit.score) for hit in hits] == [(one.document, one.score) for one in expected]
    assert [(one.document, one.score) for one in index.rank([query], 10, mode="hybrid")[0]] == [
        (one.document, one.score) for one in expected
    ]
    assert len(hits) >= len(third.ranking) > 0
    for rank, hit in enumerate(hits, 1):
        explained = askew.explain(index, query, hit.id)
        assert explained.hybrid.rank == rank
        assert [each.channel for each in explained.evidence] == ["dense", "lexical", "sparse"]
        assert sum(each.share for each in explained.evidence) == pytest.approx(hit.score)


def test_its_weight_is_learned_kept_shown_and_overridden(index: Index, tmp_path: Path) -> None:
    queries = ["how many days of holiday do I have?", "two men are playing chess in the canteen"]
    assert index.weights == (1.0, 1.0, 1.0)
    judged = [{index.search(query, 1, mode="sparse")[0].id: 1} for query in queries]
    learned = index.learn(queries, judged)
    assert (learned.sparse_alone, learned.fused, learned.queries) == (1.0, 1.0, 2)
    assert index.weights == (learned.dense, learned.lexical, learned.sparse)
    assert sum(index.weights) == pytest.approx(1)
    hits = index.search(queries[0], mode="hybrid")
    assert [hit.score for hit in hits] == [
        hit.score for hit in index.search(queries[0], mode="hybrid", weights=index.weights)
    ]
    explained = askew.explain(index, queries[0], hits[0].id)
    assert explained.weights == tuple(each.weight for each in explained.evidence) == index.weights
    assert askew.explain(index, queries[0], hits[0].id, weights=(2, 1)).weights == (2, 1, 1.5)
    alone = [hit.id for hit in index.search(queries[0], mode="hybrid", weights=(0, 0, 1))]
    assert alone == [hit.id for hit in index.search(queries[0], mode="sparse")]
    with Index.create(tmp_path / "two", TASK, model="hashing") as two:
        two.add([Document("a", "dogs")])
        for refused in (
            lambda: two.search("dogs", weights=(1, 1, 1)),
            lambda: askew.explain(two, "dogs", "a", weights=(1, 1, 1)),
        ):
            with pytest.raises(InputError):
                refused()


def test_updates_deletes_filters_and_pages(index: Index) -> None:
    query = "two men are playing chess in the canteen"
    every = [hit.id for hit in index.search(query, mode="sparse")]
    assert len(every) >= 3
    pages = [index.search(query, 1, mode="sparse", offset=n)[0].id for n in range(len(every))]
    assert pages == every
    kept = index.search(query, mode="sparse", where={"year": {"$lt": 2022}})
    assert [hit.id for hit in kept] == [id for id in every if id in ("leave", "dogs")]
    index.delete(every[0])
    assert [hit.id for hit in index.search(query, mode="sparse")] == every[1:]
    index.add([Document(every[1], "𒈙")])
    index.optimise()
    assert every[1] not in [hit.id for hit in index.search(query, mode="sparse", k=2)] or len(every) < 4
    assert index.check() == []


def test_it_is_opened_again_with_the_same_encoder(index: Index, model: Path, tmp_path: Path) -> None:
    before = [(hit.id, hit.score) for hit in index.search("chess", mode="sparse")]
    index.close()
    with Index.open(tmp_path / "shop") as opened:
        assert [(hit.id, hit.score) for hit in opened.search("chess", mode="sparse")] == before
        sealed = json.loads(opened.store.manifest)
        assert (sealed["format"], sealed["sparse"]["model"]) == (3, "tiny-sparse")
    with Index.open_or_create(tmp_path / "shop", TASK, sparse=str(model)) as opened:
        assert opened.contract.sparse is not None


def test_another_sparse_encoder_is_refused(index: Index, model: Path, tmp_path: Path) -> None:
    index.close()
    getattr(sparse_model, "splade" if (model / "1_SpladePooling").exists() else "inference_free")(model, seed=9)
    with Index.open(tmp_path / "shop", writable=True) as opened:
        with pytest.raises(ContractError) as raised:
            opened.search("chess", mode="sparse")
        assert {difference.field for difference in raised.value.differences} == {"weights"}
        with pytest.raises(ContractError):
            opened.add(["new"])
        assert opened.search("chess", mode="dense")  # that encoder is the same
        assert len(opened) == len(TEXTS)
    other = sparse_model.splade(tmp_path / "other-sparse")
    with pytest.raises(ContractError, match="other settings"):
        Index.open_or_create(tmp_path / "shop", TASK, sparse=str(other))


def test_an_altered_contract_is_found_out(index: Index) -> None:
    sealed = json.loads(index.store.manifest)
    sealed["sparse"]["max_tokens"] += 1
    with pytest.raises(StoreError, match="altered"):
        Contract.read(json.dumps(sealed))
    del sealed["sparse"]
    with pytest.raises(StoreError, match="altered"):
        Contract.read(json.dumps(sealed))


def test_what_the_sparse_encoder_does_not_see_is_reported(tmp_path: Path) -> None:
    model = str(sparse_model.splade(tmp_path / "tiny-sparse", longest=12))
    long = "Everyone has 28 days of paid holiday a year, and some have more than that. " * 2
    with Index.create(tmp_path / "accept", TASK, model="hashing", sparse=model, policy="accept") as index:
        added = index.add([long, "a"])
        assert (added.new, added.truncated, added.truncated_sparse) == (2, 0, 1)
        with pytest.warns(askew.TruncationWarning):
            assert index.search(long, mode="sparse").lost > 0
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert index.search("a", mode="sparse").lost == 0
    with Index.create(tmp_path / "error", TASK, model="hashing", sparse=model, policy="error") as index:
        with pytest.raises(InputError, match="longer than the model"):
            index.add([long])
        assert len(index) == 0


def test_what_cannot_be_is_refused(index: Index, tmp_path: Path) -> None:
    for wrong in ({"min_confidence": 0.9}, {"document_score": "mean2"}):
        with pytest.raises(InputError):
            index.search("chess", mode="sparse", **wrong)
    with pytest.raises(InputError, match="takes vectors"):
        index.search(np.ones(512, np.float32), mode="sparse")
    with (
        Index.create(tmp_path / "plain", TASK, model="hashing") as plain,
        pytest.raises(InputError, match="no learned sparse encoder"),
    ):
        plain.search("chess", mode="sparse")
    for unknown in ("no-such-model", str(tmp_path)):
        with pytest.raises((InputError, ModelError)):
            Index.create(tmp_path / "new", TASK, model="hashing", sparse=unknown)
    with pytest.raises(ModelError, match="sparse encoder: pass it with --sparse"):
        Index.create(tmp_path / "new", TASK, model="tiny-sparse")
    with pytest.raises(InputError, match="sparse"):
        Index.create(tmp_path / "new", "faq", sparse="tiny-sparse")
    with pytest.raises(InputError, match="sparse"):
        Index.create(tmp_path / "new", TASK, dim=3, sparse="tiny-sparse")
    assert not (tmp_path / "new.askew").exists()


def test_a_migration_keeps_it_or_adds_it(index: Index, model: Path, tmp_path: Path) -> None:
    before = [(hit.id, hit.score) for hit in index.search("chess", mode="sparse")]
    index.close()
    askew.migrate(tmp_path / "shop", chunk_tokens=40, switch=True)
    with Index.open(tmp_path / "shop") as migrated:
        assert [(hit.id, hit.score) for hit in migrated.search("chess", mode="sparse")] == before
    with Index.create(tmp_path / "plain", TASK, model="hashing") as plain:
        plain.add(DOCUMENTS)
    askew.migrate(tmp_path / "plain", sparse=str(model), switch=True)
    with Index.open(tmp_path / "plain") as migrated:
        assert [(hit.id, hit.score) for hit in migrated.search("chess", mode="sparse")] == before
    steps.drop_old(tmp_path / "plain")
    with pytest.raises(InputError, match="nothing to migrate"):
        askew.migrate(tmp_path / "plain", sparse=str(model))


def test_the_commands_do_the_same(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    askew_here = Here(monkeypatch, capsys)
    for id, text in TEXTS.items():
        (tmp_path / f"{id}.txt").write_text(text)
    files = [f"{id}.txt" for id in TEXTS]
    made = askew_here("index", "shop", *files, "--task", TASK, "--model", "hashing", "--sparse", str(model))
    assert made.code == 0, made.err
    query = "two men playing chess"
    found = [hit["score"] for hit in askew_here("search", "shop", query, "--mode", "sparse", "--json").json["hits"]]
    with Index.open(tmp_path / "shop") as index:
        assert found == [hit.score for hit in index.search(query, mode="sparse")]
    assert "tiny-sparse" in askew_here("show", "shop").out
    askew_here("index", "plain", *files, "--task", TASK, "--model", "hashing")
    refused(askew_here("search", "plain", query, "--mode", "sparse"), "--sparse MODEL")
    refused(askew_here("index", "faq", *files, "--task", "faq", "--sparse", str(model)), "--sparse")
