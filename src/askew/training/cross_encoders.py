"""Cross-encoders trained on labels: rerankers from judged queries, detectors of duplicates from labelled pairs.

A fresh head with one score on the transformer of a base model (Nogueira and Cho 2019, arXiv 1901.04085). The head first
learns the base's own similarity, and then the labels. The probability of a duplicate is calibrated with the pairs of
the development set, as `askew duplicates` acts on probabilities above 0.9 and below 0.1.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askew.encoders.torch_model import admit, quiet
from askew.errors import InputError, ModelError
from askew.models import cards, own, pull
from askew.models.card import Card
from askew.models.folder.card import read
from askew.progress import Report
from askew.tasks import get
from askew.training.batches import by_length, count
from askew.training.data import TrainingData, document_text
from askew.training.examples import FILE, SOFT, Mined, Row, RowSettings, chosen, hard_negatives, soft_count, write
from askew.training.product import digests, sealed
from askew.training.recipes import Recipe, Rows, Schedule
from askew.training.runs import Run
from askew.training.soft_labels import MOST, soft_rows
from askew.training.splits import Split
from askew.training.trainer import Lesson

DEVELOPMENT = "development.jsonl"

HEADED = frozenset({"bert", "roberta", "xlm-roberta", "mpnet", "distilbert"})
"""Architectures whose classification head askew computes."""
OTHERS = 9
"""Negatives of each relevant document in the development set."""
QUERIES, PAIRS = 100, 1000
"""Of the development set that are scored at each evaluation, in lists or by themselves."""
LONGEST = 16
"""Documents of a list."""
COLDEST, HOTTEST = 0.05, 20.0
"""Temperatures tried."""


def examples(run: Run, data: Split, wanted: RowSettings, schedule: Schedule, report: Report) -> None:
    """Write the rows of a run that are learnt, and those of the development set. An interrupted run has them already.

    A base that does not encode lets the task's default model mine. One that does has a fresh head, which learns from
    soft labels first: its own, or those of a teacher.
    """
    recipe = wanted.recipe
    miner = wanted.card if wanted.card.kind == "bi-encoder" else cards.get(get(wanted.task).model)
    judged = recipe
    if recipe.rows is not Rows.SCORES:
        judged = replace(recipe, rows=Rows.LISTS, negatives=_others(data.dev))
    for name, part, one, limit in (
        (FILE, data.train, recipe, wanted.limit),
        (DEVELOPMENT, data.dev, judged, 0),
    ):
        if (run.folder / name).is_file():
            continue
        asked = replace(wanted, recipe=one, card=miner, limit=limit, teacher="")
        mined = hard_negatives(run, part, chosen(part, asked), asked, report)
        write(run.folder / name, rows(one, part, mined))
    taught = recipe.rows is not Rows.LISTS and (wanted.card.kind == "bi-encoder" or bool(wanted.teacher))
    if taught and not (run.folder / SOFT).is_file():
        most = min(MOST, schedule.steps // 2 * schedule.batch) if schedule.steps else MOST
        write(run.folder / SOFT, soft_rows(_read(run, FILE), data.train, wanted, most, report))


def _others(data: TrainingData) -> int:
    """Return how many negatives a development set has for each relevant document."""
    most = max(sum(grade > 0 for grade in grades.values()) for grades in data.grades.values())
    return max(1, min(OTHERS, len(data.documents) - most))


def rows(recipe: Recipe, data: TrainingData, mined: Mined) -> list[Row]:
    """Return the rows of a loss: pairs of texts with their label, or a query with documents and their grades.

    mined: hard negatives by query and relevant document. Raises `InputError` if only one of both labels is there.
    """
    if recipe.rows is Rows.LISTS:
        return list(_lists(recipe, data, mined))
    pairs = list(dict.fromkeys([*_scored(data), *_judged(data, mined)]))
    _check_labels({label for _, _, label in pairs})
    if recipe.rows is Rows.SCORES:  # the relation is symmetric
        pairs += [(b, a, label) for a, b, label in pairs]
    return [{"text1": a, "text2": b, "label": label} for a, b, label in pairs]


def _scored(data: TrainingData) -> Iterator[tuple[str, str, float]]:
    return ((pair.text1, pair.text2, float(pair.score)) for pair in data.scores)


def _judged(data: TrainingData, mined: Mined) -> Iterator[tuple[str, str, float]]:
    """Yield each query with a relevant document, and with its negatives."""
    for (query, positive), others in mined.items():
        asked = data.queries[query]
        yield asked, document_text(data.documents[positive]), 1.0
        for id in others:
            yield asked, document_text(data.documents[id]), 0.0


def _check_labels(labels: set[float]) -> None:
    if labels - {0.0, 1.0}:
        raise InputError(
            "These pairs have degrees of similarity, and a cross-encoder for duplicates learns from the labels 1 and "
            "0. Leave out the recipe: a bi-encoder learns from degrees."
        )
    if labels != {0.0, 1.0}:
        told = "1" if 1.0 in labels else "0"
        raise InputError(
            f"All pairs have the label {told}, so that there is nothing to tell apart. Label others too, best those "
            "near the threshold: askew duplicates --review."
        )


def _lists(recipe: Recipe, data: TrainingData, mined: Mined) -> Iterator[Row]:
    """Yield each query with its best relevant documents, and with negatives of each of these in turns."""
    for query, grades in data.grades.items():
        best = sorted((id for id in grades if (query, id) in mined), key=lambda one: -grades[one])
        if not best:
            continue
        relevant = {id: float(grades[id]) for id in best[: LONGEST // 2]}
        others = [mined[query, id] for id in relevant]
        turns = (row[n] for n in range(max(map(len, others), default=0)) for row in others if n < len(row))
        picked = list(dict.fromkeys(turns))[: recipe.negatives]
        yield {
            "query": data.queries[query],
            "documents": [document_text(data.documents[id]) for id in (*relevant, *picked)],
            "label": [*relevant.values(), *[0.0] * len(picked)],
        }


def lesson(run: Run, recipe: Recipe, base: Card, learnt: Any, schedule: Schedule) -> Lesson:
    """Return what the trainer needs. learnt: the rows as a `datasets.Dataset`."""
    pairs = recipe.rows is not Rows.LISTS
    model = untrained(base, recipe, max_tokens=schedule.max_tokens or base.max_tokens, seed=schedule.seed)
    evaluator, metric = development(recipe, _read(run, DEVELOPMENT), schedule.seed)
    first = soft_count(run)
    lengths = [len(a) + len(b) for a, b in zip(learnt["text1"], learnt["text2"], strict=True)] if pairs else []
    return Lesson(
        model=model,
        rows=learnt,
        loss=_loss(recipe, model, learnt["label"][first:], schedule),
        evaluator=evaluator,
        metric=metric,
        kind=recipe.model,
        sampler=by_length(lengths, first, schedule.epochs) if pairs else None,
        unjudged=-(-first // schedule.batch),
    )


def usual_schedule(recipe: Recipe, base: Card) -> Schedule:
    """Return the schedule of a recipe for a base, whose head is a fresh one unless it is a cross-encoder."""
    return recipe.schedule if base.kind == "bi-encoder" else replace(recipe.schedule, learning_rate=5e-5, epochs=2)


def whole(run: Run, recipe: Recipe, rows: Sequence[Any], schedule: Schedule) -> Schedule:
    """Return the schedule by the number of its batches: soft labels are passed once, the others by its epochs."""
    if recipe.rows is Rows.LISTS:
        return schedule
    total = count(rows, schedule.batch, soft_count(run), schedule.epochs)
    total = min(total, schedule.steps) if schedule.steps else total
    return replace(schedule, epochs=total, steps=total)


def _read(run: Run, name: str) -> list[Row]:
    return [json.loads(line) for line in (run.folder / name).read_text("utf-8").splitlines()]


def untrained(base: Card, recipe: Recipe, *, max_tokens: int, seed: int, device: str = "") -> Any:
    """Return a `CrossEncoder` of sentence-transformers: the base's transformer, with a fresh head of one score unless
    the base has one. device: of PyTorch, "" for a GPU if there is one.

    Raises `InputError` for a base of a family that has no such head here.
    """
    check_base(base)
    import torch
    from sentence_transformers import CrossEncoder
    from sentence_transformers.base.modules import Transformer

    folder = pull.find(base) / base.root
    admit(folder)
    local = {"local_files_only": True, "trust_remote_code": False}
    where = device or ("cuda" if torch.cuda.is_available() else "cpu")
    with quiet(), torch.random.fork_rng():
        torch.manual_seed(seed)
        transformer = Transformer(
            str(folder),
            transformer_task="sequence-classification",
            model_kwargs=local | {"dtype": torch.float32},
            processor_kwargs=local.copy(),
            config_kwargs=local | {"num_labels": 1},
            max_seq_length=min(max_tokens, base.max_tokens),
        )
        activation = torch.nn.Sigmoid() if recipe.rows is Rows.SCORES else torch.nn.Identity()
        return CrossEncoder(modules=[transformer], activation_fn=activation, device=where)


def check_teacher(teacher: str) -> None:
    """InputError for a teacher that does not encode, so that it cannot tell how alike the texts of a pair are."""
    if teacher and (card := own.resolve(teacher)).kind != "bi-encoder":
        raise InputError(
            f"{teacher} is a {card.kind}. What teaches a cross-encoder is a better encoder, such as all-mpnet-base-v2."
        )


def check_base(base: Card) -> None:
    """InputError for a model that cannot become a cross-encoder."""
    if base.labels:
        raise InputError(
            f"{base.name} labels pairs ({', '.join(base.labels)}) and has no single score to train. Choose a model "
            "such as all-MiniLM-L6-v2, or a cross-encoder for reranking."
        )
    if base.architecture not in HEADED or base.sides or base.towers or base.kind not in ("bi-encoder", "cross-encoder"):
        raise InputError(
            f"{base.name} ({base.architecture}, {base.kind}) cannot become a cross-encoder: askew scores pairs with "
            f"the families {', '.join(sorted(HEADED))}. Choose a model such as all-MiniLM-L6-v2."
        )


def _loss(recipe: Recipe, model: Any, labels: Sequence[Any], schedule: Schedule) -> Any:
    """Return the recipe's loss. Positives weigh as much as the negatives that were mined for them."""
    import torch
    from sentence_transformers.cross_encoder import losses

    kind = getattr(losses, recipe.loss)
    if recipe.rows is Rows.LISTS:
        return kind(model, mini_batch_size=schedule.passed)
    positives = sum(labels)
    weight = (len(labels) - positives) / positives if recipe.rows is Rows.PAIRS else 1.0
    return kind(model, pos_weight=torch.tensor(max(1.0, weight)))


