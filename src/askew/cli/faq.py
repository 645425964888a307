"""`askew faq`, `askew curate`, and FAQ folders in `index`, `delete`, `show` and `check`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import typer

from askew.cli.files import fields, tell
from askew.cli.findings import advised, json_of, listed, shown
from askew.cli.output import AsJson, as_json, counted, note, progress, say
from askew.cli.search import Where, parsed_where
from askew.confidence.record import NOTE
from askew.diagnostics.run import Depth, diagnose
from askew.errors import AskewError, InputError
from askew.faq.curation import Contradiction, Curation, SameQuestion, Unanswered, curate
from askew.faq.entries import Entries, read_entries
from askew.faq.faq import ANSWER_TASK, QUESTION_TASK, Faq
from askew.faq.log import read_log
from askew.faq.mirror import MirroredFaq, mirror_faq
from askew.faq.place import ANSWERS, QUESTIONS, is_faq
from askew.faq.promised import calibrated
from askew.faq.reply import AnswerHit, Reply
from askew.faq.scale import FLOOR
from askew.index import folder
from askew.models import own
from askew.models.choice import mismatch
from askew.progress import Report
from askew.text.display import shorten
from askew.types import Where as Where_

Name = typer.Argument(help="The FAQ, a folder NAME.askew made with --task faq.")
Floor = typer.Option(
    FLOOR,
    "--floor",
    help="0 to 1: the share of stored questions' next best that an answer must outdo; 0 always answers.",
)
LISTED = 10
WIDTH = 100
SHOWN = 3  # messages of a group that are shown


def faq(
    name: str = Name,
    message: str = typer.Argument(help="What the user says or asks."),
    k: int = typer.Option(1, "-k", "--k", help="How many answers."),
    floor: float = Floor,
    min_confidence: float = typer.Option(None, "--min-confidence", help="Answer only if so many are right: 0.95."),
    where: str = Where,
    json: bool = AsJson,
) -> None:
    """Answer a message from a FAQ; exit code 1 when nothing in it answers."""
    with Faq.open(name) as opened:
        filter = parsed_where(where)
        reply = opened.ask(message, k, where=filter, floor=floor, min_confidence=min_confidence or 0.0)
        told = _promise(opened, filter, min_confidence, json) if min_confidence else {}
    if json:
        as_json({**reply.as_json(), **told})
    else:
        _show(reply)
    if reply.abstained:
        raise typer.Exit(1)


def curate_(
    name: str = Name,
    log: str = typer.Option(None, "--log", help="Users' messages: one a line, or CSV, TSV or JSONL; - for stdin."),
    text_field: str = typer.Option(None, "--text-field", help="The log's field with the message (text, question …)."),
    threshold: float = typer.Option(None, "--threshold", help="The score from which two questions ask the same."),
    floor: float = Floor,
    limit: int = typer.Option(LISTED, "--limit", min=0, help="Findings of a kind shown to a person; --json has all."),
    json: bool = AsJson,
) -> None:
    """Find what a FAQ lacks and where it is at odds with itself; exit code 1 when there is nothing to do."""
    messages = _messages(log, text_field) if log else []
    with Faq.open(name) as opened, progress(quiet=json) as report:
        found = curate(opened, messages, threshold=threshold, floor=floor, report=report)
    if json:
        as_json(found.as_json())
    else:
        _tell(found, limit, bool(log))
    if found.clean:
        raise typer.Exit(1)


def _promise(opened: Faq, where: Where_ | None, promise: float, quiet: bool) -> dict[str, object]:
    from askew.cli.guarantee import assurance  # an answer without a promise needs none of it

    record = calibrated(opened.answers.store.note(NOTE), opened.settings(where))
    return {"promise": assurance(record, promise, opened.answers.sizes().documents, quiet)}


def _messages(log: str, text_field: str | None) -> Sequence[str]:
    found = read_log(log, text_field)
    tell((), found.skipped)
    return found.messages


def _show(reply: Reply) -> None:
    for hit in reply.hits or reply.near:
        say(f"{hit.rank:>2}  {hit.score:.2f}  {hit.entry.id}  {hit.entry.question}")
        say(f"    {shorten(hit.entry.answer)}")
        say(f"    {_standings(hit)}")
    if reply.abstained:
        note("Nothing here answers this; shown is what comes nearest." if reply.near else "Nothing here answers this.")


def _standings(hit: AnswerHit) -> str:
    parts = [
        f"{name} {standing.score:.3f} (rank {standing.rank}{'' if standing.reaches else ', below the floor'})"
        for name, standing in hit.standings.items()
    ]
    half = "question" if hit.channel == QUESTIONS else "answer"
    return f"{'stands out' if hit.reaches else 'nearest'} by its {half}: {' · '.join(parts)}"


def _tell(found: Curation, limit: int, logged: bool) -> None:
    if logged:
        messages, groups = sum(group.count for group in found.unanswered), counted(len(found.unanswered), "group")
        _heading(f"Nothing answers {messages:,} of {counted(found.asked, 'message')}, in {groups}")
        for group in found.unanswered[:limit]:
            _tell_unanswered(group)
        _more(found.unanswered, limit)
    _heading(f"{counted(len(found.duplicates), 'pair')} of questions that ask the same ({found.threshold:g} or more)")
    for pair in found.duplicates[:limit]:
        _tell_duplicate(pair)
    _more(found.duplicates, limit)
    _heading(f"{counted(len(found.contradictions), 'pair')} of answers that seem to contradict each other")
    for odds in found.contradictions[:limit]:
        _tell_contradiction(odds)
    _more(found.contradictions, limit)


def _heading(text: str) -> None:
    say(f"{text}\n")


def _more(found: Sequence[object], limit: int) -> None:
    if len(found) > limit:
        say(f"… and {len(found) - limit:,} more: --limit shows more, --json all")
    if found:
        say()


def _tell_unanswered(group: Unanswered) -> None:
    say(f"{group.count:>5} ×  {shorten(group.messages[0].message, WIDTH)}")
    for asked in group.messages[1:SHOWN]:
        say(f"         {shorten(asked.message, WIDTH)}")
    if len(group.messages) > SHOWN:
        say(f"         … and {len(group.messages) - SHOWN:,} more")


def _tell_duplicate(pair: SameQuestion) -> None:
    say(f"{pair.score:.3f}  {pair.a.id}  {shorten(pair.a.question, WIDTH)}")
    say(f"       {pair.b.id}  {shorten(pair.b.question, WIDTH)}")
    told = {"same": "the same answer", "alike": "answers that are alike", "differ": "answers that differ"}
    say(f"       {told[pair.answers]}")


def _tell_contradiction(odds: Contradiction) -> None:
    say(f"{odds.score:.3f}  {odds.a.id} and {odds.b.id}: {odds.because}, other {' and '.join(_kinds(odds))}")
    for difference in odds.evidence:
        say(f"       {odds.a.id}  {shorten(difference.a, WIDTH)}")
        say(f"       {odds.b.id}  {shorten(difference.b, WIDTH)}")


def _kinds(odds: Contradiction) -> list[str]:
    return list(dict.fromkeys(difference.kind for difference in odds.evidence))


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
        _tell_indexed(opened, mirrored, json)


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


def _tell_indexed(opened: Faq, mirrored: MirroredFaq, json: bool) -> None:
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
