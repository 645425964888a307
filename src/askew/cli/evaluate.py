"""`askew eval`: quality of searches with intervals, compared between systems."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from askew.cleaning.tables import format_of, write
from askew.cli.evaluate_texts import PAIRS, RERANKING, eval_clusters, eval_pairs, eval_reranking
from askew.cli.files import Format, IdField, SkipBad, TextField, fields
from askew.cli.files import queries as read_queries
from askew.cli.output import AsJson, as_json, counted, note, progress, say, shortened, table
from askew.compare import CLUSTER_TASK
from askew.errors import InputError
from askew.evaluation.abstention import RISKS, RiskCoverage, abstention
from askew.evaluation.abstention import as_fields as abstention_fields
from askew.evaluation.evaluate import (
    Evaluation,
    RankChange,
    SystemComparison,
    as_fields,
    evaluate,
    losers,
    measured,
    rows,
    shown,
    titled,
    winners,
)
from askew.evaluation.index_runs import absent, index_run, titles
from askew.evaluation.measures import STANDARD, Run, depth, judged, parsed
from askew.evaluation.qrels import Qrels, by_id, judged_set, read_qrels
from askew.evaluation.report import evaluation_page
from askew.evaluation.report_examples import shown_queries
from askew.evaluation.runs import read_run
from askew.evaluation.significance import Interval
from askew.faq.place import refuse
from askew.index import Index
from askew.search.ranking import MODES

MODE = "dense"


@dataclass(frozen=True)
class Judged:
    """queries: the file, "" where there is none. texts: by id, of every query that can be asked."""

    queries: str
    texts: Mapping[str, str]
    qrels: Qrels


@dataclass(frozen=True)
class FileOptions:
    """The options that say how the file of queries is read."""

    id_field: str | None
    text_field: str | None
    format: str | None
    skip_bad: bool


@dataclass(frozen=True)
class EvalOptions:
    """names: indexes and run files. k: documents for each query, 0 for as many as the measures look at. unanswerable:
    queries to which no document is relevant are asked too, to see whether the score tells them.
    """

    names: Sequence[str]
    modes: Sequence[str]
    measures: str
    k: int
    unanswerable: bool


def judged_files(folder: str, queries: str, qrels: str, reading: FileOptions) -> Judged:
    """From a folder, from files, or from both, where the file takes the folder's place."""
    if folder:
        both = judged_set(folder)
        queries, qrels = queries or str(both[0]), qrels or str(both[1])
    if not qrels:
        raise InputError("Name the judgements with --qrels, or a folder with queries and qrels with --set.")
    known = read_qrels(qrels)
    if not queries:
        return Judged("", dict.fromkeys(known, ""), known)
    asked = read_queries(queries, reading.id_field, reading.text_field, reading.format, reading.skip_bad)
    return Judged(queries, by_id(asked, queries), known)


def measured_systems(asked: EvalOptions, given: Judged, quiet: bool) -> tuple[Evaluation, Mapping[str, RiskCoverage]]:
    """Of every system how good it is, and, where that is asked, how well its scores tell what it cannot answer."""
    measures = parsed(asked.measures or ",".join(STANDARD))
    known = measured(given.texts, given.qrels)
    if not asked.unanswerable:
        texts: Mapping[str, str] = {id: given.texts[id] for id in known}
    elif len(known) < len(given.texts) and given.queries:
        texts = given.texts
    else:
        raise InputError("--unanswerable is for a file of --queries of which some have no relevant document.")
    runs: dict[str, Run] = {}
    for name in asked.names:
        made = {name: read_run(name)} if is_run(name) else _index_runs(name, asked, texts, given, measures, quiet)
        twice = next((one for one in made if one in runs), "")
        if twice:
            raise InputError(f"{twice} is named twice: a system is compared with others, not with itself.")
        runs |= made
    _check_answers(runs, known)
    told = {name: abstention(list(texts), given.qrels, run) for name, run in runs.items() if asked.unanswerable}
    return _with_titles(evaluate(measures, given.texts, given.qrels, runs), asked.names), told


