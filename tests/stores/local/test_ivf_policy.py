import shutil
from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry

from askew.quantisation import Precision
from askew.stores.local import ivf_build
from askew.stores.local.store import LocalStore


def filled(folder: Path, count: int, precision: Precision = Precision.FLOAT32) -> LocalStore:
    store = LocalStore.create(folder, DIM, "m", precision=precision)
    rows = np.random.default_rng(1).normal(size=(count, DIM))
    store.write([entry(f"d{i}", (f"w{i}", row)) for i, row in enumerate(rows)])
    return store


def test_while_a_scan_is_fast_nothing_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = filled(tmp_path / "store.askew", 5000)
    monkeypatch.setattr(ivf_build, "PATIENCE", 60.0)
    store.optimise()
    assert store.facts() == {"method": "exact", "recall": 1.0}
    store.close()


@pytest.mark.parametrize("precision", ["float16", "int8"])
def test_an_index_over_quantised_vectors_reaches_its_recall(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precision: str
) -> None:
    monkeypatch.setattr(ivf_build, "PATIENCE", 0.0)
    store = filled(tmp_path / "store.askew", 6000, Precision(precision))
    store.optimise()
    queries = np.random.default_rng(2).normal(size=(50, DIM)).astype(np.float32)
    truth = np.argsort(-queries @ store.vectors(store.keys()).T, kind="stable")[:, :10]
    found = np.stack([store.nearest(query[None], 10).keys[0] for query in queries])
    assert store.facts()["method"] == "ivf"
    assert np.mean([np.isin(*rows).mean() for rows in zip(truth, found, strict=True)]) >= 0.97
    assert store.check() == []
    store.close()


def test_few_rows_are_never_timed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = filled(tmp_path / "store.askew", 100)
    monkeypatch.setattr(ivf_build, "PATIENCE", 0.0)
    store.optimise()
    assert store.facts()["method"] == "exact"
    store.close()


def test_another_recall_builds_anew_and_the_same_one_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ivf_build, "PATIENCE", 0.0)
    store = filled(tmp_path / "store.askew", 6000)
    store.optimise()
    [name] = (tmp_path / "store.askew").glob("ivf-*")
    store.optimise()
    assert list((tmp_path / "store.askew").glob("ivf-*")) == [name]
    store.optimise(recall=0.9)
    [other] = (tmp_path / "store.askew").glob("ivf-*")
    assert other != name
    assert store.facts()["recall_asked"] == 0.9
    store.optimise()
    assert list((tmp_path / "store.askew").glob("ivf-*")) == [other]
    store.close()


def test_the_recall_asked_before_it_is_worth_it_is_what_is_built_and_outlives_a_compaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = filled(tmp_path / "store.askew", 6000)
    monkeypatch.setattr(ivf_build, "PATIENCE", 60.0)
    store.optimise(recall=0.9)
    assert store.facts()["method"] == "exact"
    store.close()
    monkeypatch.setattr(ivf_build, "PATIENCE", 0.0)
    store = LocalStore.open(tmp_path / "store.askew", writable=True)
    store.optimise()
    assert store.facts()["recall_asked"] == 0.9
    store.delete([f"d{i}" for i in range(1000)])
    store.optimise()
    assert (store.facts()["method"], store.facts()["recall_asked"]) == ("ivf", 0.9)
    store.close()


@pytest.mark.parametrize("harm", ["damaged", "gone"])
def test_a_lost_index_is_done_without_named_by_check_and_built_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    monkeypatch.setattr(ivf_build, "PATIENCE", 0.0)
    store = filled(tmp_path / "store.askew", 6000)
    store.optimise()
    store.close()
    [name] = (tmp_path / "store.askew").glob("ivf-*")
    if harm == "gone":
        shutil.rmtree(name)
    else:
        for file in name.iterdir():
            file.write_bytes(file.read_bytes()[:-9])
    store = LocalStore.open(tmp_path / "store.askew", writable=True)
    assert store.owners(store.lexical("w17", 1).keys[0].tolist()) == ["d17"]
    assert store.nearest(np.ones((1, DIM), np.float32), 3).keys.min() >= 0
    assert "approximate index" in store.check()[0]
    store.optimise()
    assert store.facts()["method"] == "ivf"
    assert store.check() == []
    store.close()
