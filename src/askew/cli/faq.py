"""`askew faq` and `askew curate`: answers from a FAQ, and what it lacks."""

from collections.abc import Sequence
from textwrap import indent

import typer

from askew.cli.files import Encoding, show_skipped
from askew.cli.output import AsJson, as_json, counted, note, progress, say, say_prose
from askew.cli.search import Where, parsed_where
from askew.confidence.record import NOTE
from askew.faq.curation import Contradiction, Curation, SameQuestion, Unanswered, curate
from askew.faq.faq import Faq
from askew.faq.messages import read_log
from askew.faq.reply import THRESHOLD, Reply, calibrated, shown
from askew.text.display import shorten
from askew.types import Where as Filter

LISTED = 10  # findings of each kind
WIDTH = 100  # characters of a text
SHOWN = 3  # messages of a group

Name = typer.Argument(help="The FAQ: a folder NAME.askew created with --task faq.")


def faq(
    name: str = Name,
    message: str = typer.Argument(help="The user's message."),
    k: int = typer.Option(1, "-k", "--k", help="Number of answers."),
    threshold: float = typer.Option(
        THRESHOLD, "--threshold", help="Score from which an answer is given, 0 to 1; 0 always answers."
    ),
    min_confidence: float = typer.Option(
        None, "--min-confidence", help="Return an answer only if its expected precision is at least this (e.g. 0.95)."
    ),
    where: str = Where,
    json: bool = AsJson,
) -> None:
    """Answer a message from a FAQ. Exit code 1 means that nothing in it answers the message."""
    filter = parsed_where(where)
    with Faq.open(name) as opened:
        reply = opened.ask(message, k, where=filter, threshold=threshold, min_confidence=min_confidence or 0.0)
        guarantee = _guarantee(opened, filter, min_confidence, json) if min_confidence else {}
    if json:
        as_json({**reply.as_json(), **guarantee})
    else:
        _show_reply(reply)
    if reply.abstained:
        raise typer.Exit(1)


def curate_(
    name: str = Name,
    log: str = typer.Option(None, "--log", help="Users' messages: one per line, or CSV, TSV or JSONL; - for stdin."),
    text_fields: list[str] = typer.Option(None, "--text-field", help="The field with the message (text, question …)."),
    encoding: str = Encoding,
    threshold: float = typer.Option(
        None, "--threshold", help="Score from which two questions count as the same (default: that of the task)."
    ),
    answer_threshold: float = typer.Option(
        THRESHOLD, "--answer-threshold", help="Score from which a message counts as answered, 0 to 1."
    ),
    limit: int = typer.Option(LISTED, "--limit", min=0, help="Number of findings of each kind; --json has all."),
    json: bool = AsJson,
) -> None:
    """Find gaps, duplicates and contradictions in a FAQ. Exit code 1 means that there are none."""
    messages = _messages(log, text_fields, encoding) if log else []
    with Faq.open(name) as opened, progress(quiet=json) as report:
        found = curate(opened, messages, threshold=threshold, answer_threshold=answer_threshold, progress=report)
    if json:
        as_json(found.as_json())
    else:
        _show_curation(found, limit, bool(log))
    if found.clean:
        raise typer.Exit(1)


def _guarantee(opened: Faq, where: Filter | None, precision: float, quiet: bool) -> dict[str, object]:
    from askew.cli.guarantee import assurance  # only answers with a guarantee need it

    record = calibrated(opened.answers.store.note(NOTE), opened.settings(where))
    return {"promise": assurance(record, precision, opened.answers.sizes().documents, quiet)}


def _messages(log: str, text_fields: Sequence[str], encoding: str | None) -> Sequence[str]:
    found = read_log(log, text_fields, encoding)
    show_skipped((), found.skipped)
    return found.messages


def _show_reply(reply: Reply) -> None:
    """Print the answers in full; what is not an answer goes to stderr."""
    for hit in reply.hits:
        say(f"{hit.rank:>2}  {shown(hit.score)}  {hit.entry.id}  {hit.entry.question}")
        say_prose(indent(hit.entry.answer, "    ", lambda _: True))
    note(reply.explanation)


def _show_curation(found: Curation, limit: int, logged: bool) -> None:
    if logged:
        messages, groups = sum(group.count for group in found.unanswered), counted(len(found.unanswered), "group")
        _heading(f"{messages:,} of {counted(found.asked, 'message')} unanswered, in {groups}")
        for group in found.unanswered[:limit]:
            _show_unanswered(group)
        _more(found.unanswered, limit)
    _heading(f"{counted(len(found.duplicates), 'pair')} of duplicate questions (score {found.threshold:g} or more)")
    for pair in found.duplicates[:limit]:
        _show_duplicate(pair)
    _more(found.duplicates, limit)
    _heading(f"{counted(len(found.contradictions), 'pair')} of answers that seem to contradict each other")
    for contradiction in found.contradictions[:limit]:
        _show_contradiction(contradiction)
    _more(found.contradictions, limit)


def _heading(text: str) -> None:
    say(f"{text}")
    say()


def _more(found: Sequence[object], limit: int) -> None:
    if len(found) > limit:
        say(f"… and {len(found) - limit:,} more: --limit shows more, --json all")
    if found:
        say()


def _show_unanswered(group: Unanswered) -> None:
    say(f"{group.count:>5} ×  {shorten(group.messages[0].message, WIDTH)}")
    for message in group.messages[1:SHOWN]:
        say(f"         {shorten(message.message, WIDTH)}")
    if len(group.messages) > SHOWN:
        say(f"         … and {len(group.messages) - SHOWN:,} more")


def _show_duplicate(pair: SameQuestion) -> None:
    say(f"{pair.score:.3f}  {pair.a.id}  {shorten(pair.a.question, WIDTH)}")
    say(f"       {pair.b.id}  {shorten(pair.b.question, WIDTH)}")
    answers = {"same": "the same answer", "alike": "similar answers", "differ": "different answers"}
    say(f"       {answers[pair.answers]}")


def _show_contradiction(found: Contradiction) -> None:
    kinds = " and ".join(dict.fromkeys(difference.kind for difference in found.evidence))
    say(f"{found.score:.3f}  {found.a.id} and {found.b.id}: {found.because}, different {kinds}")
    for difference in found.evidence:
        say(f"       {found.a.id}  {shorten(difference.a, WIDTH)}")
        say(f"       {found.b.id}  {shorten(difference.b, WIDTH)}")
