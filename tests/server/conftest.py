"""One server for the tests of this folder: weightless models, the small model, and random rerankers."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import late_model, tiny_families
from helpers.server import ROLES_CARD, Server, serving

DOCUMENTS = [
    {"id": "leave", "text": "Everyone has 28 days of paid holiday a year.", "metadata": {"year": 2024}},
    {"id": "dogs", "text": "Well-behaved dogs may come to the office on Fridays.", "metadata": {"year": 2020}},
    {"id": "hours", "text": "The canteen opens at noon."},
]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("server")
    cards, folder, cross = home / "cards", home / "indexes", home / "tiny-cross"
    cards.mkdir()
    folder.mkdir()
    (cards / "hashing-roles.toml").write_text(ROLES_CARD)
    tiny_families.save("bert", cross, labels=1, prefix=1)
    config = json.loads((cross / "config.json").read_text())
    head = {"architectures": ["BertForSequenceClassification"], "id2label": {"0": "LABEL_0"}}
    (cross / "config.json").write_text(json.dumps({**config, **head}))
    models = [f"--model={name}" for name in ("hashing", "all-MiniLM-L6-v2", "hashing-roles")]
    rerankers = (f"--reranker={cross}", f"--reranker={late_model.pylate(home / 'tiny-late')}")
    with serving(folder, *models, *rerankers, cards=cards) as made:
        yield made


@pytest.fixture(scope="session")
def book(server: Server) -> str:
    """The path of an index with three documents, which tests only read; the examples of the API are of another name."""
    assert server.post("/v1/indexes", {"name": "shelf", "task": "enterprise-search", "model": "hashing"}).status == 201
    assert server.post("/v1/indexes/shelf/documents", {"documents": DOCUMENTS}).status == 200
    return "/v1/indexes/shelf"


@pytest.fixture
def empty(server: Server, request: pytest.FixtureRequest) -> Iterator[str]:
    """The path of an empty index of the test's own."""
    name = f"own-{abs(hash(request.node.nodeid))}"
    assert server.post("/v1/indexes", {"name": name, "task": "paraphrase", "model": "hashing"}).status == 201
    yield f"/v1/indexes/{name}"
    server("DELETE", f"/v1/indexes/{name}")


@pytest.fixture(scope="session")
def folder(server: Server) -> Path:
    return server.folder
