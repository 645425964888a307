"""Servers that answer the same requests: askew, a minimal FastAPI + sentence-transformers, and infinity."""

import base64
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import rerank
from reference import MODEL
from texts import mixed

from askew import Document, Index
from askew.models import cards, pull

PORT = 7791
PASSAGES, HITS = 2000, 10
START = 300.0  # seconds


@dataclass(frozen=True)
class Server:
    """How a server is started and asked. paths: of what it answers. extra: fields of each of its requests."""

    command: Sequence[str]
    paths: Mapping[str, str]
    extra: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def body(self, kind: str, given: Mapping[str, Any]) -> bytes:
        return json.dumps({**given, **self.extra.get(kind, {})}).encode()


OWN = {"embeddings": "/v1/embeddings", "search": "/v1/indexes/bench/search", "rerank": "/v1/rerank"}


def servers(folder: Path, infinity: str) -> dict[str, Server]:
    """infinity: its command, in an environment of its own; "" leaves it out."""
    here = Path(__file__).with_name("serve.py")
    askew = [str(Path(sys.executable).with_name("askew")), "serve", str(folder), "--port", str(PORT)]
    options = ["--log-level", "warning", "--reranker", str(folder / "cross")]
    cut = {"embeddings": {"truncate": "END"}}  # what the others always do
    found = {
        "askew": Server([*askew, *options], OWN, cut),
        "askew int8": Server(  # an index keeps its own precision
            [*askew, *options, "--precision", "int8"], {kind: OWN[kind] for kind in ("embeddings", "rerank")}, cut
        ),
        "reference": Server([sys.executable, str(here), "--reference", str(folder)], OWN),
    }
    if infinity:
        models = [part for name in ("model", "cross") for part in ("--model-id", str(folder / name))]
        options = ["--engine", "torch", "--device", "cpu", "--port", str(PORT), "--log-level", "warning"]
        names = {"embeddings": {"model": "model"}, "rerank": {"model": "cross", "return_documents": False}}
        paths = {"embeddings": "/embeddings", "rerank": "/rerank"}  # it has no search
        served = ["--served-model-name", "model", "--served-model-name", "cross"]
        found["infinity"] = Server([infinity, "v2", *models, *served, *options], paths, names)
    return found


def reference(folder: Path, port: int) -> None:
    """Serve as most people begin: FastAPI, sentence-transformers, an encode for each request."""
    import uvicorn
    from fastapi import FastAPI
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(pull.find(cards.get(MODEL))), device="cpu")
    model.max_seq_length = cards.get(MODEL).max_tokens
    cross = rerank.sentence_transformer(folder / "cross")
    passages = json.loads((folder / "passages.json").read_text("utf-8"))
    vectors = np.load(folder / "vectors.npy")
    app = FastAPI()

    @app.post(OWN["embeddings"])
    def embeddings(body: dict[str, Any]) -> dict[str, Any]:
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        made = model.encode(texts, show_progress_bar=False, normalize_embeddings=True)
        return {"data": [{"embedding": base64.b64encode(row.tobytes()).decode()} for row in made]}

    @app.post(OWN["search"])
    def search(body: dict[str, Any]) -> dict[str, Any]:
        query = model.encode([body["query"]], show_progress_bar=False, normalize_embeddings=True)[0]
        scores = vectors @ query
        best = np.argsort(-scores)[: body["k"]]
        return {"hits": [{"id": str(n), "score": float(scores[n]), "text": passages[n]} for n in best]}

    @app.post(OWN["rerank"])
    def reranked(body: dict[str, Any]) -> dict[str, Any]:
        scores = cross.predict([(body["query"], text) for text in body["documents"]], show_progress_bar=False)
        best = np.argsort(-scores)
        return {"results": [{"index": int(n), "relevance_score": float(scores[n])} for n in best]}

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    uvicorn.run(app, port=port, log_level="warning", access_log=False)


def prepare(folder: Path) -> None:
    """Make the index, the random cross-encoder, and what the others load."""
    passages = mixed(PASSAGES, longest=60, seed=3)
    with Index.create(folder / "bench", "question-answering", model=MODEL) as index:
        index.add([Document(str(n), text) for n, text in enumerate(passages)])
        vectors = index.sealed.encode_documents(passages)
    (folder / "passages.json").write_text(json.dumps(passages), "utf-8")
    np.save(folder / "vectors.npy", vectors)
    rerank.save(folder / "cross")
    told = folder / "cross" / "tokenizer_config.json"
    known = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": rerank.MAX_TOKENS,
    }  # to older releases, too
    told.write_text(json.dumps(json.loads(told.read_text("utf-8")) | known))
    _sentence_transformer(folder / "model")


def _sentence_transformer(folder: Path) -> None:
    """Save the model in the layout of sentence-transformers, of any version."""
    card = cards.get(MODEL)
    shutil.copytree(pull.find(card), folder)
    steps = ("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize")
    modules = [
        {"idx": n, "name": str(n), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for n, (kind, path) in enumerate(steps)
    ]
    files: dict[str, Any] = {
        "modules.json": modules,
        "sentence_bert_config.json": {"max_seq_length": card.max_tokens, "do_lower_case": False},
        "1_Pooling/config.json": {"word_embedding_dimension": card.dim, "pooling_mode_mean_tokens": True},
    }
    for _, path in steps:
        (folder / path).mkdir(exist_ok=True)
    for name, value in files.items():
        (folder / name).write_text(json.dumps(value), "utf-8")


@contextmanager
def running(command: Sequence[str], port: int = PORT) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends, which begins once it answers."""
    quiet = {**os.environ, "DO_NOT_TRACK": "1"}  # infinity reports its use otherwise
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=quiet)
    try:
        wait(process, port)
        yield process
    finally:
        process.terminate()
        process.wait()


def wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + START
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"The server stopped with {process.returncode}.")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health").close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("The server does not answer.")