def development(recipe: Recipe, judged: Sequence[Row], seed: int) -> tuple[Any, str]:
    """Return an evaluator of sentence-transformers for rows of a development set, and the name of its figure that
    decides: average precision of labelled pairs, or nDCG@10 of each query's relevant documents among its negatives.
    """
    from sentence_transformers.cross_encoder import evaluation

    drawn = random.Random(seed)  # noqa: S311  # reproducible, not secret
    if recipe.rows is Rows.SCORES:
        some = drawn.sample(judged, min(len(judged), PAIRS))
        pairs, labels = [[row["text1"], row["text2"]] for row in some], [int(row["label"]) for row in some]
        judge = _watched(evaluation.CrossEncoderClassificationEvaluator)
        return judge(pairs, labels, write_csv=False), "average_precision"
    some = drawn.sample(judged, min(len(judged), QUERIES))
    return _watched(evaluation.CrossEncoderRerankingEvaluator)(list(map(_sample, some)), write_csv=False), "ndcg@10"


def _watched(evaluator: Any) -> Any:
    """Return the kind of evaluator that says so where scores are not numbers, which no measure takes."""

    class Watched(evaluator):  # type: ignore[misc]
        def __call__(self, *given: Any, **named: Any) -> Any:
            try:
                return super().__call__(*given, **named)
            except ValueError as error:
                raise ModelError(
                    "The scores of the model are not numbers, so that nothing more can be learnt. Train with a lower "
                    "learning rate, or from another base; the base model and all checkpoints are untouched."
                ) from error

    return Watched


