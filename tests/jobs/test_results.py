"""The results of a cluster are those of one machine: vectors, stores, pairs, certificate, measures."""

import os
import signal
import subprocess
import sys
import time
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.cli import process
from helpers.near_texts import sentences

import askew
from askew import Index
from askew.dedup.exact.begin import Keep
from askew.dedup.exact.kept import Folder
from askew.dedup.exact.pairs import Found, pairs
from askew.dedup.exact.vectors import InMemory
from askew.encoders.cache import RECORD, CachedEncoder
from askew.encoders.loading import load
from askew.errors import ContractError, InputError, ModelError
from askew.jobs.cluster import RayCluster
from askew.jobs.encoding import SHARD, ClusterEncoder
from askew.jobs.mining import work_on
from askew.jobs.weights import SentFile, SentWeights, hashes, placed, send
from askew.models import cards
from askew.models.card import Card
from askew.progress import Progress
from askew.types import FloatMatrix, Role

pytestmark = [pytest.mark.alone, pytest.mark.filterwarnings("ignore::ResourceWarning")]
TASK = "duplicate-questions"
DRIVER = """
import sys
from askew.encoders.cache import CachedEncoder
from askew.encoders.loading import load
from askew.jobs.cluster import connected
from askew.jobs.encoding import ClusterEncoder
from askew.models import cards
from askew.types import Role
from helpers.near_texts import sentences
from pathlib import Path

card = cards.get("hashing")
with connected("ray") as cluster:
    encoder = ClusterEncoder(cluster, load(card, "duplicate-questions"), card, "duplicate-questions", "fp32")
    CachedEncoder(encoder, Path(sys.argv[1])).encode(sentences(16_000, 40, 60, 5), Role.DOCUMENT)
"""


def on(cluster: RayCluster) -> ClusterEncoder:
    card = cards.get("hashing")
    return ClusterEncoder(cluster, load(card, TASK), card, TASK, "fp32")


def planted(rows: int = 7000, dim: int = 48) -> FloatMatrix:
    rng = np.random.default_rng(3)
    vectors = rng.normal(size=(rows, dim))
    vectors[-200:] = vectors[:200] + rng.normal(size=(200, dim)) * 0.2
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def same(one: Found, other: Found) -> bool:
    equal = np.array_equal(one.keys, other.keys) and np.array_equal(one.scores, other.scores)
    return equal and one.certificate == other.certificate


def test_vectors_and_counts_are_those_of_one_machine(cluster: RayCluster) -> None:
    texts = sentences(3000, 3, 30, 1)
    titles = [text[:4] for text in texts]
    encoder = on(cluster)
    one = load(cards.get("hashing"), TASK).encode(texts, Role.DOCUMENT, titles=titles)
    steps: list[Progress] = []
    two = encoder.encode(texts, Role.DOCUMENT, steps.append, titles)
    assert np.array_equal(one.vectors, two.vectors)
    assert np.array_equal(one.tokens, two.tokens)
    assert np.array_equal(one.seen, two.seen)
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert (steps[-1].done, steps[-1].total) == (3000, 3000)
    names = {shard.name for shard in encoder._shards(texts, Role.DOCUMENT, titles)}
    assert names == {shard.name for shard in encoder._shards(texts[::-1], Role.DOCUMENT, titles[::-1])}
    assert names.isdisjoint(shard.name for shard in encoder._shards(texts, Role.QUERY, titles))


def test_pairs_and_certificate_are_those_of_one_machine(cluster: RayCluster) -> None:
    left, right = planted(), planted(6000)[::-1].copy()
    work = work_on(cluster)
    found = pairs(InMemory(left), 0.8)
    assert found.certificate.bound > 0
    assert len(found.keys) >= 150
    assert same(found, pairs(InMemory(left), 0.8, work=work))
    across = pairs(InMemory(left), 0.8, against=InMemory(right))
    assert len(across.keys) > 0
    assert same(across, pairs(InMemory(left), 0.8, against=InMemory(right), work=work))


def test_too_many_pairs_are_refused_as_on_one_machine(cluster: RayCluster) -> None:
    vectors = InMemory(np.repeat(planted()[:64], 100, axis=0))
    with pytest.raises(InputError):
        pairs(vectors, 0.8, memory=1 << 21, work=work_on(cluster))


def test_after_ctrl_c_what_is_done_is_not_done_again(cluster: RayCluster, tmp_path: Path) -> None:
    vectors, keep, steps = InMemory(planted()), Keep(tmp_path / "pairs", "x"), []

    def stop(step: Progress) -> None:
        if step.done > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pairs(vectors, 0.8, stop, keep=keep, work=work_on(cluster))
    before = len(Folder(keep.folder).done)
    found = pairs(vectors, 0.8, steps.append, keep=keep, work=work_on(cluster))
    assert 0 < before < len(Folder(keep.folder).done)
    assert steps[0].done > 0
    assert same(pairs(vectors, 0.8), found)
    grown = InMemory(np.concatenate([vectors.rows, planted()[:100]]))
    more = pairs(grown, 0.8, keep=keep, work=work_on(cluster))
    assert np.array_equal(more.keys, pairs(grown, 0.8).keys)


