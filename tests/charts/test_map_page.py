import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from askew.charts.maps import GRID, Map, map_page


def data(made: str) -> dict[str, Any]:
    held = re.search(r'<script type="application/json" id="data">(.*?)</script>', made, re.DOTALL)
    assert held is not None
    return json.loads(held[1])


def test_every_point_has_its_place_its_text_and_its_cluster(map: Map) -> None:
    held = data(map_page(map))
    assert held["x"] == [0, 1111, 0, 8889, 8889, 4444, GRID]
    assert held["y"] == [4444, 4444, 2222, 0, 1111, 0, 4444]  # downwards
    assert held["cluster"] == map.labels.tolist()
    assert held["text"][4] == "Gas & stoves"
    assert [(c["number"], c["name"], c["size"]) for c in held["clusters"]] == [
        (0, "tents, pegs", 3),
        (1, "stoves & gas", 2),
        (2, "$5 <b>maps</b>", 1),
        (-1, "outliers", 1),
    ]


def test_texts_and_names_are_no_markup(map: Map) -> None:
    bad = "</script><script>alert(1)</script>"
    made = map_page(replace(map, texts=[bad] * 7, ids=[bad] * 7, note=bad, title=bad))
    assert made.count("<script>") == 1  # our own
    assert "alert(1)</script>" not in made
    assert data(made)["text"][0] == bad


def test_long_texts_are_shortened_and_points_in_one_place_are_drawn(map: Map) -> None:
    held = data(map_page(replace(map, texts=["word " * 500] * 7, points=np.zeros((7, 2)))))
    assert len(held["text"][0]) < 330
    assert held["text"][0].endswith("…")
    assert held["x"] == held["y"] == [0] * 7


def test_without_outliers_there_are_none_in_the_legend(map: Map) -> None:
    held = data(map_page(replace(map, labels=np.array([0, 0, 0, 1, 1, 2, 2]))))
    assert [c["number"] for c in held["clusters"]] == [0, 1, 2]


BROWSER = next(filter(None, (shutil.which(name) for name in ("chromium", "google-chrome", "chrome"))), "")


@pytest.mark.skipif(not BROWSER, reason="there is no Chromium here")
def test_a_browser_draws_it(map: Map, tmp_path: Path) -> None:
    (tmp_path / "map.html").write_text(map_page(map), "utf-8")
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    command += ["--virtual-time-budget=2000", "--dump-dom", (tmp_path / "map.html").as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=100).stdout
    legend = re.search(r'<ul id="legend".*?</ul>', shown, re.DOTALL)
    assert legend is not None
    assert legend[0].count("<li>") == 4
    assert "$5 &lt;b&gt;maps&lt;/b&gt;" in legend[0]
    assert ">7 texts<" in shown