def is_run(name: str) -> bool:
    """A file is a run; an index is a folder."""
    return Path(name).is_file()


def tell(evaluation: Evaluation, given: Judged) -> None:
    """Which queries were not measured, and why."""
    unasked = len([query for query in judged(given.qrels) if query not in given.texts])
    if unasked:
        note(f"{counted(unasked, 'judged query').replace('querys', 'queries')} not in {given.queries}: not asked.")
    if evaluation.left_out:
        note(f"Left out, as no document is judged relevant to them: {evaluation.left_out:,} queries.")


def _index_runs(
    name: str, asked: EvalOptions, texts: Mapping[str, str], given: Judged, measures: Sequence[str], quiet: bool
) -> dict[str, Run]:
    if not given.queries:
        raise InputError(f"Name the file with the texts of the queries with --queries: {name} is to be asked.")
    refuse(name)
    modes = list(dict.fromkeys(asked.modes)) or [MODE]
    k = asked.k or depth(measures)
    with Index.open(name) as index, progress(quiet) as report:
        missing = absent(index, given.qrels, [query for query in judged(given.qrels) if query in texts])
        if missing and not quiet:
            note(f"{counted(missing, 'document')} judged relevant, but not in {name}.")
        return {_named(name, mode, modes): index_run(index, texts, k, mode, report) for mode in modes}


def _named(name: str, mode: str, modes: Sequence[str]) -> str:
    return f"{name} ({mode})" if len(modes) > 1 else name


def _check_answers(runs: Mapping[str, Run], known: Sequence[str]) -> None:
    for name, run in runs.items():
        if is_run(name) and not any(query in run for query in known):
            raise InputError(f"{name} answers none of the judged queries: their ids do not meet.")


def _with_titles(evaluation: Evaluation, names: Sequence[str]) -> Evaluation:
    wanted = shown(evaluation, shown_queries(evaluation))
    known: dict[str, str] = {}
    for name in names:
        if not is_run(name):
            with Index.open(name) as index:
                known |= titles(index, [id for id in wanted if id not in known])
    return titled(evaluation, known)


WIDTH = 80
SMALLEST = 0.001


def show(evaluation: Evaluation, told: Mapping[str, RiskCoverage], limit: int) -> None:
    count = len(evaluation.queries)
    say(f"{count:,} judged {'query' if count == 1 else 'queries'}")
    table(
        ("system", "measure", "mean", "95 % interval"),
        [(one.system, one.measure, f"{one.mean:.4f}", _interval(one.interval)) for one in evaluation.summaries],
    )
    if evaluation.contests:
        _show_contests(evaluation)
        for contest in evaluation.contests:
            if contest.measure == evaluation.measures[0]:
                _show_changes(evaluation, contest, limit)
    if told:
        _show_abstention(told)


def _show_contests(evaluation: Evaluation) -> None:
    say(f"\nAgainst {evaluation.systems[0].name}, query by query:")
    headings = ("system", "measure", "difference", "95 % interval", "p", "won", "lost", "equal")
    rows = []
    for one in evaluation.contests:
        found = one.compared
        difference = f"{found.difference:+.4f}"
        counts = (found.won, found.lost, found.equal)
        rows.append((one.system, one.measure, difference, _interval(found.interval, "+"), _p(one.p), *counts))
    table(headings, rows)


def _show_changes(evaluation: Evaluation, contest: SystemComparison, limit: int) -> None:
    changes = [("won", change) for change in winners(evaluation, contest, limit)]
    changes += [("lost", change) for change in losers(evaluation, contest, limit)]
    if changes:
        say(f"\nThe queries that {contest.system} won and lost most by, {contest.measure}:")
        table(("", contest.system, contest.against, "query"), [_row(word, change) for word, change in changes])


def _row(word: str, change: RankChange) -> tuple[object, ...]:
    return word, change.value, change.against, shortened(change.query.text or change.query.id, WIDTH)


