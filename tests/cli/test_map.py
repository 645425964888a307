import json
import re
from pathlib import Path

import pytest
from helpers.cli import Here, refused
from helpers.themes import themed

HASHING = ("--model", "hashing")


@pytest.fixture(autouse=True)
def rows(tmp_path: Path) -> None:
    texts, _, truth = themed(each=8, subjects=3)
    lines = [f"{text},{'abc'[subject]}" for text, subject in zip(texts, truth, strict=True)]
    (tmp_path / "rows.csv").write_text("\n".join(["text,topic", *lines]))


def test_a_page_to_explore(askew: Here, tmp_path: Path) -> None:
    outcome = askew("map", "rows.csv", *HASHING, "--out", "map.html", "--labels", "topic")
    assert outcome.code == 0, outcome.err
    assert "3 clusters of 24 texts" in outcome.out
    assert "Written: map.html" in outcome.out
    made = (tmp_path / "map.html").read_text("utf-8")
    assert "<h1>rows.csv</h1>" in made
    assert "Agreement against topic: V-measure 1.000" in made
    held = re.search(r'id="data">(.*?)</script>', made)
    assert held is not None
    assert len(json.loads(held[1])["text"]) == 24


@pytest.mark.parametrize("projection", ["pca", "tsne"])
def test_an_image_that_is_the_same_a_second_time(askew: Here, tmp_path: Path, projection: str) -> None:
    command = ("map", "rows.csv", *HASHING, "--clusters", "3", "--projection", projection)
    assert askew(*command, "--out", "a.png").code == askew(*command, "--out", "b.png").code == 0
    made = (tmp_path / "a.png").read_bytes()
    assert made.startswith(b"\x89PNG")
    assert made == (tmp_path / "b.png").read_bytes()


def test_json_tells_what_was_drawn(askew: Here) -> None:
    made = askew("map", "rows.csv", *HASHING, "--clusters", "3", "--out", "map.html", "--json").json
    assert (made["out"], made["points"], made["projection"]) == ("map.html", 24, "tsne")
    assert [group["size"] for group in made["clusters"]] == [8, 8, 8]


def test_texts_without_a_cluster_are_drawn_too(askew: Here, tmp_path: Path) -> None:
    outcome = askew("map", "rows.csv", *HASHING, "--method", "communities", "--threshold", "0.99", "--out", "map.png")
    assert outcome.code == 0, outcome.err
    assert (tmp_path / "map.png").stat().st_size > 1000


def test_bad_use_is_refused_before_anything_is_encoded(askew: Here, tmp_path: Path) -> None:
    refused(askew("map", "rows.csv", "--out", "map.pdf"), ".html or .png")
    refused(askew("map", "rows.csv", "--out", "no/map.png"), "there is no folder no")
    refused(askew("map", "rows.csv", *HASHING, "--out", "m.png", "--projection", "umpa"), "Did you mean umap")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.csv"]
