"""`askew check`: integrity and diagnostics of an index or a FAQ."""

from collections.abc import Sequence

import typer

from askew.cli.files import show_skipped
from askew.cli.output import AsJson, as_json, counted, progress, say
from askew.diagnostics.finding import Finding, Level
from askew.diagnostics.run import Depth, Diagnosis, Health, health_fields
from askew.diagnostics.run import check as check_health
from askew.errors import InputError
from askew.faq.messages import read_log
from askew.paths import ANSWERS, QUESTIONS

WIDTH = 8  # of the level in front of a finding
FEW = 10  # foreign files that are named


def check(
    name: str = typer.Argument(help="The index, or FAQ."),
    queries: str = typer.Option(None, "--queries", help="Users' messages: one per line, or CSV, TSV or JSONL."),
    quick: bool = typer.Option(False, "--quick", help="Check a sample of the vectors and no checksums of texts."),
    deep: bool = typer.Option(False, "--deep", help="Sample 10,000 passages instead of 2,000."),
    strict: bool = typer.Option(False, "--strict", help="Exit with code 1 for advice too, not only for errors."),
    all: bool = typer.Option(False, "--all", help="Also list checks that passed, and those that could not be made."),
    json: bool = AsJson,
) -> None:
    """Check integrity, and diagnose what lowers quality. Exit code 1 means that integrity is damaged."""
    depth, messages = _depth(quick, deep, queries), _messages(queries)
    with progress(quiet=json) as report:
        health = check_health(name, depth, messages, progress=report)
    if json:
        as_json(health_fields(health))
    else:
        _show(health, all)
    if not health.intact or (strict and health.advised):
        raise typer.Exit(1)


def shown(findings: Sequence[Finding], channel: str = "") -> None:
    """Print findings with their remedies. channel: of a FAQ."""
    for finding in findings:
        say(f"{finding.level:<{WIDTH}}{channel and channel + ': '}{finding.name}: {finding.sentence}")
        if finding.remedy:
            say(f"{'':<{WIDTH}}-> {finding.remedy}")


def listed(diagnosis: Diagnosis, everything: bool) -> list[Finding]:
    """Return the findings to print: only advice and notes, unless `everything` is wanted."""
    return list(diagnosis.findings) if everything else diagnosis.of(Level.ADVICE, Level.NOTE)


def _show(health: Health, everything: bool) -> None:
    for error in health.errors:
        say(f"error: {error}")
    if health.unpaired:
        number = "1 entry" if len(health.unpaired) == 1 else f"{len(health.unpaired):,} entries"
        say(f"incomplete: {number} in only one channel, the first {health.unpaired[0]!r}; index them again")
    if health.foreign:
        say(f"left alone: {counted(len(health.foreign), 'file')} not of this index: {', '.join(health.foreign[:FEW])}")
    if not health.intact:
        return
    say(_clean(health))
    for channel, diagnosis in health.diagnoses.items():
        shown(listed(diagnosis, everything), channel)


def _clean(health: Health) -> str:
    if "" in health.sizes:
        sizes = health.sizes[""]
        return f"Clean: {counted(sizes.documents, 'document')} in {counted(sizes.passages, 'passage')}."
    questions, answers = (health.sizes[channel].documents for channel in (QUESTIONS, ANSWERS))
    return f"Clean: {counted(questions, 'question')} and {counted(answers, 'answer')}."


def _depth(quick: bool, deep: bool, queries: str | None) -> Depth:
    if quick and (deep or queries):
        raise InputError("--quick does not look at vectors: leave it out, or leave out --deep and --queries.")
    return Depth.QUICK if quick else Depth.DEEP if deep else Depth.NORMAL


def _messages(queries: str | None) -> Sequence[str]:
    if queries is None:
        return ()
    log = read_log(queries)
    show_skipped((), log.skipped)
    return log.messages