def _show_abstention(told: Mapping[str, RiskCoverage]) -> None:
    say("\nDoes the score of the first document tell what cannot be answered?")
    at = tuple(f"at {risk:.0%}".replace("%", " %") for risk in RISKS)
    headings = ("system", "questions", "right", "AUROC", "AURC", "at best", "by chance", *at)
    rows = [
        (name, one.questions, one.right, one.auroc, one.aurc, one.perfect, one.chance, *one.coverage_at.values())
        for name, one in told.items()
    ]
    table(headings, rows)
    say("The last columns: the share of questions that can be answered with no more wrong answers than that.")


def _interval(found: Interval, sign: str = "") -> str:
    return f"{found.low:{sign}.4f} to {found.high:{sign}.4f}"


def _p(p: float) -> str:
    return f"{p:.4f}" if p >= SMALLEST else f"< {SMALLEST}"


LIMIT = 5
FILES = ("--set", "--queries", "--qrels", "--measures", "--id-field", "--text-field", "--format", "--skip-bad")
FITS: Mapping[str, Sequence[str]] = {
    "": ("NAME", *FILES, "--mode", "--against", "-k", "--unanswerable", "--report", "--out"),
    "--rerank": ("NAME", *FILES, "--rerank", "--rerank-model"),
    "--pairs": ("--pairs", "--task", "--model", "--format"),
    "--clusters": (
        "--clusters", "--label-field", "--cluster-field", "--task", "--model", "--id-field", "--text-field",
        "--format", "--skip-bad",
    ),
}  # fmt: skip
"""What is measured, by the option that says so, and the options that it takes."""

Name = typer.Argument("", help="The index, or the file of a TREC run.")


def eval_(
    name: str = Name,
    queries: str = typer.Option("", "--queries", help="A file of queries, as `askew run` reads them."),
    qrels: str = typer.Option("", "--qrels", help="Which documents answer them: TREC, BEIR, CSV or TSV."),
    set: str = typer.Option("", "--set", help="A folder with both: queries.jsonl and qrels.tsv or qrels/test.tsv."),
    measures: str = typer.Option("", "--measures", help=f"Of ir-measures, with commas: {','.join(STANDARD)}."),
    mode: list[str] = typer.Option([], "--mode", help=f"{', '.join(MODES)}; repeat it to compare them."),
    against: list[str] = typer.Option([], "--against", help="Another index or run to compare with NAME; repeat it."),
    k: int = typer.Option(0, "-k", "--k", min=0, help="Documents for each query; 0: as many as the measures look at."),
    unanswerable: bool = typer.Option(False, "--unanswerable", help="Ask what nothing answers too: do scores tell?"),
    limit: int = typer.Option(LIMIT, "--limit", min=0, help="Queries shown that won most, and that lost most."),
    report: Path = typer.Option(None, "--report", help="Write all of it as a page of HTML for people."),
    out: Path = typer.Option(None, "--out", help="Write the values of each query: .csv, .jsonl, .parquet."),
    pairs: str = typer.Option("", "--pairs", help="Measure a model on labelled pairs instead: text1, text2, label."),
    clusters: str = typer.Option("", "--clusters", help="Measure clusters of a file against the labels in it instead."),
    label_field: str = typer.Option("", "--label-field", help="For --clusters: the field with the label."),
    cluster_field: str = typer.Option("", "--cluster-field", help="For --clusters: the field with the cluster."),
    rerank: str = typer.Option("", "--rerank", help="Measure how NAME's model reorders the candidates of a TREC run."),
    rerank_model: str = typer.Option("", "--rerank-model", help="For --rerank: a cross-encoder instead."),
    task: str = typer.Option("", "--task", help="For --pairs and --clusters: what the texts are."),
    model: str = typer.Option("", "--model", help="For --pairs and --clusters: another model than the task's own."),
    id_field: str = IdField,
    text_field: str = TextField,
    format: str = Format,
    skip_bad: bool = SkipBad,
    json: bool = AsJson,
) -> None:
    """Measure searches on judged queries, with intervals, and compare them; or pairs, clusters, reranking."""
    given = {
        "NAME": name, "--queries": queries, "--qrels": qrels, "--set": set, "--measures": measures, "--mode": mode,
        "--against": against, "-k": k, "--unanswerable": unanswerable, "--report": report, "--out": out,
        "--pairs": pairs, "--clusters": clusters, "--label-field": label_field, "--cluster-field": cluster_field,
        "--rerank": rerank, "--rerank-model": rerank_model, "--task": task, "--model": model, "--id-field": id_field,
        "--text-field": text_field, "--format": format, "--skip-bad": skip_bad,
    }  # fmt: skip
    kind = _kind([flag for flag, value in given.items() if value])
    if kind == "--pairs":
        eval_pairs(pairs, task=task or PAIRS, model=model or None, format=format, json=json)
    elif kind == "--clusters":
        how = fields(id_field, text_field, None, None)
        eval_clusters(
            clusters, label_field, cluster_field=cluster_field or None, task=task or CLUSTER_TASK, model=model or None,
            fields=how, format=format, skip_bad=skip_bad, json=json,
        )  # fmt: skip
    else:
        judged = judged_files(set, queries, qrels, FileOptions(id_field, text_field, format, skip_bad))
        if kind == "--rerank":
            _rerank(name, rerank, judged, measures, rerank_model, json)
        else:
            asked = EvalOptions((name, *against), mode, measures, k, unanswerable)
            _search(asked, judged, report, out, limit, json)


