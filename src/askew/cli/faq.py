"""`askew faq` and `askew curate`: asking a FAQ, and keeping it in order."""

from collections.abc import Sequence

import typer

from askew.cli.output import AsJson, as_json, counted, note, progress, say, shortened
from askew.cli.reading import tell
from askew.cli.search import Where, parsed_where
from askew.confidence.record import NOTE
from askew.faq.curation import Contradiction, Curation, SameQuestion, Unanswered, curate
from askew.faq.faq import Faq
from askew.faq.log import read_log
from askew.faq.place import QUESTIONS
from askew.faq.promised import calibrated
from askew.faq.reply import AnswerHit, Reply
from askew.faq.scale import FLOOR
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
    from askew.cli.promised import assurance  # an answer without a promise needs none of it

    record = calibrated(opened.answers.store.note(NOTE), opened.settings(where))
    return {"promise": assurance(record, promise, opened.answers.sizes().documents, quiet)}


def _messages(log: str, text_field: str | None) -> Sequence[str]:
    found = read_log(log, text_field)
    tell((), found.skipped)
    return found.messages


def _show(reply: Reply) -> None:
    for hit in reply.hits or reply.near:
        say(f"{hit.rank:>2}  {hit.score:.2f}  {hit.entry.id}  {hit.entry.question}")
        say(f"    {shortened(hit.entry.answer)}")
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
    say(f"{group.count:>5} ×  {shortened(group.messages[0].message, WIDTH)}")
    for asked in group.messages[1:SHOWN]:
        say(f"         {shortened(asked.message, WIDTH)}")
    if len(group.messages) > SHOWN:
        say(f"         … and {len(group.messages) - SHOWN:,} more")


def _tell_duplicate(pair: SameQuestion) -> None:
    say(f"{pair.score:.3f}  {pair.a.id}  {shortened(pair.a.question, WIDTH)}")
    say(f"       {pair.b.id}  {shortened(pair.b.question, WIDTH)}")
    told = {"same": "the same answer", "alike": "answers that are alike", "differ": "answers that differ"}
    say(f"       {told[pair.answers]}")


def _tell_contradiction(odds: Contradiction) -> None:
    say(f"{odds.score:.3f}  {odds.a.id} and {odds.b.id}: {odds.because}, other {' and '.join(_kinds(odds))}")
    for difference in odds.evidence:
        say(f"       {odds.a.id}  {shortened(difference.a, WIDTH)}")
        say(f"       {odds.b.id}  {shortened(difference.b, WIDTH)}")


def _kinds(odds: Contradiction) -> list[str]:
    return list(dict.fromkeys(difference.kind for difference in odds.evidence))
