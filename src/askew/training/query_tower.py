"""Query tower: a small encoder with a linear layer to the dimensions of a larger one, and the rows that it learns from.

The linear layer begins as a ridge regression from the small encoder's vectors to those of the larger one, on a part of
the texts. The training then starts near the best that a linear map can do, and not from noise.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askew.encoders.loading import signature
from askew.encoders.torch_model import load, quiet
from askew.errors import InputError
from askew.models import pull
from askew.models.card import Card
from askew.models.folder import layout
from askew.progress import Progress, Report, silent
from askew.similarity import normalise
from askew.types import FloatMatrix

METRIC = "cosine"
"""Mean cosine with the larger encoder's vectors."""
PENALTIES = (1e-3, 1e-2, 1e-1, 1.0)
"""Ridge penalties that are tried, relative to the mean variance of the small encoder's dimensions."""
FIRST = 20_000
"""Texts from which the linear layer is learnt."""
HELD_OUT = 10
"""One text in so many is held out to choose the penalty."""
BATCH = 256
STACKED = frozenset({"bert", "roberta", "xlm-roberta", "mpnet", "distilbert"})
"""Families whose layers are alike, so that the first of them are a model."""
DEPTHS = ("num_hidden_layers", "n_layers")


def check_layers(student: Card, layers: int) -> int:
    """Return how many of its layers a student keeps, 0 for all of them. InputError if it cannot keep so many."""
    if not layers:
        return 0
    if student.architecture not in STACKED:
        known = ", ".join(sorted(STACKED))
        raise InputError(f"layers is for {known}; {student.name} is of the family {student.architecture!r}.")
    told = layout.settings(pull.find(student) / student.root, layout.CONFIG)
    depth = next((int(told[key]) for key in DEPTHS if key in told), 0)
    if not 1 <= layers <= depth:
        raise InputError(f"layers must be between 1 and {depth}, which {student.name} has, not {layers}.")
    return layers


def tower(student: Card, task: str, dim: int, normalised: bool, similarity: str, layers: int = 0) -> Any:
    """Return the student as a SentenceTransformer whose vectors have `dim` dimensions. The linear layer is still zero.

    normalised: they have unit length. layers: of the student that are kept, the first ones; 0 for all. Raises
    ModelError if the student's weights are not here.
    """
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules

    device = "cuda" if torch.cuda.is_available() else "cpu"
    base = load(signature(student, task, "fp32"), pull.find(student), device)
    if layers:
        _keep(base[0].auto_model, layers)
    kept = [module for module in base if not isinstance(module, modules.Normalize)]
    plain = torch.nn.Identity()
    width = base.get_embedding_dimension()
    layer = modules.Dense(width, dim, bias=True, activation_function=plain)
    for weights in layer.parameters():
        torch.nn.init.zeros_(weights)
    last = [modules.Normalize()] if normalised else []
    with quiet():
        model = SentenceTransformer(modules=[*kept, layer, *last], device=device, similarity_fn_name=similarity)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0  # a vector is to be reproduced, and noise in it is error
    return model.train()


def _keep(transformer: Any, layers: int) -> None:
    """Remove all layers of a transformer but the first ones, from its configuration too."""
    import torch

    depth = transformer.config.num_hidden_layers
    lists = (one for one in transformer.modules() if isinstance(one, torch.nn.ModuleList) and len(one) == depth)
    stack = next(lists)
    del stack[layers:]
    transformer.config.num_hidden_layers = layers


def begin(model: Any, texts: Sequence[str], targets: FloatMatrix, report: Report) -> None:
    """Set the linear layer of a tower to the ridge regression on these texts. targets: (n, dim)."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules

    steps = list(model)
    place = max(n for n, module in enumerate(steps) if isinstance(module, modules.Dense))
    with quiet():
        before = SentenceTransformer(modules=steps[:place], device=str(model.device))
    matrix, bias = regression(encoded(before, texts, report), targets)
    with torch.no_grad():
        steps[place].linear.weight.copy_(torch.from_numpy(matrix))
        steps[place].linear.bias.copy_(torch.from_numpy(bias))
    model.train()


def encoded(model: Any, texts: Sequence[str], report: Report) -> FloatMatrix:
    """Return the vectors of texts by a SentenceTransformer, those of similar length together."""
    found = np.empty((len(texts), model.get_embedding_dimension()), np.float32)
    order = np.argsort([len(text) for text in texts], kind="stable")
    for start in range(0, len(order), BATCH):
        part = order[start : start + BATCH]
        found[part] = model.encode([texts[place] for place in part], batch_size=BATCH, show_progress_bar=False)
        report(Progress("encode by the small model", min(start + BATCH, len(order)), len(order)))
    return found


def regression(inputs: FloatMatrix, targets: FloatMatrix) -> tuple[FloatMatrix, FloatMatrix]:
    """Return the ridge regression from inputs (n, d) to targets (n, dim): its matrix (dim, d) and bias (dim,).

    The penalty is the one of PENALTIES that is best on one row in HELD_OUT.
    """
    held = np.arange(len(inputs)) % HELD_OUT == 0
    errors = []
    for penalty in PENALTIES:
        matrix, bias = _ridge(inputs[~held], targets[~held], penalty)
        errors.append(float(np.square(inputs[held] @ matrix.T + bias - targets[held]).mean()))
    return _ridge(inputs, targets, PENALTIES[int(np.argmin(errors))])


def _ridge(inputs: FloatMatrix, targets: FloatMatrix, penalty: float) -> tuple[FloatMatrix, FloatMatrix]:
    middle, aim = inputs.mean(axis=0, dtype=np.float64), targets.mean(axis=0, dtype=np.float64)
    centred = inputs - middle
    normal = centred.T @ centred
    normal[np.diag_indices_from(normal)] += penalty * np.trace(normal) / len(normal)
    matrix = np.linalg.solve(normal, centred.T @ (targets - aim)).T
    return matrix.astype(np.float32), (aim - matrix @ middle).astype(np.float32)


def rows(texts: Sequence[str], targets: FloatMatrix, chosen: NDArray[np.int64]) -> Any:
    """Return the chosen texts as a `datasets.Dataset`, whose labels are their targets, read when they are used."""
    import datasets
    import torch

    def read(batch: dict[str, list[Any]]) -> dict[str, list[Any]]:
        return {**batch, "label": list(torch.from_numpy(np.array(targets[batch["label"]])))}

    found = datasets.Dataset.from_dict({"text": [texts[place] for place in chosen], "label": chosen.tolist()})
    found.set_transform(read)
    return found


def evaluator(texts: Sequence[str], targets: FloatMatrix) -> Any:
    """Return sentence-transformers' evaluator whose figure is METRIC, on texts that are held out."""
    from sentence_transformers.base.evaluation import BaseEvaluator

    class Cosine(BaseEvaluator):  # type: ignore[misc]
        def __call__(self, model: Any, output_path: str | None = None, epoch: int = -1, steps: int = -1) -> Any:
            found = encoded(model, texts, silent)
            return {METRIC: mean_cosine(found, targets)}

    made = Cosine()
    made.primary_metric = METRIC
    return made


def mean_cosine(found: FloatMatrix, targets: FloatMatrix) -> float:
    return float(np.einsum("ij,ij->i", normalise(found), normalise(targets)).mean())
