"""`askew check`: integrity and diagnostics of an index."""

from collections.abc import Sequence

import typer

from askew.cli.faq import check_faq
from askew.cli.files import tell
from askew.cli.findings import advised, json_of, listed, shown
from askew.cli.output import AsJson, as_json, counted, progress, say
from askew.diagnostics.run import Depth, diagnose
from askew.errors import InputError
from askew.faq.log import read_log
from askew.faq.place import is_faq
from askew.index import Index


def check(
    name: str = typer.Argument(help="The index."),
    queries: str = typer.Option(None, "--queries", help="What users asked: a message a line, CSV, TSV or JSONL."),
    quick: bool = typer.Option(False, "--quick", help="Only contract and ledger, without vectors or model."),
    deep: bool = typer.Option(False, "--deep", help="On 10,000 passages, not on 2,000."),
    strict: bool = typer.Option(False, "--strict", help="Exit code 1 for advice too, not for faults only."),
    all: bool = typer.Option(False, "--all", help="Also tell what is in order, and what could not be told."),
    json: bool = AsJson,
) -> None:
    """Check an index: faults (exit code 1), and what makes its answers worse, with what to do about it."""
    depth, asked = _depth(quick, deep, queries), _messages(queries)
    if is_faq(name):
        check_faq(name, json, depth, asked, strict=strict, everything=all)
        return
    with Index.open(name) as index, progress(quiet=json) as report:
        faults = index.check()
        sizes = index.sizes()
        looks = [] if faults else [diagnose(index, name, depth, asked, report)]
    if json:
        findings = [one for look in looks for one in json_of(look)]
        as_json({"faults": faults, "documents": sizes.documents, "passages": sizes.passages, "findings": findings})
    elif faults:
        for fault in faults:
            say(f"fault: {fault}")
    else:
        say(f"Clean: {counted(sizes.documents, 'document')} in {counted(sizes.passages, 'passage')}.")
        shown(listed(looks[0], all))
    if faults or (strict and advised(looks)):
        raise typer.Exit(1)


def _depth(quick: bool, deep: bool, queries: str | None) -> Depth:
    if quick and (deep or queries):
        raise InputError("--quick looks at no vectors: leave it out, or leave out --deep and --queries.")
    return Depth.QUICK if quick else Depth.DEEP if deep else Depth.NORMAL


def _messages(queries: str | None) -> Sequence[str]:
    if queries is None:
        return ()
    log = read_log(queries)
    tell((), log.skipped)
    return log.messages
