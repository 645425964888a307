"""Cache of compiled graphs, keyed by everything a graph depends on; an entry appears atomically."""

import contextlib
import hashlib
import json
import platform
import sys
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from askew import paths
from askew.encoders.signature import Signature
from askew.encoders.texts import SEGMENT
from askew.encoders.tokens import Tokens
from askew.files import discard, replace_text, staging
from askew.models.card import Module

if TYPE_CHECKING:
    from askew.encoders.families.shape import Step, Transformer
    from askew.encoders.onnx.nodes import Nodes

GRAPH = "encoder.onnx"
CHECKED = "checked.json"
PROMPT_EXCLUDED = frozenset({"instructor"})
"""Architectures whose pooling leaves out the prompt (Su et al. 2022, arXiv 2212.09741, section 2.1)."""
FORM, SCORING = 3, 4
"""Forms of the graphs of encoders and of cross-encoders; increment when the inputs, outputs or files of a graph change
for the same blueprint.
"""


ALL, FEWER = "token-vectors", "token-vectors-attended"
TOKEN_VECTORS = (ALL, FEWER)
"""In place of a pooling: the vectors of all tokens, which attend to all of them, or only to as many at the start as an
input says.
"""


@dataclass(frozen=True)
class Blueprint:
    """Everything a graph depends on. Prompts and tasks are not included: all of a model's tasks share one graph.

    `weights`, `config`, `tokenizer`: SHA-256 of the files. `dense`: activation of the dense layer after the pooling.
    `modules`: the steps after the pooling, where they are more than a dense layer and normalisation. `width`: dimension
    before vectors are truncated to `dim`, 0 if they are not. `root`: subfolder of the transformer.
    `score`: activation of a cross-encoder's score, "" for an encoder of vectors. `labels`: how many scores a
    cross-encoder has. `pairs`: the inputs are text pairs. `prompt_excluded`: the pooling leaves out the prompt.
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
    modules: tuple[Module, ...] = ()
    width: int = 0
    dim: int = 0
    root: str = ""
    labels: int = 1
    prompt_excluded: bool = False

    @property
    def digest(self) -> str:
        """Return 64 hexadecimal digits. The tokenizer only matters in int8, where the calibration depends on it."""
        defaults = {part.name: part.default for part in fields(self)}
        told = {name: value for name, value in asdict(self).items() if value != defaults[name]}
        told["form"] = SCORING if self.score else FORM
        if self.precision != "int8":
            del told["tokenizer"]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def blueprint(signature: Signature, part: str = "both") -> Blueprint:
    """Return the blueprint of one part's graph: a role in a dual encoder, otherwise "both"."""
    return Blueprint(
        weights=signature.weights[part],
        config=signature.config[part],
        tokenizer=signature.tokenizer[part],
        architecture=signature.architecture,
        pooling=signature.pooling,
        dense=signature.dense,
        score="",
        pairs=signature.titles == SEGMENT,
        normalised=signature.normalised and not signature.modules,
        max_tokens=signature.max_tokens,
        precision=signature.precision,
        recipe=signature.recipe,
        modules=signature.modules,
        width=signature.width,
        dim=signature.dim if signature.width else 0,
        root=signature.root,
        prompt_excluded=signature.prompt_excluded,
    )


def compiled(blueprint: Blueprint, folder: Path, tokens: Tokens) -> Path:
    """Return the graph of this blueprint, compiling it from the weights in `folder` if it is not cached."""
    home = _home(blueprint)
    if not (home / GRAPH).exists():
        _compile(blueprint, folder, tokens, home)
    return home / GRAPH


class Check:
    """A passed comparison of a compiled graph with its reference vectors, remembered beside the graph.

    It counts for these very files (size and time of each), this version of ONNX Runtime and this machine: anything else
    is compared again. references: what the graph was compared with.
    """

    def __init__(self, graph: Path, references: str) -> None:
        files = sorted(path for path in graph.parent.iterdir() if CHECKED not in path.name)
        stamps = [[path.name, path.stat().st_size, path.stat().st_mtime_ns] for path in files]
        self._file = graph.parent / CHECKED
        runtime = sys.modules["onnxruntime"].__version__
        self._state = json.dumps([stamps, runtime, platform.node(), platform.machine(), references])

    def passed(self) -> bool:
        try:
            return self._file.read_text("utf-8") == self._state
        except OSError:
            return False

    def remember(self) -> None:
        with contextlib.suppress(OSError):  # a read-only cache is checked each time
            replace_text(self._file, self._state)


def forget(blueprint: Blueprint) -> None:
    """Delete a compiled graph, so that the next use compiles it again."""
    discard(_home(blueprint))


def _home(blueprint: Blueprint) -> Path:
    return paths.cache() / "compiled" / blueprint.digest[:16]


def _compile(blueprint: Blueprint, folder: Path, tokens: Tokens, home: Path) -> None:
    # Imported here because a search with a compiled graph needs none of it; onnx alone takes 30 ms to import.

    from askew.encoders.onnx import splade, token_vectors

    if blueprint.pooling in splade.POOLINGS:
        graph = splade.graph(blueprint.architecture, folder, blueprint.max_tokens, blueprint.pooling)
    elif blueprint.pooling in TOKEN_VECTORS:
        calibrated = tokens if blueprint.precision == "int8" else None
        graph = token_vectors.graph(
            blueprint.architecture,
            folder,
            blueprint.root,
            blueprint.max_tokens,
            blueprint.pooling == FEWER,
            blueprint.modules,
            calibrated,
        )
    else:
        graph = _dense(blueprint, folder, tokens)
    with staging(home, keep=True) as made:
        graph.save(made)
        if not (home / GRAPH).exists():  # otherwise another process was faster
            discard(home)


def _dense(blueprint: Blueprint, folder: Path, tokens: Tokens) -> "Nodes":
    from askew.encoders.families import read
    from askew.encoders.onnx.calibration import calibrate
    from askew.encoders.onnx.graph import build

    transformer = read(blueprint.architecture, folder / blueprint.root, blueprint.max_tokens)
    after = _after(blueprint, folder, transformer)
    ranges = calibrate(transformer, tokens, blueprint.pairs) if blueprint.precision == "int8" else {}
    lead = blueprint.prompt_excluded or blueprint.architecture in PROMPT_EXCLUDED
    packed = bool(blueprint.score)  # no two pairs of a query are of the same length
    return build(transformer, blueprint.pooling, blueprint.normalised, after, blueprint.pairs, ranges, lead, packed)


def _after(blueprint: Blueprint, folder: Path, transformer: "Transformer") -> "tuple[Step, ...]":
    """Return the steps after the pooling: a cross-encoder's classifier, or those of the family and of the model."""
    from askew.encoders.families import classifier, dense, steps

    if blueprint.score:
        home, labels = folder / blueprint.root, blueprint.labels
        return classifier(blueprint.architecture, home, transformer.width, blueprint.score, labels)
    if blueprint.modules or blueprint.width:
        return (*transformer.after, *steps(blueprint.modules, folder, transformer.width, blueprint.dim))
    if blueprint.dense:
        return (*transformer.after, dense(folder, transformer.width, blueprint.dense))
    return transformer.after
