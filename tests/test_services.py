"""An index whose vectors come from a service: a real server on this machine that speaks its format, and fails."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("httpx", reason="services are asked through httpx: pip install 'askew[hosted]'")

from helpers.embedding_service import DIM, KEY, MODEL, VARIABLE, Fault, expected, serving

from askew import Document, Index
from askew.errors import ModelError

CARD = """
name = "tiny-service"
summary = "a service of the test"
architecture = "hosted"
pooling = "none"
normalised = true
similarity = "cosine"
dim = {dim}
max_tokens = 200
languages = ["en"]
licence = "proprietary"
commercial = true
trained = "both"
size_mb = 0
tasks = ["question-answering"]
verified = false
checked = "not at all"
[hosted]
provider = "cohere"
model = "{model}"
url = "{url}"
key = "{key}"
batch = 8
[hosted.words.default]
query = "search_query"
document = "search_document"
"""


def test_every_vector_is_in_its_place_whatever_fails_and_the_key_is_kept_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    monkeypatch.setenv(VARIABLE, KEY)
    texts = [f"text number {number}" for number in range(30)]
    with serving("cohere") as server:
        card = tmp_path / "card.toml"
        card.write_text(CARD.format(dim=DIM, model=MODEL, url=server.url, key=VARIABLE))
        server.faults.extend([Fault("status", 429, {"Retry-After": "0"}), Fault("cut"), Fault("status", 500)])
        with Index.create(tmp_path / "index", "question-answering", model=str(card)) as index:
            index.add([Document(str(number), text) for number, text in enumerate(texts)])
            hits = index.search("text number 7", 30)
        vectors = np.stack([expected("cohere", text, "document") for text in texts])
        scores = vectors @ expected("cohere", "text number 7", "query")
        assert [hit.document.id for hit in hits] == [str(i) for i in np.argsort(-scores)]
        monkeypatch.delenv(VARIABLE)
        with Index.open(tmp_path / "index") as index, pytest.raises(ModelError, match=VARIABLE):
            index.search("text number 7")
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or KEY.encode() not in file.read_bytes(), file
