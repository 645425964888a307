"""Training with the trainer of sentence-transformers: progress, checkpoints, early stopping, and a clear end.

The loop, the optimiser and the order of the rows are the library's. What askew adds: each checkpoint is sealed, a run
that was killed continues from the last whole one and ends with the same weights, and a loss that is not a number ends
the run.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from askew.encoders.torch_model import quiet
from askew.environment import require
from askew.errors import InputError, ModelError, ResourceError
from askew.progress import Progress, Report
from askew.training.recipes import Schedule
from askew.training.runs import Run, state_of, step_of

KEPT = 3
"""Checkpoints that are kept: the best, and two others, so that one is whole while another is written."""
SECONDS = 300.0
"""Seconds after which a checkpoint is saved between two evaluations."""
BASE = "base"
"""Key in the log of the base model's score on the development set."""
DECAY = 0.01
TIE = 1e-12
MEMORY = ("out of memory", "can't allocate memory", "not enough memory")


@dataclass(frozen=True)
class Lesson:
    """What is learnt. model: of sentence-transformers. rows: a `datasets.Dataset`, a column for each text, then labels.
    loss: of the model. evaluator: of the development set. metric: the one of its figures that decides, higher is
    better. prompts, routes: by column. distinct: no text occurs twice in a batch. kind: of the model, as
    sentence-transformers names it. sampler: a class of batch samplers, None for random batches. unjudged:
    batches before the first evaluation.
    """

    model: Any
    rows: Any
    loss: Any
    evaluator: Any
    metric: str
    prompts: Mapping[str, str] = field(default_factory=dict)
    routes: Mapping[str, str] = field(default_factory=dict)
    distinct: bool = False
    kind: str = "SentenceTransformer"
    sampler: Any = None
    unjudged: int = 0


@dataclass(frozen=True)
class Fitted:
    """checkpoint: the best one, a folder that sentence-transformers loads. steps: taken, of total. base, best: the
    deciding figure of the development set before training, and of the checkpoint. losses: mean loss by step.
    """

    checkpoint: Path
    step: int
    steps: int
    total: int
    base: float
    best: float
    losses: tuple[tuple[int, float], ...]


def require_training() -> None:
    """InputError with the line that installs it, where what training needs is missing."""
    for module, library in (
        ("torch", "PyTorch"),
        ("sentence_transformers", "sentence-transformers"),
        ("accelerate", "accelerate"),
        ("datasets", "datasets"),
    ):
        require(module, library, "train", "Training")


def fit(run: Run, lesson: Lesson, schedule: Schedule, report: Report) -> Fitted:
    """Train, or continue the training of an interrupted run.

    Raises ModelError if the loss is not a number, ResourceError if memory is not enough; the checkpoints stay.
    """
    with quiet():
        if not any(BASE in record for record in run.records()):
            report(Progress("evaluate the base model", 0, 0))
            run.log({BASE: float(lesson.evaluator(lesson.model)[lesson.metric])})
        if not _done(run, schedule, len(lesson.rows), lesson.metric):
            _train(run, lesson, schedule, report)
    return _fitted(run, schedule, len(lesson.rows))


def check_device(schedule: Schedule) -> None:
    """InputError for mixed precision on a GPU without bfloat16."""
    import torch

    wanted = schedule.mixed_precision and torch.cuda.is_available()
    if wanted and not torch.cuda.is_bf16_supported(including_emulation=False):
        raise InputError("This GPU does not compute in bfloat16: train without mixed precision.")


def _train(run: Run, lesson: Lesson, schedule: Schedule, report: Report) -> None:
    saved = run.whole()
    trainer = _trainer(lesson, _arguments(run, lesson, schedule), _callback(run, lesson, schedule, report))
    try:
        trainer.train(resume_from_checkpoint=str(saved[-1]) if saved else None)
    except RuntimeError as error:
        if any(words in str(error).lower() for words in MEMORY):
            raise ResourceError(
                f"Not enough memory to train with batches of {schedule.batch}. Lower batch or max_tokens; the base "
                "model and all checkpoints are untouched."
            ) from error
        raise