def _kind(flags: Sequence[str]) -> str:
    """By which option it is told what is measured; "" for searches. InputError where options do not go together."""
    kind = next((one for one in FITS if one in flags), "")
    other = next((flag for flag in flags if flag not in FITS[kind]), "")
    if other:
        raise InputError(f"{other} does not go with {kind or 'measuring a search'}. {_takes(kind)}")
    if "NAME" in FITS[kind] and "NAME" not in flags:
        raise InputError("Name an index, or the file of a TREC run; or labelled texts with --pairs or --clusters.")
    if kind == "--clusters" and "--label-field" not in flags:
        raise InputError("Name the field with the labels with --label-field.")
    return kind


def _takes(kind: str) -> str:
    return f"What does: {', '.join(flag for flag in FITS[kind] if flag != kind)}."


def _rerank(name: str, candidates: str, judged: Judged, measures: str, model: str, json: bool) -> None:
    if not judged.queries:
        raise InputError("Name the file with the texts of the queries with --queries.")
    wanted = parsed(measures or ",".join(RERANKING))
    run = read_run(candidates)
    eval_reranking(name, run, judged.texts, judged.qrels, measures=wanted, rerank=model or None, json=json)


def _search(asked: EvalOptions, judged: Judged, report: Path | None, out: Path | None, limit: int, json: bool) -> None:
    _check_places(report, out)
    evaluation, told = measured_systems(asked, judged, json)
    if out is not None:
        write(out, rows(evaluation), ("query", "text", "system", *evaluation.measures))
    if report is not None:
        _write_page(report, evaluation, told)
    if json:
        more = {name: abstention_fields(one) for name, one in told.items()}
        as_json({**as_fields(evaluation), **({"abstention": more} if more else {})})
        return
    show(evaluation, told, limit)
    tell(evaluation, judged)


def _check_places(report: Path | None, out: Path | None) -> None:
    """Before the work."""
    if out is not None:
        format_of(out)
    if report is not None and not report.absolute().parent.is_dir():
        raise InputError(f"{report} cannot be written: there is no folder {report.parent}.")


def _write_page(path: Path, evaluation: Evaluation, told: Mapping[str, RiskCoverage]) -> None:
    path.write_text(evaluation_page(evaluation, told), "utf-8")
    note(f"The report is in {path}.")
