"""What `askew index`, `delete`, `show` and `check` do with a folder that is a FAQ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import typer

from askew.cli.findings import advised, json_of, listed, shown
from askew.cli.output import as_json, counted, note, progress, say
from askew.cli.reading import fields, tell
from askew.diagnostics.run import Depth, diagnose
from askew.errors import AskewError, InputError
from askew.faq.entries import Entries, read_entries
from askew.faq.faq import ANSWER_TASK, QUESTION_TASK, Faq
from askew.faq.mirror import MirroredFaq, mirror_faq
from askew.faq.place import ANSWERS, QUESTIONS, is_faq
from askew.faq.scale import FLOOR
from askew.index import folder
from askew.models import own
from askew.models.choice import mismatch
from askew.progress import Report

TASK = "faq"


@dataclass(frozen=True)
class FaqFields:
    """Names of the fields of a FAQ's tables."""

    question: str
    answer: str
    id: str | None
    metadata: Sequence[str]


@dataclass(frozen=True)
class FaqSettings:
    """What the user said of the contracts; None where nothing was said. Models by channel."""

    models: Mapping[str, str | None]
    precision: str | None
    recall: float | None


def wanted(name: str, task: str | None) -> bool:
    """Whether a FAQ is meant: there is one, or one is to be made."""
    return is_faq(name) or (task == TASK and not folder(name).exists())


def check_options(task: str | None, others: Mapping[str, object]) -> None:
    """others: options that a FAQ has no use for, by name."""
    if task not in (None, TASK):
        raise InputError(f"The folder is a FAQ, for the task {TASK}, not {task}. Choose another name.")
    given = [name for name, value in others.items() if value is not None]
    if given:
        raise InputError(
            f"A FAQ does not take {given[0]}: its two halves follow from their tasks. It takes --question-model, "
            "--answer-model, --precision, --question-field and --answer-field."
        )


def index_faq(
    name: str,
    paths: Sequence[str],
    names: FaqFields,
    settings: FaqSettings,
    *,
    format: str | None,
    skip_bad: bool,
    keep: bool,
    json: bool,
) -> None:
    chosen = fields(names.id, None, None, names.metadata)
    found = read_entries(
        paths, question=names.question, answer=names.answer, fields=chosen, format=format, skip_bad=skip_bad
    )
    tell(found.reading.files, found.reading.skipped)
    if found.unasked:
        note(f"Entries without a question, skipped: {len(found.unasked):,}, the first {found.unasked[0]!r}")
    is_new = not folder(name).exists()
    with _opened(name, settings) as opened:
        with progress(quiet=json) as report:
            mirrored = _mirrored(opened, found, paths, keep, report, is_new)
            opened.optimise(report, settings.recall)
        _tell(opened, mirrored, json)


def delete_faq(name: str, ids: Sequence[str]) -> int:
    with Faq.open(name, writable=True) as opened:
        return opened.delete(ids)


def show_faq(name: str, json: bool) -> None:
    with Faq.open(name) as opened:
        scales = opened.scales()
        if json:
            halves = {
                half: {
                    "contract": index.contract.as_json(),
                    "sizes": vars(index.sizes()),
                    "search": dict(index.facts()),
                    "scale": vars(scales[half]),
                }
                for half, index in opened.channels.items()
            }
            as_json({"task": TASK, **halves})
            return
        say(f"{'task':<12}  {TASK}: two indexes, asked together")
        for half, index in opened.channels.items():
            sealed, sizes = index.contract.encoder, index.sizes()
            floor = f"{scales[half].floor(FLOOR):.3f}" if scales[half].best else "none: too few entries"
            rows = {
                "documents": f"{sizes.documents:,} in {counted(sizes.passages, 'passage')}",
                "task": f"{index.contract.task} ({index.task.kind})",
                "model": f"{sealed.model} ({sealed.precision}, {sealed.dim} dimensions, {sealed.similarity})",
                "fingerprint": sealed.fingerprint[:16],
                "cut": f"{sizes.truncated:,} documents were not seen whole" if sizes.truncated else "nothing was cut",
                "floor": f"{floor} (share {FLOOR:g} of the stored questions, their own answer left out)",
                "on disk": f"{sizes.bytes / 1e6:,.1f} MB",
            }
            say(f"\n{half}")
            for key, value in rows.items():
                say(f"  {key:<12}  {value}")


