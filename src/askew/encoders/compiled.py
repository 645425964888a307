"""A model's graph, compiled once: kept in the cache under all that it depends on, whole or not at all."""

import hashlib
import json
import shutil
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from askew import paths
from askew.encoders.signature import Signature
from askew.encoders.titles import SEGMENT
from askew.encoders.tokens import Tokens

if TYPE_CHECKING:
    from askew.encoders.families.shape import Dense, Transformer

GRAPH = "encoder.onnx"
FORM = 2  # raised when a graph of the same blueprint gets other inputs, outputs or files
STALE = 24 * 3600  # seconds after which what a killed process left behind is swept away


@dataclass(frozen=True)
class Blueprint:
    """What a graph depends on, and nothing else: prompts and tasks of one model share a graph.

    `weights`, `config`, `tokenizer`: the SHA-256 of their files. `dense`: the activation of a layer after the pooling.
    `score`: the activation of a cross-encoder's one score, "" where vectors are wanted. `pairs`: two texts at once.
    """

    weights: str
    config: str
    tokenizer: str
    architecture: str
    pooling: str
    dense: str
    score: str
    pairs: bool
    normalised: bool
    max_tokens: int
    precision: str
    recipe: int

    @property
    def digest(self) -> str:
        """64 hexadecimal digits. The tokenizer counts in int8 only, where it decides what the ranges are found on."""
        fields = asdict(self) | {"form": FORM}
        if self.precision != "int8":
            del fields["tokenizer"]
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def blueprint(signature: Signature, part: str = "both") -> Blueprint:
    """Of the graph that serves this part: a role where each has weights of its own, or "both"."""
    return Blueprint(
        weights=signature.weights[part],
        config=signature.config[part],
        tokenizer=signature.tokenizer[part],
        architecture=signature.architecture,
        pooling=signature.pooling,
        dense=signature.dense,
        score="",
        pairs=signature.titles == SEGMENT,
        normalised=signature.normalised,
        max_tokens=signature.max_tokens,
        precision=signature.precision,
        recipe=signature.recipe,
    )


def compiled(blueprint: Blueprint, folder: Path, tokens: Tokens) -> Path:
    """The graph of this blueprint, made from the weights in `folder` if the cache does not hold it yet."""
    home = _home(blueprint)
    if not (home / GRAPH).exists():
        _compile(blueprint, folder, tokens, home)
    return home / GRAPH


def forget(blueprint: Blueprint) -> None:
    """Drops a compiled graph, so that it is made anew."""
    shutil.rmtree(_home(blueprint), ignore_errors=True)


def _home(blueprint: Blueprint) -> Path:
    return paths.cache() / "compiled" / blueprint.digest[:16]


def _compile(blueprint: Blueprint, folder: Path, tokens: Tokens, home: Path) -> None:
    # Only here: a search with a compiled graph needs none of it, and onnx alone takes 30 ms to import.
    from askew.encoders.calibration import calibrate
    from askew.encoders.families import read
    from askew.encoders.graph import build

    transformer = read(blueprint.architecture, folder, blueprint.max_tokens)
    after = _after(blueprint, folder, transformer)
    ranges = calibrate(transformer, tokens, blueprint.pairs) if blueprint.precision == "int8" else {}
    graph = build(transformer, blueprint.pooling, blueprint.normalised, after, blueprint.pairs, ranges)
    home.parent.mkdir(parents=True, exist_ok=True)
    _sweep(home.parent)
    staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=home.parent))
    try:
        graph.save(staging)
        try:
            staging.rename(home)
        except OSError:
            if not (home / GRAPH).exists():
                raise
    finally:
        if staging.exists():
            shutil.rmtree(staging, ignore_errors=True)


def _after(blueprint: Blueprint, folder: Path, transformer: "Transformer") -> "tuple[Dense, ...]":
    """What comes after the pooling: a cross-encoder's classifier, or the family's own layers and the model's."""
    from askew.encoders.families import classifier, dense

    if blueprint.score:
        return classifier(blueprint.architecture, folder, transformer.width, blueprint.score)
    if blueprint.dense:
        return (*transformer.after, dense(folder, transformer.width, blueprint.dense))
    return transformer.after


def _sweep(folder: Path) -> None:
    for left in folder.glob(".staging-*"):
        if time.time() - left.stat().st_mtime > STALE:
            shutil.rmtree(left, ignore_errors=True)