def _arguments(run: Run, lesson: Lesson, schedule: Schedule) -> Any:
    import sentence_transformers
    import torch

    rows = len(lesson.rows)
    total = schedule.total(rows)
    every = schedule.interval(rows, lesson.unjudged)
    warm = round(schedule.warmup * total)
    own = {"router_mapping": dict(lesson.routes)} if lesson.routes else {}
    return getattr(sentence_transformers, f"{lesson.kind}TrainingArguments")(
        output_dir=str(run.checkpoints),
        max_steps=total,
        per_device_train_batch_size=schedule.batch,
        learning_rate=schedule.learning_rate,
        warmup_steps=warm,
        weight_decay=DECAY,
        eval_strategy="steps",
        eval_steps=every,
        eval_delay=max(warm, lesson.unjudged),  # until then, hardly anything was learnt
        save_strategy="steps",
        save_steps=every,
        save_total_limit=KEPT,
        metric_for_best_model=f"eval_{lesson.metric}",
        greater_is_better=True,
        logging_steps=max(1, every // 4),
        logging_nan_inf_filter=False,
        seed=schedule.seed,
        data_seed=schedule.seed,
        batch_sampler="no_duplicates" if lesson.distinct else "batch_sampler",
        prompts=dict(lesson.prompts) or None,
        dataloader_pin_memory=torch.cuda.is_available(),
        bf16=schedule.mixed_precision,
        use_cpu=schedule.mixed_precision and not torch.cuda.is_available(),
        learning_rate_mapping=word_rates(lesson.model, schedule),
        disable_tqdm=True,
        report_to="none",
        **own,
    )


def word_rates(model: Any, schedule: Schedule) -> dict[str, float]:
    """Return the learning rate of the word embeddings by a pattern of their name, where it differs from that of all."""
    if schedule.word_rate == 1:
        return {}
    from transformers import PreTrainedModel

    parts = (module for module in model.modules() if isinstance(module, PreTrainedModel))
    words = {id(part.get_input_embeddings().weight) for part in parts}
    rate = schedule.learning_rate * schedule.word_rate
    return {rf"\b{re.escape(name)}$": rate for name, value in model.named_parameters() if id(value) in words}


def _trainer(lesson: Lesson, arguments: Any, callback: Any) -> Any:
    import sentence_transformers
    from transformers import PrinterCallback

    base: Any = getattr(sentence_transformers, f"{lesson.kind}Trainer")

    class Trainer(base):  # type: ignore[misc]
        """The library's trainer, without what it writes about the data, and with a check of the loss."""

        def add_model_card_callback(self, default_args_dict: dict[str, Any]) -> None:
            return

        def get_batch_sampler(self, *given: Any, **named: Any) -> Any:
            made = lesson.sampler or super().get_batch_sampler  # among the arguments it would be pickled
            return made(*given, **named)

        def compute_loss(
            self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
        ) -> Any:
            loss = super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
            value = float((loss[0] if return_outputs else loss).detach())
            if value - value != 0:  # NaN, or infinite
                raise ModelError(
                    f"The loss is {value} at step {self.state.global_step + 1}, so that nothing more can be learnt. "
                    "Train with a lower learning rate; the base model and all checkpoints are untouched."
                )
            return loss

    if arguments.bf16 and arguments.use_cpu:
        _attend_plainly(lesson.model)
    lesson.model.model_card_data.local_files_only = True  # else each checkpoint asks the hub for the base model
    trainer = Trainer(
        model=lesson.model,
        args=arguments,
        train_dataset=lesson.rows,
        loss=lesson.loss,
        evaluator=lesson.evaluator,
        callbacks=[callback],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def _attend_plainly(model: Any) -> None:
    """Have transformers compute attention by plain products of matrices.

    Going back through PyTorch's fused attention takes longer than all else in bfloat16 on a processor: a batch of 32
    pairs of 100 tokens .93 s instead of .35.
    """
    from transformers import PreTrainedModel

    for module in model.modules():
        if isinstance(module, PreTrainedModel):
            module.set_attn_implementation("eager")


def _callback(run: Run, lesson: Lesson, schedule: Schedule, report: Report) -> Any:
    from transformers import TrainerCallback

    class Watch(TrainerCallback):  # type: ignore[misc]
        """Reports progress, saves and seals checkpoints, keeps the log, and stops when nothing gets better."""

        def __init__(self) -> None:
            self._saved = time.monotonic()

        def on_step_end(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
            report(Progress("train", state.global_step, state.max_steps))
            control.should_save &= state.global_step >= lesson.unjudged  # evaluations, whose interval it is, come later
            if state.global_step >= state.max_steps:
                control.should_evaluate = control.should_save = True
            if time.monotonic() - self._saved > SECONDS:
                control.should_save = True

        def on_save(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
            run.seal(run.checkpoints / f"checkpoint-{state.global_step}")
            self._saved = time.monotonic()

        def on_log(self, args: Any, state: Any, control: Any, logs: Mapping[str, Any], **rest: Any) -> None:
            told = {key: logs[key] for key in ("loss", "learning_rate", f"eval_{lesson.metric}") if key in logs}
            run.log({"step": state.global_step, **told})

        def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Mapping[str, Any], **rest: Any) -> None:
            if metrics[f"eval_{lesson.metric}"] == state.best_metric:
                state.best_metric -= TIE  # of equals, the checkpoint that has learnt longer is the best
            if _exhausted(state.log_history, lesson.metric, schedule.patience):
                control.should_training_stop = True

    return Watch()


def _exhausted(history: list[dict[str, Any]], metric: str, patience: int) -> bool:
    """Return whether the last evaluations were all worse than one before them."""
    scores = [record[f"eval_{metric}"] for record in history if f"eval_{metric}" in record]
    return bool(scores) and scores[::-1].index(max(scores)) >= patience


def _done(run: Run, schedule: Schedule, rows: int, metric: str) -> bool:
    """Return whether the training of an interrupted run had come to its end."""
    saved = run.whole()
    if not saved:
        return False
    state = state_of(saved[-1])
    return step_of(saved[-1]) >= schedule.total(rows) or _exhausted(state["log_history"], metric, schedule.patience)


def _fitted(run: Run, schedule: Schedule, rows: int) -> Fitted:
    last = run.whole()[-1]
    state = state_of(last)
    best = run.checkpoints / Path(state["best_model_checkpoint"] or last).name
    losses = tuple((int(one["step"]), float(one["loss"])) for one in state["log_history"] if "loss" in one)
    return Fitted(
        best,
        step_of(best),
        step_of(last),
        schedule.total(rows),
        next(record[BASE] for record in run.records() if BASE in record),
        float(state["best_metric"]),
        losses,
    )
