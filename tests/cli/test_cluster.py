import csv
import io
import json
import shlex
from pathlib import Path

import pyarrow.parquet
import pytest
from helpers.cli import Here, refused
from helpers.themes import same_partition, themed

HASHING = ("--model", "hashing")


@pytest.fixture
def rows(tmp_path: Path) -> list[int]:
    """rows.csv of three subjects that take turns; of each row its subject."""
    texts, _, truth = themed(each=8, subjects=3)
    lines = [f"r{i},{text},{'abc'[truth[i]]},{i}" for i, text in enumerate(texts)]
    (tmp_path / "rows.csv").write_text("\n".join(["id,text,topic,score", *lines]))
    return truth


def test_a_file_in_themes_with_names_and_typical_texts(askew: Here, rows: list[int]) -> None:
    outcome = askew("cluster", "rows.csv", *HASHING, "--labels", "topic")
    assert outcome.code == 0, outcome.err
    lines = outcome.out.splitlines()
    heads = [line for line in lines if line.endswith("8 texts, 33.3 %")]
    assert [line[:5] for line in heads] == ["  0  ", "  1  ", "  2  "]
    assert "fuel" in outcome.out
    assert sum(line.startswith("     Question") for line in lines) == 3  # the others of each say the same
    assert "of 2 to 4 clusters, 3 score best" in outcome.out
    assert "against topic: V-measure 1.000" in outcome.out


def test_the_command_it_names_draws_these_clusters(askew: Here, rows: list[int]) -> None:
    out = askew(
        "cluster", "rows.csv", *HASHING, "--text-field", "text", "--metadata-field", "topic", "--limit", "1"
    ).out
    last = out.splitlines()[-1]
    assert last.startswith(
        "See them:    askew map rows.csv --out map.html --method kmeans --clusters 3 --model hashing"
    )
    assert "--text-field text" in last
    assert "--limit" not in last
    drawn = askew(*shlex.split(last.partition("askew ")[2]))
    assert drawn.code == 0, drawn.err
    assert "3 clusters of 24 texts" in drawn.out


def test_json_has_every_text_once(askew: Here, rows: list[int]) -> None:
    made = askew("cluster", "rows.csv", *HASHING, "--clusters", "3", "--labels", "topic", "--json").json
    assert (made["method"], made["similarity"], made["documents"]) == ("kmeans", "cosine", 24)
    place = {id: group["number"] for group in made["clusters"] for id in group["documents"]}
    assert sorted(place) == sorted(f"r{i}" for i in range(24))
    assert same_partition([place[f"r{i}"] for i in range(24)], rows)
    assert made["outliers"] == []
    assert made["agreement"]["ari"] == pytest.approx(1)
    assert len(made["clusters"][0]["representatives"]) == 1
    assert made["clusters"][0]["share"] == pytest.approx(1 / 3)


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_every_text_with_its_cluster_as_a_file(askew: Here, rows: list[int], tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"out.{suffix}"
    assert askew("cluster", "rows.csv", *HASHING, "--clusters", "3", "--out", out.name).code == 0
    if suffix == "csv":
        held = list(csv.DictReader(io.StringIO(out.read_text("utf-8"), newline="")))
    elif suffix == "jsonl":
        held = [json.loads(line) for line in out.read_text().splitlines()]
    else:
        held = pyarrow.parquet.read_table(out).to_pylist()
    assert list(held[0]) == ["id", "cluster", "name", "score", "text", "topic", "metadata.score"]
    assert [row["id"] for row in held] == [f"r{i}" for i in range(24)]
    assert same_partition([int(row["cluster"]) for row in held], rows)
    assert all(0 < float(row["score"]) <= 1 for row in held)
    assert [int(row["metadata.score"]) for row in held] == list(range(24))


def test_outliers_are_listed_and_have_no_cluster_in_the_file(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "rows.txt").write_text("red tent\nred tents\nred tent\nred tent\nred tent\nblue kayak\n")
    outcome = askew(
        "cluster", "rows.txt", *HASHING, "--method", "communities", "--threshold", "0.3", "--out", "o.jsonl"
    )
    assert "in no cluster  1 text, 16.7 %" in outcome.out
    assert "     blue kayak" in outcome.out
    held = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text().splitlines()]
    assert (held[5]["cluster"], held[5]["name"], held[5]["score"]) == (-1, "", None)
    assigned = askew("cluster", "rows.txt", *HASHING, "--method", "communities", "--threshold", "0.3", "--assign")
    assert "in no cluster" not in assigned.out


def test_nothing_that_clusters_is_exit_code_1(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "rows.txt").write_text("red tents\nblue kayak\ngas stove\n")
    outcome = askew("cluster", "rows.txt", *HASHING, "--method", "hdbscan")
    assert outcome.code == 1
    assert "0 clusters of 3 texts, by hdbscan." in outcome.out
    assert askew("cluster", "rows.txt", *HASHING, "--method", "hdbscan", "--json").json["clusters"] == []


def test_stdin_and_a_limit(askew: Here) -> None:
    texts, _, _ = themed(each=8, subjects=3)
    outcome = askew("cluster", "-", *HASHING, "--clusters", "3", "--limit", "1", stdin="\n".join(texts))
    assert outcome.code == 0, outcome.err
    assert "… and 2 more: --limit shows more" in outcome.out


def test_an_index_and_its_filter(askew: Here, rows: list[int]) -> None:
    askew("index", "x", "rows.csv", "--task", "article-similarity", *HASHING)
    made = askew("cluster", "x", "--clusters", "2", "--where", '{"topic": {"$ne": "a"}}', "--json").json
    assert made["documents"] == 16
    assert [group["size"] for group in made["clusters"]] == [8, 8]
    refused(askew("cluster", "x", "--where", '{"topic": "z"}'), "no documents to cluster")


def test_an_asymmetric_index_says_which_role_it_takes(askew: Here, handbook: Path) -> None:
    assert (
        "asymmetric: documents are compared with each other, as documents"
        in askew("cluster", "book", "--clusters", "2").err
    )


def test_bad_use_is_refused(askew: Here, rows: list[int]) -> None:
    refused(askew("cluster", "none.csv"), "no file none.csv")
    refused(askew("cluster", "rows.csv", *HASHING, "--method", "kmeens"), "Did you mean kmeans")
    refused(askew("cluster", "rows.csv", *HASHING, "--clusters", "99"), "1 to 24 clusters, not 99")
    refused(askew("cluster", "rows.csv", *HASHING, "--labels", "team"), "no field 'team'")
    refused(askew("cluster", "rows.csv", *HASHING, "--out", "x.xlsx"), ".csv, .jsonl or .parquet")


def test_what_is_read_is_never_overwritten(askew: Here, rows: list[int], tmp_path: Path) -> None:
    before = (tmp_path / "rows.csv").read_bytes()
    (tmp_path / "link.csv").symlink_to("rows.csv")
    for out in ("rows.csv", "./rows.csv", "link.csv"):
        refused(askew("cluster", "rows.csv", *HASHING, "--out", out), "never overwritten")
    assert (tmp_path / "rows.csv").read_bytes() == before
    (tmp_path / "page.html").write_text("<p>One.</p>")
    refused(askew("map", "page.html", *HASHING, "--out", "page.html"), "never overwritten")
    assert (tmp_path / "page.html").read_text() == "<p>One.</p>"
