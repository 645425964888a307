"""`askew recommend`: symmetric or asymmetric, and the model and settings that find most."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from askew.charts.html import page_path
from askew.cli.files import RowOptions, TitleField, documents, fields, gathered, given_options
from askew.cli.files import queries as read_queries
from askew.cli.output import AsJson, as_json, note, progress, say, table
from askew.errors import InputError
from askew.files import check_outputs, output
from askew.recommend import text_report
from askew.recommend.advice import Advice, ModelComparison, recommend
from askew.recommend.text_report import advice_page
from askew.recommend.two_sizes import TwoSizes
from askew.text.display import percent

TIME = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>s|m|h)")
UNITS = {"s": 1, "m": 60, "h": 3600}
SHOWN = 12


@dataclass(frozen=True)
class CorpusOptions(RowOptions):
    """How the files of a corpus are read, here and by the printed `askew index`."""

    title_field: str = TitleField


@gathered
def recommend_(
    context: typer.Context,
    corpus: list[str] = typer.Option(..., "--corpus", help="The documents: files or folders; repeat it."),
    queries: str = typer.Option(None, "--queries", help="Queries of users, in any format that `askew rank` reads."),
    qrels: str = typer.Option(None, "--qrels", help="Relevance judgements of the queries: TREC, BEIR, CSV or TSV."),
    task: str = typer.Option(None, "--task", help="The task, if you know it; without it, what the texts suggest."),
    model: list[str] = typer.Option(
        None, "--model", help="A model to compare; repeat it. Without it, all whose weights are on this machine."
    ),
    time: str = typer.Option("5m", "--time", help="Time limit of the comparison: 90s, 5m, 1h."),
    name: str = typer.Option("NAME", "--name", help="Name of the index in the printed commands."),
    report: Path = typer.Option(None, "--report", help="Write an HTML report."),
    *,
    reading: CorpusOptions,
    json: bool = AsJson,
) -> None:
    """Recommend task, model and settings for your texts. Says whether the search is symmetric or asymmetric."""
    if qrels is not None and queries is None:
        raise InputError("--qrels judge queries: name these with --queries.")
    if report is not None:
        page_path(report, "--report")
        check_outputs([report], force=True, sources=filter(None, [*corpus, queries, qrels]))
    seconds = parsed_time(time)
    named = fields(reading.id_field, reading.text_fields, reading.title_field, None)
    texts = documents(corpus, named, reading.format, reading.skip_bad, reading.encoding)
    read = read_queries(queries, reading) if queries is not None else None
    with progress(quiet=json) as bar:
        advice = recommend(
            texts, read, qrels=qrels, task=task, models=model or None, seconds=seconds, progress=bar
        )  # fmt: skip
    options = given_options(context, [CorpusOptions])
    compared, commands = advice.comparison, advice.commands(name, corpus, options=options)
    pair = compared.two_sizes
    pair_commands = advice.commands(name, corpus, pair.pair, options=options) if pair else ()
    if report is not None:
        _write_page(report, advice, compared, commands, len(texts))
    if json:
        as_json(_fields(advice, compared, commands) | {"two_sizes": _two_sizes(pair, pair_commands)})
        return
    _show(advice, compared)
    say()
    say(text_report.cost_sentence(compared.cost, len(texts)))
    for command in commands:
        say(f"  {command}")
    if pair:
        say()
        for sentence in text_report.two_sizes_sentences(pair, len(texts)):
            say(sentence)
        for command in pair_commands:
            say(f"  {command}")


def parsed_time(text: str) -> float:
    """Return seconds."""
    match = TIME.fullmatch(text)
    if match is None:
        raise InputError(f"--time is a number with a unit, such as 90s, 5m or 1h, not {text!r}.")
    return float(match["number"]) * UNITS[match["unit"]]


def _write_page(path: Path, advice: Advice, compared: ModelComparison, commands: Sequence[str], documents: int) -> None:
    lines = (
        text_report.kind_sentence(advice.detection),
        f"Task: {advice.task}. {advice.proposal.reason}",
        *text_report.feature_sentences(advice.detection),
        *advice.detection.notes,
    )
    pair = compared.two_sizes
    costs = [text_report.cost_sentence(compared.cost, documents)]
    costs += text_report.two_sizes_sentences(pair, documents) if pair else []
    with output(path) as file:
        file.write(advice_page(lines, compared.search, compared.recommendation, commands, costs).encode())
    note(f"The report is in {path}.")


def _show(advice: Advice, compared: ModelComparison) -> None:
    found = advice.detection
    say(text_report.kind_sentence(found))
    for sentence in (*text_report.feature_sentences(found), *found.notes):
        say(f"  {sentence}")
    say(f"Task: {advice.task}. {advice.proposal.reason}")
    if found.limit:
        share = percent(found.longer_than(found.limit))
        say(f"{share} of the documents are longer than the maximum of {found.model}, {found.limit} tokens.")
    say()
    say(text_report.evidence(compared.search))
    rows = [(result.score, str(result.configuration)) for result in advice.ranking[:SHOWN]]
    table(("nDCG@10", "configuration"), rows)
    if len(advice.ranking) > SHOWN:
        say(f"… and {len(advice.ranking) - SHOWN:,} more; --json has all")
    if compared.search.untried:
        note(f"{text_report.untried_sentence(compared.search)} --time allows more.")
    say()
    best, interval = advice.best, compared.recommendation.interval
    say(f"Recommended: {best.configuration}, nDCG@10 {best.score:.3f} ({interval.low:.3f} to {interval.high:.3f}).")
    say(text_report.difference(compared.recommendation))


def _fields(advice: Advice, compared: ModelComparison, commands: Sequence[str]) -> dict[str, Any]:
    found, best = advice.detection, compared.recommendation
    signs = [{**vars(sign), "about": "both"} for sign in found.between]
    signs += [{**vars(sign), "about": "corpus"} for sign in found.alone]
    standings = [
        {"configuration": str(one.configuration), "ndcg@10": one.score, "buildable": one.configuration.as_built}
        for one in advice.ranking
    ]
    rivals = [
        {
            "configuration": str(rival.standing.configuration),
            "difference": rival.compared.difference,
            "low": rival.compared.interval.low,
            "high": rival.compared.interval.high,
            "p": rival.p,
            "real": rival.real,
        }
        for rival in best.rivals
    ]
    return {
        "kind": found.kind,
        "confidence": found.confidence,
        "signs": signs,
        "notes": list(found.notes),
        "languages": dict(found.languages),
        "longer": found.longer_than(found.limit) if found.limit else 0.0,
        "task": vars(advice.proposal),
        "labelled": compared.search.trial.labelled,
        "evidence": text_report.evidence(compared.search),
        "standings": standings,
        "untried": [str(one) for one in compared.search.untried],
        "recommended": {
            "configuration": str(advice.best.configuration),
            "low": best.interval.low,
            "high": best.interval.high,
            "cost": vars(compared.cost),
            "pair": commands[0] if len(commands) > 2 else "",
            "index": commands[-2],
            "search": commands[-1],
        },
        "rivals": rivals,
    }


def _two_sizes(found: TwoSizes | None, commands: Sequence[str]) -> dict[str, Any] | None:
    """Return the best pair beside its document encoder alone."""
    if found is None:
        return None
    return {
        "documents": found.documents,
        "queries": found.queries,
        "pair": {
            "configuration": str(found.pair.configuration),
            "ndcg@10": found.pair.score,
            "cost": vars(found.pair_cost),
        },
        "alone": {
            "configuration": str(found.alone.configuration),
            "ndcg@10": found.alone.score,
            "cost": vars(found.alone_cost),
        },
        "difference": found.compared.difference,
        "low": found.compared.interval.low,
        "high": found.compared.interval.high,
        "p": found.compared.p,
        "commands": list(commands),
    }
