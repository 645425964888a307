"""A tiny document encoder, and static query encoders fitted to it by least squares, in ASKEW_CARDS of the test."""

import random
from pathlib import Path

from helpers import tiny_families
from safetensors.numpy import load_file, save_file

from askew.encoders.least_squares import fit_queries
from askew.encoders.texts import varied
from askew.models import own

CARD = """name = "{name}"
summary = "A tiny random model."
architecture = "bert"
pooling = "mean"
normalised = true
similarity = "cosine"
dim = 32
max_tokens = 64
languages = ["en"]
licence = "MIT"
commercial = true
size_mb = 1
tasks = ["question-answering", "paraphrase"]
trained = "asymmetric"
verified = false
checked = "a test"
"""


def document_encoder(folder: Path, name: str = "large", seed: int = 3) -> str:
    """Register a tiny BERT of 32 dimensions and return its name."""
    return own.add(saved(folder, name, seed)).name


def saved(folder: Path, name: str, seed: int = 3) -> Path:
    """Save a tiny BERT with weak layers and strong words: random layers would turn all texts in one direction."""
    weights = tiny_families.save("bert", folder, seed=seed) / "model.safetensors"
    save_file({key: _strength(key) * value for key, value in load_file(weights).items()}, weights)
    (folder / "card.toml").write_text(CARD.format(name=name))
    return folder


def _strength(name: str) -> float:
    if "word_embeddings" in name:
        return 3
    if "position" in name or "token_type" in name:
        return 0.05
    return 0.3 if "layer." in name and "Norm" not in name else 1


def for_the_guide(folder: Path) -> None:
    """A document encoder, a small encoder, and questions that a query encoder is made from."""
    saved(folder / "document-encoder", "our-document-encoder")
    saved(folder / "small-encoder", "our-small-encoder")
    (folder / "questions.txt").write_text("\n".join(texts(300)), "utf-8")


def query_encoder(folder: Path, documents: str, count: int = 300) -> str:
    """Fit a static query encoder in a new folder and return its path."""
    return str(fit_queries(folder, documents, texts(count)).folder)


def texts(count: int) -> list[str]:
    """Texts of three to twelve of the words that the tiny model knows, the same ones every time."""
    words, rng = " ".join(varied()).split(), random.Random(0)
    return [" ".join(rng.choices(words, k=rng.randint(3, 12))) for _ in range(count)]
