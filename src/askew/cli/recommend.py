"""`askew recommend`: which kind of search texts need, and which configuration finds most."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from askew.cli.files import Format, IdField, SkipBad, TextField, TitleField, documents, fields, queries
from askew.cli.output import AsJson, as_json, note, progress, say, table
from askew.encoders.loading import load
from askew.errors import InputError
from askew.evaluation.qrels import read_qrels
from askew.models import cards, own
from askew.models.choice import here
from askew.recommend import text_report
from askew.recommend.benchmark import Benchmark, labelled_benchmark, synthetic_benchmark
from askew.recommend.configurations import candidates, index_command, search_command
from askew.recommend.grid_search import GridSearch, grid_search
from askew.recommend.recommend import Cost, Recommendation, cost, recommend
from askew.recommend.task_detection import TaskDetection, TaskProposal, detect_task_kind, proposed_task
from askew.recommend.text_report import advice_page
from askew.tasks import Task, get
from askew.text.display import percent
from askew.types import Document

TIME = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>s|m|h)")
UNITS = {"s": 1, "m": 60, "h": 3600}
SHOWN = 12


def recommend_(
    corpus: list[str] = typer.Option(..., "--corpus", help="The documents: files or folders; repeat it."),
    asked: str = typer.Option(None, "--queries", help="What people ask: id and text, or one a line; 50 suffice."),
    qrels: str = typer.Option(None, "--qrels", help="Which documents answer the queries: TREC, BEIR, CSV or TSV."),
    task: str = typer.Option(None, "--task", help="What it is for, if you know; else what the texts look like."),
    model: list[str] = typer.Option(
        None, "--model", help="A model to try; repeat it. Else all whose weights are here."
    ),
    time: str = typer.Option("5m", "--time", help="How long to try, like 90s, 5m or 1h."),
    name: str = typer.Option("NAME", "--name", help="What the index is to be called, for the command that is printed."),
    report: Path = typer.Option(None, "--report", help="Write all of it as a page of HTML for people."),
    id_field: str = IdField,
    text_field: str = TextField,
    title_field: str = TitleField,
    format: str = Format,
    skip_bad: bool = SkipBad,
    json: bool = AsJson,
) -> None:
    """Say whether a search is symmetric or asymmetric, try models and settings on your data, and recommend one."""
    if qrels is not None and asked is None:
        raise InputError("--qrels say which documents answer the queries: name these with --queries.")
    seconds = parsed_time(time)
    texts = documents(corpus, fields(id_field, text_field, title_field, None), format, skip_bad)
    people = queries(asked, id_field, text_field, format, skip_bad) if asked is not None else []
    names = [own.resolve(each).name for each in model] if model else _here()
    with progress(quiet=json) as shown:
        judge = load(cards.get(names[0]), task or "question-answering")
        found = detect_task_kind(texts, [query.text for query in people] or None, judge, shown)
        proposal = proposed_task(found, texts) if task is None else TaskProposal(task, "It is what you named.")
        chosen = get(_indexed(proposal.task))
        trial = _trial(texts, people, qrels)
        longest = sorted(found.tokens)[int(0.9 * len(found.tokens))]
        tournament = grid_search(trial, candidates(names, chosen, longest), chosen, seconds=seconds, report=shown)
    advice = recommend(tournament)
    size = sum(len(document.text.encode("utf-8", "replace")) for document in texts)
    price = cost(advice.best.configuration, advice.best.effort, len(texts), size)
    commands = _commands(advice, chosen, name, corpus)
    if report is not None:
        lines = (
            text_report.kind_sentence(found),
            f"Task: {proposal.task}. {proposal.reason}",
            *text_report.feature_sentences(found),
            *found.notes,
        )
        report.write_text(advice_page(lines, tournament, advice, commands), "utf-8")
        note(f"The page is {report}.")
    if json:
        as_json(_fields(found, proposal, tournament, advice, price, commands))
    else:
        _tell(found, proposal, tournament, advice)
        say()
        say(text_report.cost_sentence(price, len(texts)))
        for command in commands:
            say(f"  {command}")


def parsed_time(text: str) -> float:
    """Seconds."""
    match = TIME.fullmatch(text)
    if match is None:
        raise InputError(f"--time is a number with its unit, like 90s, 5m or 1h, not {text!r}.")
    return float(match["number"]) * UNITS[match["unit"]]


def _here() -> list[str]:
    """Bi-encoders that were trained for something, and whose weights are on this machine."""
    every = map(cards.get, cards.names())
    names = [card.name for card in every if card.kind == "bi-encoder" and card.trained and here(card)]
    if not names:
        raise InputError("No model is here: askew models pull all-MiniLM-L6-v2, or name one with --model.")
    return names


def _indexed(task: str) -> str:
    """A FAQ is two indexes; what it finds by an answer is tried as the one of answers."""
    return "question-answering" if task == "faq" else task


def _trial(texts: Sequence[Document], people: Sequence[Document], qrels: str | None) -> Benchmark:
    return labelled_benchmark(texts, people, read_qrels(qrels)) if qrels is not None else synthetic_benchmark(texts)


def _commands(advice: Recommendation, task: Task, name: str, corpus: Sequence[str]) -> tuple[str, str]:
    best = advice.best.configuration
    return index_command(best, task, name, corpus), search_command(best, name)


def _tell(found: TaskDetection, proposal: TaskProposal, tournament: GridSearch, advice: Recommendation) -> None:
    say(text_report.kind_sentence(found))
    for sentence in (*text_report.feature_sentences(found), *found.notes):
        say(f"  {sentence}")
    say(f"Task: {proposal.task}. {proposal.reason}")
    if found.limit:
        share = percent(found.longer_than(found.limit))
        say(f"{share} of the documents are longer than the {found.limit} tokens that the model sees.")
    say()
    say(text_report.evidence(tournament))
    rows = [(standing.score, str(standing.configuration)) for standing in tournament.standings[:SHOWN]]
    table(("nDCG@10", "configuration"), rows)
    if len(tournament.standings) > SHOWN:
        say(f"… and {len(tournament.standings) - SHOWN:,} more; --json has all")
    if tournament.untried:
        note(f"There was no time for {len(tournament.untried):,} configurations: --time allows more.")
    say()
    low, high = advice.interval.low, advice.interval.high
    say(f"Recommended: {advice.best.configuration}, nDCG@10 {advice.best.score:.3f} ({low:.3f} to {high:.3f}).")
    say(text_report.difference(advice))


def _fields(
    found: TaskDetection,
    proposal: TaskProposal,
    tournament: GridSearch,
    advice: Recommendation,
    price: Cost,
    commands: Sequence[str],
) -> dict[str, Any]:
    signs = [{**vars(sign), "about": "both"} for sign in found.between]
    signs += [{**vars(sign), "about": "corpus"} for sign in found.alone]
    standings = [
        {"configuration": str(one.configuration), "ndcg@10": one.score, "buildable": one.configuration.as_built}
        for one in tournament.standings
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
        for rival in advice.rivals
    ]
    return {
        "kind": found.kind,
        "confidence": found.confidence,
        "signs": signs,
        "notes": list(found.notes),
        "languages": dict(found.languages),
        "longer": found.longer_than(found.limit) if found.limit else 0.0,
        "task": vars(proposal),
        "labelled": tournament.trial.labelled,
        "evidence": text_report.evidence(tournament),
        "standings": standings,
        "untried": [str(one) for one in tournament.untried],
        "recommended": {
            "configuration": str(advice.best.configuration),
            "low": advice.interval.low,
            "high": advice.interval.high,
            "cost": vars(price),
            "index": commands[0],
            "search": commands[1],
        },
        "rivals": rivals,
    }