def _sample(row: Row) -> dict[str, Any]:
    texts = list(zip(row["documents"], row["label"], strict=True))
    return {
        "query": row["query"],
        "positive": [text for text, grade in texts if grade > 0],
        "negative": [text for text, grade in texts if grade <= 0],
    }


def save(
    run: Run, recipe: Recipe, checkpoint: Path, folder: Path, *, base: Card, name: str, summary: str, task: str
) -> Card:
    """Write the model of a checkpoint to a new folder that sentence-transformers loads, and return its card.

    The probability of a duplicate is calibrated with the rows of the development set.
    """
    from sentence_transformers import CrossEncoder

    with quiet():
        model = CrossEncoder(str(checkpoint), device="cpu", local_files_only=True)
        model.max_seq_length = base.max_tokens
        calibrate(model, _read(run, DEVELOPMENT) if recipe.rows is Rows.SCORES else ())
        model.save_pretrained(str(folder), create_model_card=False)
    found = read(folder, name)
    found = replace(found, files=digests(folder, found.files))
    return sealed(folder, found, base=base, name=name, summary=summary, task=task, pipeline="text-ranking")


def calibrate(model: Any, held_back: Sequence[Row]) -> float:
    """Divide the head of a `CrossEncoder` by the temperature that fits the labels of pairs best, and return it.

    The order of the scores stays, and the folder needs no setting of its own. Without pairs nothing changes.
    """
    if not held_back:
        return 1.0
    import torch

    pairs = [(row["text1"], row["text2"]) for row in held_back]
    logits = model.predict(pairs, activation_fn=torch.nn.Identity(), show_progress_bar=False)
    found = temperature(np.asarray(logits, np.float64), np.array([row["label"] for row in held_back], np.float64))
    heads = [one for one in model.modules() if isinstance(one, torch.nn.Linear) and one.out_features == 1]
    with torch.no_grad():
        for weights in heads[-1].parameters():
            weights.div_(found)
    return found


def temperature(logits: NDArray[np.float64], labels: NDArray[np.float64]) -> float:
    """Return the divisor of logits (n,) whose probabilities fit labels (n,) of 0 and 1 best, by their likelihood.

    Guo et al. 2017, "On Calibration of Modern Neural Networks" (arXiv 1706.04599).
    """
    from scipy.optimize import minimize_scalar

    def unlikely(logarithm: float) -> float:
        scaled = logits / np.exp(logarithm)
        return float(np.mean(np.logaddexp(0, scaled) - labels * scaled))

    found = minimize_scalar(unlikely, bounds=(np.log(COLDEST), np.log(HOTTEST)), method="bounded")
    return float(np.exp(found.x))
