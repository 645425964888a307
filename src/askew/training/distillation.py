"""Distillation of a query tower: a small encoder gives queries the vectors of a larger one, which encodes documents.

Documents stay as they are encoded. The loss is the distance to the larger encoder's vectors, so that texts
suffice and nobody has to judge anything: LEAF (Vujanic and Rueckstiess 2025, arXiv:2509.12539).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from askew import files
from askew.encoders import Encoder
from askew.encoders.cache import BATCH, CachedEncoder
from askew.encoders.dual import EncoderPair, paired
from askew.encoders.loading import load, signature
from askew.encoders.pairing import TASK
from askew.encoders.shared_space import SpaceAgreement, check_shared_space
from askew.errors import InputError, public
from askew.models import own
from askew.models.card import Card
from askew.models.folder import merge
from askew.progress import Progress, Report, reporter
from askew.similarity import Similarity, prepare
from askew.training import product
from askew.training.batches import by_length
from askew.training.query_tower import FIRST, METRIC, begin, check_layers, evaluator, rows, tower
from askew.training.recipes import Given, Schedule, recipe, scheduled
from askew.training.runs import RECORD, Run, opened
from askew.training.towers import check_base
from askew.training.trainer import Fitted, Lesson, check_device, fit, require_training
from askew.types import FloatMatrix, Role
from askew.validation import file_path, string, strings, whole

RECIPE = "query-tower"
STUDENT = "all-MiniLM-L6-v2"
"""Where the training begins by default."""
EXAMPLE = '["who insures the guide", "insurance of guides"]'
DISTANCE = "l2"
"""Mean distance, as sentence-transformers names it. A mean of squares over all dimensions has gradients so small that
the optimiser hardly moves the embeddings of rare words.
"""
LEAST = 200
"""Minimum number of distinct texts."""
HELD_OUT = 20
"""One text in so many is held out of the training, at most MOST of them."""
MOST = 500
TARGETS, MODEL = "targets.f32", "model"
LIBRARIES = ("torch", "sentence-transformers")


@dataclass(frozen=True)
class DistilledQueries:
    """A query tower, registered as a model under its name. documents: the model in whose space it is. student: where
    the training began. texts: that it learnt from. agreement: of its vectors with those of the documents' model.

    fitted: its figures are the mean cosine with the larger encoder's vectors on texts that were held out; `base` is
    that of the student with the linear layer alone.
    """

    name: str
    folder: Path
    documents: str
    student: str
    texts: int
    fitted: Fitted
    agreement: SpaceAgreement


@dataclass(frozen=True)
class _Plan:
    """All that decides a tower. teacher: encodes the documents. precision: of the teacher. layers: of the student that
    are kept, 0 for all.
    """

    teacher: Card
    student: Card
    precision: str
    name: str
    texts: Sequence[str]
    schedule: Schedule
    layers: int

    @property
    def settings(self) -> dict[str, Any]:
        """What a run seals."""
        return {
            "recipe": RECIPE,
            "documents": signature(self.teacher, TASK, self.precision).fingerprint,
            "student": signature(self.student, TASK, "fp32").fingerprint,
            "layers": self.layers,
            "name": self.name,
            "texts": hashlib.sha256(json.dumps(self.texts).encode()).hexdigest(),
            **asdict(self.schedule),
            **{library: version(library) for library in LIBRARIES},
        }


@public
def distil_queries(
    documents: str,
    student: str,
    texts: Sequence[str],
    out: str | Path,
    *,
    name: str = "",
    precision: str = "fp32",
    epochs: int | None = None,
    steps: int | None = None,
    batch: int | None = None,
    learning_rate: float | None = None,
    max_tokens: int | None = None,
    mixed_precision: bool = False,
    seed: int = 0,
    layers: int | None = None,
    progress: bool | Report | None = None,
) -> DistilledQueries:
    """Train a small encoder to give queries the vectors of the document encoder, and register it as a model.

    documents, student: names of models, folders, or ids of the hub, whose files are here. student: a small transformer,
    where the training begins. texts: like the queries to come, best tens of thousands: questions that were asked, and
    `query_texts` of the documents. out: the new folder of the model, which sentence-transformers loads. name: of the
    model, by default that of the folder. precision: in which the document encoder encodes the texts, fp32 or int8.
    epochs, steps, batch, learning_rate, max_tokens, seed: instead of the recipe's; see `Schedule`. mixed_precision:
    multiply matrices in bfloat16, several times as fast on GPUs and on processors with AMX. layers: keep only the
    student's first so many layers, which makes a tower of a deep student, such as the document encoder itself.

    A run that was interrupted continues when the call is repeated. No text is encoded twice by the document encoder.

    Raises `InputError` for too few texts, a model that cannot be trained, or a folder that exists; ContractError if an
    interrupted run has other settings; ModelError if the loss is not a number, or if in the end the tower does not
    share the space of the documents.
    """
    require_training()
    report = reporter(progress)
    teacher, small = own.resolve(string(documents, "documents")), own.resolve(string(student, "student"))
    check_base(small, None)
    kept = check_layers(small, 0 if layers is None else whole(layers, "layers", 1))
    given = Given(epochs, steps, batch, learning_rate, max_tokens, mixed_precision)
    schedule = scheduled(recipe(RECIPE).schedule, given, seed)
    check_device(schedule)
    encoder = load(teacher, TASK, precision)
    place = file_path(out, "out")
    named = product.free_name(name, place)
    plan = _Plan(teacher, small, precision, named, _distinct(texts), schedule, kept)
    with opened(place, plan.settings) as run:
        targets = _targets(run, plan, encoder, report)
        fitted = fit(run, _lesson(run, plan, targets, report), schedule, report)
        agreement = _finish(run, plan, fitted, report)
    return DistilledQueries(named, run.out, teacher.name, small.name, len(plan.texts), fitted, agreement)


def _distinct(texts: Sequence[str]) -> list[str]:
    found = [text for text in dict.fromkeys(strings(texts, "texts", EXAMPLE)) if text.strip()]
    if len(found) < LEAST:
        raise InputError(
            f"There are {len(found):,} distinct texts; at least {LEAST} are needed, and tens of thousands advisable. "
            "They need not be queries: short texts of the documents will do."
        )
    return found


def _targets(run: Run, plan: _Plan, encoder: Encoder, report: Report) -> FloatMatrix:
    """Return the document encoder's vectors of the texts as queries, mapped from a file of the run.

    They come through the embedding cache, which has what an interrupted run, or one for another student, encoded.
    """
    path, count = run.folder / TARGETS, len(plan.texts)
    if not path.is_file():
        cached = CachedEncoder(encoder)
        with files.replacing(path) as file:
            for start in range(0, count, BATCH):
                vectors = cached.encode(plan.texts[start : start + BATCH], Role.QUERY).vectors
                file.write(prepare(vectors, plan.teacher.similarity).astype("<f4").tobytes())
                report(Progress("encode", min(start + BATCH, count), count))
    return np.memmap(path, "<f4", "r", shape=(count, plan.teacher.dim))


def _lesson(run: Run, plan: _Plan, targets: FloatMatrix, report: Report) -> Lesson:
    """Return what the trainer needs. One text in HELD_OUT is only evaluated."""
    import transformers
    from sentence_transformers.sentence_transformer import losses

    transformers.set_seed(plan.schedule.seed)
    held = np.arange(0, len(targets), HELD_OUT)[:MOST]
    seen = np.setdiff1d(np.arange(len(targets)), held)
    unit = plan.teacher.similarity is Similarity.COSINE
    model = tower(plan.student, TASK, plan.teacher.dim, unit, str(plan.teacher.similarity), plan.layers)
    if plan.schedule.max_tokens:
        model.max_seq_length = min(plan.schedule.max_tokens, plan.student.max_tokens)
    if not run.whole():
        first = np.random.default_rng(plan.schedule.seed).permutation(seen)[:FIRST]
        begin(model, [plan.texts[place] for place in first], np.asarray(targets[first]), report)
    return Lesson(
        model=model,
        rows=rows(plan.texts, targets, seen),
        loss=losses.EmbedDistillLoss(model, distance_metric=DISTANCE),
        evaluator=evaluator([plan.texts[place] for place in held], np.asarray(targets[held])),
        metric=METRIC,
        sampler=by_length([len(plan.texts[place]) for place in seen]),
    )


def _finish(run: Run, plan: _Plan, fitted: Fitted, report: Report) -> SpaceAgreement:
    """Make the product, check that it shares the space of the documents, and move it to its place."""
    made = run.folder / MODEL
    files.discard(made)
    report(Progress("save the model", 0, 0))
    summary = f"Queries for documents of {plan.teacher.name}: {plan.student.name}, distilled from it."
    product.save(fitted.checkpoint, made, base=plan.student, name=plan.name, summary=summary, task=TASK, towers=None)
    agreement = _agreement(plan, merge.read(made, plan.name))
    told = {"settings": run.settings, "texts": len(plan.texts), "agreement": asdict(agreement)}
    told["fitted"] = {**asdict(fitted), "checkpoint": fitted.checkpoint.name}
    files.replace_text(made / RECORD, json.dumps(told, indent=1) + "\n")
    run.finish(made, lambda out: own.add(out, plan.name))
    return agreement


def _agreement(plan: _Plan, made: Card) -> SpaceAgreement:
    """Return the agreement of the tower with the document encoder. Raises ModelError if they share no space."""
    sides = {Role.DOCUMENT: load(plan.teacher, TASK, plan.precision), Role.QUERY: load(made, TASK)}
    sealed = paired(plan.name, sides[Role.DOCUMENT].signature, sides[Role.QUERY].signature)
    return check_shared_space(EncoderPair(sealed, sides))
