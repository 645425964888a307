"""Training of models on one's own data: recipe, run, product and gate, from one call."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from askew import files
from askew.encoders.loading import load, signature
from askew.encoders.texts import SEGMENT
from askew.errors import InputError, public
from askew.models import own
from askew.models.card import Card
from askew.models.folder import merge
from askew.progress import Progress, Report, reporter
from askew.similarity import Similarity
from askew.tasks import Kind, get
from askew.training import cross_encoders, product, reranking
from askew.training.data import TrainingData, read_training_data
from askew.training.examples import RowSettings, dataset, development, examples, soft_count
from askew.training.gate import Verdict, forgetting_sets, gate
from askew.training.recipes import Given, Recipe, Rows, Schedule, Towers, choose, scale_of, scheduled
from askew.training.runs import RECORD, Run, opened
from askew.training.splits import Split, given_split, split, write_card
from askew.training.towers import check_base, prompts_of, trainable
from askew.training.towers import shorten as shorten_model
from askew.training.trainer import Fitted, Lesson, check_device, fit, require_training
from askew.types import Role
from askew.validation import file_path, flag, one_of, string

"""File in the product with settings, figures and verdict."""
MODEL = "model"  # the product's folder inside the run's
LIBRARIES = ("torch", "sentence-transformers")

Data = TrainingData | str | Path | Sequence[str | Path]


@dataclass(frozen=True)
class Plan:
    """All that decides a product."""

    task: str
    base: Card
    name: str
    recipe: Recipe
    schedule: Schedule
    towers: Towers | None
    teacher: str
    data: Split

    @property
    def titles(self) -> str:
        return SEGMENT if self.towers is Towers.DPR else self.base.titles

    @property
    def similarity(self) -> Similarity:
        return Similarity.DOT if self.towers is Towers.DPR else self.base.similarity

    @property
    def prompts(self) -> Mapping[str, str]:
        """The prompt of each role."""
        return {} if self.towers is Towers.DPR else prompts_of(self.base, self.task)

    @property
    def settings(self) -> dict[str, Any]:
        """What a run seals."""
        return {
            "task": self.task,
            "base": self.base.name,
            "weights": _weights(self.base, self.task),
            "name": self.name,
            "recipe": self.recipe.name,
            "towers": str(self.towers or ""),
            "teacher": self.teacher,
            **({"teacher_weights": _weights(own.resolve(self.teacher), self.task)} if self.teacher else {}),
            **asdict(self.schedule),
            **{part: card.sha256 for part, card in self.data.card.parts.items()},
            **{library: version(library) for library in LIBRARIES},
        }


@dataclass(frozen=True)
class Trained:
    """A trained model. folder: of sentence-transformers, with the card. rows: that it learnt from, without those of
    soft labels. offered: it is registered under its name, because the verdict accepts it or `force` was given. Figures:
    as in `Fitted`. first_stage_weight: of a reranker, as on its card.
    """

    name: str
    folder: Path
    base: str
    recipe: Recipe
    rows: int
    fitted: Fitted
    verdict: Verdict
    data: Split
    first_stage_weight: float = 0.0

    @property
    def offered(self) -> bool:
        return self.verdict.offered


@public
def train(
    data: Data,
    task: str,
    base: str,
    out: str | Path,
    *,
    dev: Data | None = None,
    test: Data | None = None,
    name: str = "",
    recipe: str | None = None,
    towers: str | None = None,
    teacher: str | None = None,
    forgetting: Sequence[str | Path] = (),
    shared_documents: bool = False,
    epochs: int | None = None,
    steps: int | None = None,
    batch: int | None = None,
    learning_rate: float | None = None,
    max_tokens: int | None = None,
    mixed_precision: bool = False,
    seed: int = 0,
    force: bool = False,
    progress: bool | Report | None = None,
) -> Trained:
    """Train a model for a task from one that exists, and compare both on data that it has not seen.

    data: `TrainingData`, or what `read_training_data` reads; split by document and query, unless `dev` and `test` are
    given too. base: name of a model, a folder, or an id of the hub whose files are here. out: the new folder of the
    product. name: of the model, by default that of the folder.
    recipe: `cross-encoder` or `listwise-cross-encoder` for a model that reads both texts together: it reranks, or in a
    symmetric task detects duplicates; None for the recipe of the task.
    towers: `tied` (one encoder), `untied` (two) or `dpr` (two in DPR's form), by DPR's recipe; None for the task's own.
    teacher: a cross-encoder, or a better encoder, whose ranking of each query's documents is learnt instead of pairs.
    A cross-encoder learns the similarity of a better encoder before the labels.
    forgetting: files of other subjects on which the model may not become worse; two small sets of askew's if empty.
    shared_documents: split by query only, for a collection that does not grow.
    epochs, steps, batch, learning_rate, max_tokens, seed: instead of the recipe's; see `Schedule`.
    mixed_precision: multiply matrices in bfloat16, several times as fast on GPUs and on processors with AMX.
    force: register the model even if it is not better.

    A run that was interrupted continues when the call is repeated, and ends with the same model.

    Raises `InputError` for data that are too few or do not fit, a model that cannot be trained, or a folder that
    exists; ContractError if an interrupted run has other settings; ModelError if the loss is not a number.
    """
    require_training()
    get(task)
    place, forced, report = file_path(out, "out"), flag(force, "force"), reporter(progress)
    wanted = "" if recipe is None else string(recipe, "recipe")
    card, form = own.resolve(string(base, "base")), None if towers is None else _form(towers)
    teacher = "" if teacher is None else own.resolve(string(teacher, "teacher")).name
    others = forgetting_sets(forgetting)
    named = product.free_name(name, place)
    parts = _split(data, dev, test, seed, flag(shared_documents, "shared_documents"))
    chosen = choose(task, scored=bool(parts.train.scores), teacher=bool(teacher), towers=form, named=wanted)
    _check_fit(chosen, card, form, teacher, parts.train)
    given = Given(epochs, steps, batch, learning_rate, max_tokens, mixed_precision)
    usual = cross_encoders.usual_schedule(chosen, card) if chosen.reads_pairs else chosen.schedule
    schedule = scheduled(usual, given, seed)
    check_device(schedule)
    plan = Plan(task, card, named, chosen, schedule, form, teacher, parts)
    with opened(place, plan.settings) as run:
        if chosen.reads_pairs:
            cross_encoders.examples(run, plan.data, _row_settings(plan), plan.schedule, report)
        else:
            examples(run, plan.data.train, _row_settings(plan), report)
        rows = dataset(run)
        if chosen.reads_pairs:
            schedule = cross_encoders.whole(run, chosen, rows, schedule)
        fitted = fit(run, _lesson(run, plan, rows), schedule, report)
        return _judged(run, plan, len(rows) - soft_count(run), fitted, others, forced, report)


def _check_fit(chosen: Recipe, base: Card, towers: Towers | None, teacher: str, data: TrainingData) -> None:
    """InputError for a base, a teacher or data from which the recipe cannot learn."""
    if data.scores and data.grades and not chosen.reads_pairs:
        raise InputError(
            "Some of the data are pairs with scores or labels, and some are pairs that belong together, which are "
            "learnt in different ways. Train on the one, and then on the other with the product as --base; or give "
            "the latter a label of 1 in the same file."
        )
    if chosen.reads_pairs:
        cross_encoders.check_base(base)
        cross_encoders.check_teacher(teacher)
    else:
        check_base(base, towers)


def _weights(card: Card, task: str) -> dict[str, str]:
    """Return the SHA-256 of a model's files. Raises `ModelError` for one that is not here or not for this task."""
    return dict(signature(card, task, "fp32").weights)


def _form(towers: str) -> Towers:
    return Towers(one_of(towers, "towers", list(Towers)))


def _split(data: Data, dev: Data | None, test: Data | None, seed: int, shared_documents: bool) -> Split:
    if (dev is None) != (test is None):
        raise InputError("Give both dev and test, or neither: then the data are split.")
    if dev is None or test is None:
        return split(_read(data), seed=seed, shared_documents=shared_documents)
    parts = (_read(data), _read(dev, "dev"), _read(test, "test"))
    return given_split(*parts, shared_documents=shared_documents)


def _read(data: Data, part: str = "train") -> TrainingData:
    return data if isinstance(data, TrainingData) else read_training_data(data, part=part)


def _row_settings(plan: Plan) -> RowSettings:
    limit = plan.schedule.steps * plan.schedule.batch
    return RowSettings(plan.recipe, plan.base, plan.task, plan.titles, plan.teacher, limit, plan.schedule.seed)


def _lesson(run: Run, plan: Plan, rows: Any) -> Lesson:
    """Return what the trainer needs: model, rows, loss and evaluator, with prompts and routes by column."""
    import transformers

    transformers.set_seed(plan.schedule.seed)
    if plan.recipe.reads_pairs:
        return cross_encoders.lesson(run, plan.recipe, plan.base, rows, plan.schedule)
    model = trainable(plan.base, plan.task, plan.towers)
    if plan.schedule.max_tokens:
        shorten_model(model, min(plan.schedule.max_tokens, plan.base.max_tokens))
    columns = [name for name in rows.column_names if name not in ("label", "score")]
    roles = {name: Role.QUERY if name == "query" else Role.DOCUMENT for name in columns}
    two = plan.towers in (Towers.UNTIED, Towers.DPR)
    evaluator, metric = development(
        plan.data.dev, titles=plan.titles, similarity=str(plan.similarity), seed=plan.schedule.seed
    )
    return Lesson(
        model=model,
        rows=rows,
        loss=_loss(plan, model),
        evaluator=evaluator,
        metric=metric,
        prompts={name: prompt for name, role in roles.items() if (prompt := plan.prompts.get(role, ""))},
        routes={name: str(role) for name, role in roles.items()} if two else {},
        distinct=plan.recipe.distinct,
    )


def _loss(plan: Plan, model: Any) -> Any:
    """Return the loss of the recipe, by the model's own similarity. Dot products are not scaled."""
    from sentence_transformers import util
    from sentence_transformers.sentence_transformer import losses

    made = getattr(losses, plan.recipe.loss)
    cosine, scale = plan.similarity is Similarity.COSINE, scale_of(plan.similarity)
    pairwise = util.pairwise_cos_sim if cosine else util.pairwise_dot_score
    if plan.recipe.rows is Rows.SCORES:
        return made(model, scale=scale, similarity_fct=pairwise)
    if plan.recipe.rows is Rows.LISTS:
        return made(model, similarity_fct=pairwise, student_temperature=1 / scale, teacher_temperature=1.0)
    every = util.cos_sim if cosine else util.dot_score
    return made(model, scale=scale, similarity_fct=every, mini_batch_size=plan.schedule.passed)


def _judged(
    run: Run,
    plan: Plan,
    rows: int,
    fitted: Fitted,
    others: Mapping[str, TrainingData] | None,
    force: bool,
    report: Report,
) -> Trained:
    """Make the product of a finished training, compare it with the base, and move it to its place."""
    made = run.folder / MODEL
    files.discard(made)
    report(Progress("save the model", 0, 0))
    summary = f"{plan.base.name}, trained for {plan.task} on {plan.recipe.summary}."
    base, name, task, weight = plan.base, plan.name, plan.task, 0.0
    if plan.recipe.reads_pairs:
        card = cross_encoders.save(
            run, plan.recipe, fitted.checkpoint, made, base=base, name=name, summary=summary, task=task
        )
        judge = reranking.Judge(base, merge.read(made, name), task, report)
        weight = judge.weigh(plan.data.dev)
        files.replace_text(made / merge.CARD, merge.written(replace(card, first_stage_weight=weight)))
        verdict = reranking.judge(judge, plan.data.test, forgetting=others, force=force)
    else:
        product.save(fitted.checkpoint, made, base=base, name=name, summary=summary, task=task, towers=plan.towers)
        verdict = _verdict(plan, merge.read(made, name), others, force, report)
    write_card(made, plan.data.card)
    _write_record(made, run, plan, rows, fitted, verdict)
    run.finish(made, lambda out: own.add(out, name) if verdict.offered else None)
    return Trained(name, run.out, base.name, plan.recipe, rows, fitted, verdict, plan.data, weight)


def _verdict(plan: Plan, made: Card, others: Mapping[str, TrainingData] | None, force: bool, report: Report) -> Verdict:
    """Compare an encoder with the base on the test part."""
    return gate(
        load(plan.base, plan.task),
        load(made, plan.task),
        plan.data.test,
        forgetting=others,
        symmetric=get(plan.task).kind is Kind.SYMMETRIC,
        force=force,
        report=report,
    )


def _write_record(folder: Path, run: Run, plan: Plan, rows: int, fitted: Fitted, verdict: Verdict) -> None:
    told = {
        "settings": run.settings,
        "recipe": asdict(plan.recipe),
        "rows": rows,
        "fitted": {**asdict(fitted), "checkpoint": fitted.checkpoint.name},
        "verdict": asdict(verdict),
    }
    files.replace_text(folder / RECORD, json.dumps(told, indent=1, default=str) + "\n")
