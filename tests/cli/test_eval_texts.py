import json
from pathlib import Path

import pytest
from helpers.cli import Here
from helpers.sets import PAIRS
from test_quality import DATA

from askew.cli.evaluate_texts import eval_clusters, eval_pairs, eval_reranking
from askew.errors import InputError
from askew.index import Index
from askew.types import Document

TEXTS = ["tent pegs canvas", "tent canvas pegs rope", "kayak paddle river", "river kayak paddle boat"]
LABELS = ["camping", "camping", "boats", "boats"]


def pairs(folder: Path, labels: list[float]) -> str:
    rows = "".join(f"{a}\t{b}\t{label}\n" for (a, b, _), label in zip(PAIRS, labels, strict=True))
    (folder / "pairs.tsv").write_text(f"text1\ttext2\tlabel\n{rows}")
    return str(folder / "pairs.tsv")


def labelled(folder: Path, clusters: list[int] | None = None) -> str:
    rows = [
        {"id": f"t{n}", "text": text, "label": label} for n, (text, label) in enumerate(zip(TEXTS, LABELS, strict=True))
    ]
    if clusters:
        rows = [{**row, "cluster": number} for row, number in zip(rows, clusters, strict=True)]
    (folder / "texts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(folder / "texts.jsonl")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))


def test_graded_pairs_are_measured_by_correlation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = pairs(tmp_path, [5, 2.5, 0])
    eval_pairs(path, model="hashing")
    out = capsys.readouterr().out
    assert "3 pairs" in out
    assert "scored by hashing" in out
    assert ["Spearman", "1.000"] in [line.split()[:2] for line in out.splitlines()]
    eval_pairs(path, model="hashing", json=True)
    found = json.loads(capsys.readouterr().out)
    assert (found["spearman"], found["pairs"]) == (pytest.approx(1), 3)
    assert set(found["interval"]) == {"low", "high"}


def test_pairs_of_0_and_1_are_measured_by_what_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    eval_pairs(pairs(tmp_path, [1, 0, 0]), model="hashing")
    out = capsys.readouterr().out
    assert ["AP", "1.000"] in [line.split()[:2] for line in out.splitlines()]
    assert "chance: 0.333" in out
    assert "precision 1.000, recall 1.000" in out


def test_clusters_of_a_column_are_compared_with_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    eval_clusters(labelled(tmp_path, [7, 7, 0, 0]), "label")
    out = capsys.readouterr().out
    assert "the column cluster" in out
    assert ["V-measure", "1.000"] in [line.split() for line in out.splitlines()]
    eval_clusters(labelled(tmp_path, [7, 7, 7, 7]), "label", cluster_field="cluster", json=True)
    assert json.loads(capsys.readouterr().out)["v_measure"] == pytest.approx(0)


def test_without_clusters_the_models_vectors_are_clustered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    eval_clusters(labelled(tmp_path), "label", model="hashing", json=True)
    found = json.loads(capsys.readouterr().out)
    assert (found["clusters"], found["v_measure"]) == ("k-means into 2 by hashing", pytest.approx(1))
    with pytest.raises(InputError, match="lable"):
        eval_clusters(labelled(tmp_path), "lable", model="hashing")


def test_what_cluster_writes_can_be_measured(askew: Here, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = labelled(tmp_path)
    assert askew("cluster", path, "--model", "hashing", "--clusters", "2", "--out", "found.csv").code == 0
    capsys.readouterr()
    eval_clusters("found.csv", "label", json=True)
    assert json.loads(capsys.readouterr().out)["v_measure"] == pytest.approx(1)


def test_candidates_are_reordered_and_compared_with_their_own_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Index.create(tmp_path / "x", "question-answering", model="hashing") as index:
        index.add([Document(f"t{n}", text) for n, text in enumerate(TEXTS)])
    run = {"q": {"t0": 3.0, "t1": 2.0, "t2": 1.0}, "r": {"t0": 1.0, "t2": 0.5}, "unjudged": {"t0": 1.0}}
    queries = {"q": "kayak paddle river", "r": "tent pegs canvas", "unjudged": "x", "not in the run": "y"}
    qrels = {"q": {"t2": 1}, "r": {"t0": 1}, "elsewhere": {"t0": 1}}
    eval_reranking(str(tmp_path / "x"), run, queries, qrels, json=True)
    found = json.loads(capsys.readouterr().out)
    ap = found["measures"][0]
    assert (found["by"], found["queries"], ap["measure"]) == ("hashing", 2, "AP")
    assert (ap["as given"], ap["reordered"]) == (pytest.approx((1 / 3 + 1) / 2), pytest.approx(1))
    assert (ap["won"], ap["lost"], ap["difference"]) == (1, 0, pytest.approx(1 / 3))
    eval_reranking(str(tmp_path / "x"), run, queries, qrels)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Judged queries: 2, reordered by hashing"
    assert lines[2].split()[:4] == ["AP", "0.667", "1.000", "0.333"]
    with pytest.raises(InputError, match="judged relevant"):
        eval_reranking(str(tmp_path / "x"), run, queries, {"other": {"t0": 1}})


def test_the_average_precision_of_the_default_model(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, model_cache: Path
) -> None:
    file = DATA / "covid-faq" / "question-pairs.en.tsv"
    if not file.exists():
        pytest.skip(f"Pairs are not at {file}; set ASKEW_DATA to the folder that holds covid-faq/")
    monkeypatch.setenv("ASKEW_CACHE", str(model_cache))
    eval_pairs(str(file), json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["pairs"] == 488
    assert found["ap"] == pytest.approx(0.956, abs=0.002)
