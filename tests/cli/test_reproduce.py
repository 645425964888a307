from pathlib import Path

import pytest
from helpers.cli import Here, refused
from helpers.sets import NDCG, beir, model_with, sts16
from test_quality import DATA

COUNTED = ("--model", "counted")


@pytest.fixture
def sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    model_with(tmp_path / "cards", {("SciFact", "nDCG@10"): round(NDCG, 5), ("STS16", "Spearman"): 0.99905})
    beir(tmp_path / "data" / "SciFact")
    sts16(tmp_path / "data" / "sts16")
    return tmp_path / "data"


def test_the_table_has_our_figures_and_the_published_ones(askew: Here, sets: Path) -> None:
    outcome = askew("reproduce", *COUNTED)
    assert outcome.code == 0, outcome
    lines = outcome.out.splitlines()
    assert lines[0].split() == ["model", "set", "measure", "published", "ours", "points", "texts", "seconds"]
    assert lines[1].split()[1:9] == ["SciFact", "nDCG@10", "0.87698", "0.87698", "-0.000", "5", "documents,", "3"]
    assert lines[2].split()[1:8] == ["STS16", "Spearman", "0.99905", "1.00000", "+0.095", "3", "pairs"]
    assert any("0.095 points" in line for line in lines)
    assert "Published: by hand" in lines
    assert [line.split()[:2] for line in outcome.err.splitlines()] == [
        ["SciFact:", "1"],
        ["SciFact:", "5"],
        ["STS16:", "3"],
    ]


def test_a_difference_of_more_than_a_tenth_of_a_point_is_exit_code_1(askew: Here, sets: Path, tmp_path: Path) -> None:
    model_with(tmp_path / "cards", {("STS16", "Spearman"): 0.9989})
    outcome = askew("reproduce", *COUNTED)
    assert outcome.code == 1
    assert "0.110 points" in outcome.out


def test_json_has_every_figure_and_what_is_missing(askew: Here, sets: Path, tmp_path: Path) -> None:
    figures = {("SciFact", "nDCG@10"): round(NDCG, 5), ("STS16", "Spearman"): 0.99905, ("ArguAna", "nDCG@10"): 0.5}
    model_with(tmp_path / "cards", figures)
    assert askew("reproduce", *COUNTED, "--json").code == 0
    outcome = askew("reproduce", "sts16", "scifact", "arguana", *COUNTED, "--json")
    assert outcome.code == 1  # ArguAna was named and is missing
    assert [(row["set"], row["reproduced"]) for row in outcome.json["figures"]] == [("STS16", True), ("SciFact", True)]
    assert outcome.json["figures"][1]["points"] == pytest.approx(100 * (NDCG - 0.87698))
    [missing] = outcome.json["missing"]
    assert missing["set"] == "ArguAna"
    assert missing["source"].endswith("arguana.zip")


def test_missing_data_sets_are_described(askew: Here, sets: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    outcome = askew("reproduce", "--data", "empty", *COUNTED)
    assert (outcome.code, outcome.out) == (1, "")
    for word in ("Not in empty", "scifact", "sts16", "https://", "mteb/sts16-sts"):
        assert word in outcome.err


def test_unknown_sets_and_models_are_refused(askew: Here, sets: Path) -> None:
    refused(askew("reproduce", "--data", "none", *COUNTED), "none")
    refused(askew("reproduce", "SciFakt", *COUNTED), "SciFact")
    refused(askew("reproduce", "--model", "hashing"), "hashing")
    refused(askew("reproduce", "arguana", "--model", "counted"), "counted", "ArguAna")
    refused(askew("reproduce", *COUNTED, "--precision", "int4"), "int4")


def test_the_published_correlation_of_the_default_model(askew: Here) -> None:
    if not (DATA / "sts16").is_dir():
        pytest.skip(f"STS16 is not in {DATA}; set ASKEW_DATA to the folder that holds sts16/")
    outcome = askew("reproduce", "STS16", "--data", str(DATA), "--json")
    assert outcome.code == 0
    [figure] = outcome.json["figures"]
    assert figure["texts"] == 1186
    assert abs(figure["points"]) < 0.01