def check_faq(
    name: str, json: bool, depth: Depth, queries: Sequence[str], *, strict: bool = False, everything: bool = False
) -> None:
    with Faq.open(name) as opened, progress(quiet=json) as report:
        faults, unpaired = opened.check(), opened.unpaired()
        sizes = {half: index.sizes().documents for half, index in opened.channels.items()}
        whole = {} if faults or unpaired else opened.channels
        looks = {
            half: diagnose(index, f"{opened.path / half}", depth, queries, report) for half, index in whole.items()
        }
    if json:
        findings = {half: json_of(look) for half, look in looks.items()}
        as_json({"faults": faults, "unpaired": unpaired, **sizes, "findings": findings})
    elif faults or unpaired:
        _tell_faults(faults, unpaired)
    else:
        say(f"Clean: {counted(sizes[QUESTIONS], 'question')} and {counted(sizes[ANSWERS], 'answer')}.")
        for half, look in looks.items():
            shown(listed(look, everything), half)
    if faults or unpaired or (strict and advised(list(looks.values()))):
        raise typer.Exit(1)


def _tell_faults(faults: Sequence[str], unpaired: Sequence[str]) -> None:
    for fault in faults:
        say(f"fault: {fault}")
    if unpaired:
        say(
            f"unfinished: {counted(len(unpaired), 'entry' if len(unpaired) == 1 else 'entrie')} in one half only, "
            f"the first {unpaired[0]!r}; index them again"
        )


def _opened(name: str, settings: FaqSettings) -> Faq:
    models = {half: model and own.resolve(model).name for half, model in settings.models.items()}
    if folder(name).exists():
        opened = Faq.open(name, writable=True)
        try:
            for half, index in opened.channels.items():
                given = {"model": models[half], "precision": settings.precision}
                index.contract.check_settings({key: value for key, value in given.items() if value is not None})
        except BaseException:
            opened.close()
            raise
        return opened
    for half, task in ((QUESTIONS, QUESTION_TASK), (ANSWERS, ANSWER_TASK)):
        model = settings.models[half]
        if model is not None and (doubt := mismatch(own.resolve(model), task)):
            note(f"Note: {model} was {doubt}. See: askew models choose --task {task}")
    return Faq.create(
        name,
        question_model=settings.models[QUESTIONS],
        answer_model=settings.models[ANSWERS],
        precision=settings.precision or "fp32",
    )


def _mirrored(
    opened: Faq, found: Entries, paths: Sequence[str], keep: bool, report: Report, is_new: bool
) -> MirroredFaq:
    """A new FAQ into which nothing could be put is taken away again, so that the next try begins afresh."""
    try:
        return mirror_faq(opened, found, paths, keep=keep, report=report)
    except AskewError:
        if is_new and not opened.answers.sizes().documents:
            opened.discard()
        raise


def _tell(opened: Faq, mirrored: MirroredFaq, json: bool) -> None:
    added = mirrored.added
    sizes = {half: index.sizes().documents for half, index in opened.channels.items()}
    if json:
        halves = {half: {**vars(added[half]), "documents": sizes[half]} for half in sizes}
        as_json({**halves, "removed": mirrored.removed})
        return
    for half, one in added.items():
        say(f"{half:<10} {one.new:,} new, {one.changed:,} changed, {one.unchanged:,} unchanged.")
    if removed := mirrored.removed:
        say(f"{removed:,} {'entry' if removed == 1 else 'entries'} removed.")
    say(f"The FAQ holds {counted(sizes[QUESTIONS], 'question')} and {counted(sizes[ANSWERS], 'answer')}.")
    if cut := added[QUESTIONS].truncated:
        sees = opened.questions.contract.encoder.max_tokens
        note(f"{counted(cut, 'question')} longer than the {sees:,} tokens that the model sees: the rest is not found.")
