"""Folder of a query encoder with a linear adapter: the base model's files and a dense layer, an ordinary model."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from askew import files
from askew.encoders.loading import FAST
from askew.errors import InputError
from askew.models import cards, pull
from askew.models.card import Card
from askew.models.folder import layout
from askew.models.folder.layout import CONFIG, MODULES, SETTINGS, WEIGHTS
from askew.similarity import Similarity
from askew.training.adapters import Matrix

PACKAGE = "sentence_transformers.models"
DENSE = "askew_Dense"
MODES = {"mean": "mean", "cls": "cls", "max": "max", "last_token": "lasttoken"}
"""Poolings: the card's names and those of sentence-transformers."""
LINEAR = "torch.nn.modules.linear.Identity"


@dataclass(frozen=True)
class _Step:
    kind: str
    folder: str = ""


def check_adaptable(card: Card) -> None:
    """Raise InputError for a model whose queries cannot get an adapter."""
    reason = ""
    if card.hosted is not None or not card.files:
        reason = "it has no weights of its own on this machine"
    elif card.towers:
        reason = "it has separate encoders for queries and documents already"
    elif card.width or card.prompt_excluded:
        reason = "its vectors are truncated, or its pooling leaves the prompt out"
    elif card.architecture != "static" and (card.architecture not in FAST or card.because):
        reason = "it runs on PyTorch"
    elif card.similarity is not Similarity.COSINE:
        reason = "it compares vectors by their inner product, whose length an adapter would change"
    if reason:
        raise InputError(f"The queries of {card.name} cannot get an adapter: {reason}. See askew train for other ways.")


def write_queries(folder: Path, card: Card, matrix: Matrix, task: str) -> None:
    """Fill a folder with the query encoder of a model followed by a matrix, as sentence-transformers loads it.

    A static encoder stays static: its token vectors are multiplied by the matrix, which comes to the same.
    """
    base = pull.find(card)
    _copied(base, folder, card)
    if card.architecture == "static":
        _multiplied(folder / card.root / WEIGHTS, matrix)
    else:
        _with_dense(folder, card, matrix)
    prompts = {str(role): prompt for role, prompt in cards.prompts_for(card, task).items() if prompt}
    settings = dict(layout.settings(base, SETTINGS)) | {"similarity_fn_name": str(card.similarity)}
    if prompts:
        settings |= {"prompts": prompts, "default_prompt_name": None}
    _json(folder / SETTINGS, settings)
    languages, licence = json.dumps(list(card.languages)), json.dumps(card.licence)
    told = f"licence = {licence}\ncommercial = {str(card.commercial).lower()}\nlanguages = {languages}\n"
    (folder / "card.toml").write_text(told, "utf-8")


def _copied(base: Path, folder: Path, card: Card) -> None:
    for name in dict.fromkeys((*card.files, *layout.moving(base))):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(base / name, folder / name)


def _multiplied(file: Path, matrix: Matrix) -> None:
    from safetensors.numpy import load_file, save_file

    tensors = load_file(file)
    name = "embedding.weight" if "embedding.weight" in tensors else "embeddings"
    tensors[name] = np.ascontiguousarray(tensors[name].astype(np.float32) @ matrix.T)
    save_file(tensors, file)


def _with_dense(folder: Path, card: Card, matrix: Matrix) -> None:
    """Put the matrix before the last step, which makes vectors one long, whatever was there."""
    from safetensors.numpy import save_file

    steps = [_Step(part.kind, part.folder) for part in layout.parts(folder)] or _steps(folder, card)
    if steps[-1].kind.endswith(".Normalize"):
        steps.pop()
    before = sum(step.folder.startswith(DENSE) for step in steps)  # an index may be adapted again
    place = f"{DENSE}_{before + 1}" if before else DENSE
    steps += [_Step(f"{PACKAGE}.Dense", place), _Step(f"{PACKAGE}.Normalize", f"{len(steps) + 1}_Normalize")]
    (folder / place).mkdir()
    save_file({"linear.weight": np.ascontiguousarray(matrix, np.float32)}, folder / place / WEIGHTS)
    dim = len(matrix)
    _json(
        folder / place / CONFIG,
        {"in_features": dim, "out_features": dim, "bias": False, "activation_function": LINEAR},
    )
    modules = [{"idx": n, "name": str(n), "path": one.folder, "type": one.kind} for n, one in enumerate(steps)]
    _json(folder / MODULES, modules)


def _steps(folder: Path, card: Card) -> list[_Step]:
    """Write the modules of a model that names none: those of its card."""
    width = layout.settings(folder, CONFIG).get("hidden_size", card.dim)
    (folder / "1_Pooling").mkdir(exist_ok=True)
    _json(folder / "1_Pooling" / CONFIG, {"word_embedding_dimension": width, "pooling_mode": MODES[card.pooling]})
    _json(folder / "sentence_bert_config.json", {"max_seq_length": card.max_tokens, "do_lower_case": card.lower_case})
    if card.dense or card.modules:
        raise InputError(f"{card.name} has steps after its pooling that its folder does not name.")
    return [_Step(f"{PACKAGE}.Transformer"), _Step(f"{PACKAGE}.Pooling", "1_Pooling")]


def _json(file: Path, value: object) -> None:
    files.replace_text(file, json.dumps(value, ensure_ascii=False, indent=1) + "\n")