def test_a_killed_driver_resumes_and_encodes_the_rest(nodes: Any, cluster: RayCluster, tmp_path: Path) -> None:
    folder, texts = tmp_path / "kept", sentences(16_000, 40, 60, 5)
    path = f"{Path(__file__).parents[1]}{os.pathsep}{Path(__file__).parents[2] / 'src'}"
    environment = {**os.environ, "PYTHONPATH": path}
    driver = subprocess.Popen([sys.executable, "-c", DRIVER, str(folder)], env=environment)
    records = folder / "texts.bin"
    try:
        while not (records.exists() and records.stat().st_size):
            assert driver.poll() is None
            time.sleep(0.005)
    finally:
        driver.send_signal(signal.SIGKILL)
        driver.wait()
    kept, distinct = records.stat().st_size // RECORD.itemsize, len(set(texts))
    cached = CachedEncoder(on(cluster), folder)
    made = cached.encode(texts, Role.DOCUMENT)
    assert SHARD <= kept < distinct
    assert cached.encoded == distinct - kept
    some = slice(0, None, 20)
    assert np.array_equal(
        made.vectors[some], load(cards.get("hashing"), TASK).encode(texts[some], Role.DOCUMENT).vectors
    )


def test_a_worker_with_another_encoder_is_refused(nodes: Any, cluster: RayCluster, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("from askew.encoders import loading\nloading.RECIPES['hashing'] = 99\n")
    texts = sentences(16_000, 20, 30, 2)
    with nodes.another(PYTHONPATH=str(tmp_path)), pytest.raises(ContractError) as caught:
        on(cluster).encode(texts, Role.DOCUMENT)
    assert [(one.field, one.sealed, one.given) for one in caught.value.differences] == [("recipe", "1", "99")]


def test_duplicates_are_those_of_one_machine(cluster: RayCluster, tmp_path: Path) -> None:
    texts = sentences(600, 5, 30, 7)
    one, two = (askew.duplicates(texts, model="hashing", on=place) for place in (None, "ray"))
    assert one.pairs
    assert one.pairs == two.pairs
    assert one.certificate == two.certificate
    assert one.layers == two.layers
    assert np.array_equal(
        askew.encode(texts, task=TASK, model="hashing"), askew.encode(texts, task=TASK, model="hashing", on="ray")
    )


def test_an_index_and_its_evaluation_are_those_of_one_machine(cluster: RayCluster, tmp_path: Path) -> None:
    texts = list(dict.fromkeys(sentences(1600, 5, 30, 8)))
    records = [(f"d{number}", text) for number, text in enumerate(texts)]
    with (
        Index.create(tmp_path / "one", "question-answering", model="hashing") as one,
        Index.create(tmp_path / "two", "question-answering", model="hashing") as two,
    ):
        plain = two.encoder("adding")
        assert one.add(records) == two.add(records, on="ray")
        assert two.encoder("adding") is plain
        assert [document.id for document in one] == [document.id for document in two]
        assert np.array_equal(one.store.vectors(one.store.keys()), two.store.vectors(two.store.keys()))
        assert two.add(records, on="ray").unchanged == len(records)
        queries = {f"q{number}": text for number, text in enumerate(texts[:300])}
        qrels = {query: {query.replace("q", "d"): 1.0} for query in queries}
        here, there = (askew.evaluate(one, queries=queries, qrels=qrels, on=place) for place in (None, "ray"))
        assert here.summaries == there.summaries
        for query, hits in here.systems[0].run.items():
            assert list(there.systems[0].run[query]) == list(hits)
            assert list(there.systems[0].run[query].values()) == pytest.approx(list(hits.values()), abs=1e-6)
        assert here.mean("nDCG@10") > 0.5
        pair = [found.duplicates(0.95, on=place) for found, place in ((one, None), (two, "ray"))]
        assert pair[0].pairs == pair[1].pairs


def test_weights_are_sent_to_a_worker_that_lacks_them(cluster: RayCluster, tmp_path: Path) -> None:
    card = _folder(tmp_path / "model")
    wanted, sent = hashes(card), send(cluster, card)

    def arrive(card: Card, sent: Any, cache: str) -> Any:
        import os

        os.environ["ASKEW_CACHE"] = cache  # of another machine
        return placed(card, wanted, sent)

    moved, there = replace(card, folder="/nowhere"), str(tmp_path / "cache")
    assert placed(moved, wanted, None) is None
    assert placed(card, wanted, None) == card
    [(_, found)] = cluster.run(arrive, deque([(moved, sent, there)]))
    assert found.folder.startswith(there)
    assert hashes(found) == wanted
    [(_, again)] = cluster.run(arrive, deque([(moved, None, there)]))
    assert again.folder == found.folder
    wrong = {name: SentFile("0" * 64, one.pieces) for name, one in sent.files["0 both"].items()}
    with pytest.raises(ModelError):
        list(cluster.run(arrive, deque([(moved, SentWeights({"0 both": wrong}), str(tmp_path / "other"))])))


def _folder(folder: Path) -> Card:
    """Make the card of a folder with two files that are listed with their hashes."""
    import hashlib

    folder.mkdir()
    content = {"model.safetensors": os.urandom(100_000), "tokenizer.json": b"{}"}
    for name, data in content.items():
        (folder / name).write_bytes(data)
    files = {name: hashlib.sha256(data).hexdigest() for name, data in content.items()}
    return replace(cards.get("hashing"), name="own", architecture="static", files=files, folder=str(folder))


@pytest.mark.usefixtures("cluster")
def test_the_command_works_through_ray_client(nodes: Any, tmp_path: Path) -> None:
    rows = "".join(f"{number},{text}\n" for number, text in enumerate(sentences(300, 5, 20, 9)))
    (tmp_path / "q.csv").write_text(f"id,text\n{rows}")
    asked = ("duplicates", "q.csv", "--model", "hashing", "--json")
    here = process(*asked, cwd=tmp_path)
    there = process(*asked, "--on", f"ray://127.0.0.1:{nodes.client}", cwd=tmp_path)
    assert there.code == 0, there.err
    assert there.json["pairs"] == here.json["pairs"]
    assert "Traceback" not in there.err
