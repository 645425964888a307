"""`askew eval`: quality of searches with confidence intervals, and comparison of systems."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import typer

from askew.charts.html import page_path
from askew.cli.evaluate_texts import eval_clusters, eval_pairs, show_reranking
from askew.cli.files import Encoding, Format, IdField, On, RowOptions, SkipBad, TextFields, fields
from askew.cli.files import queries as read_queries
from askew.cli.output import AsJson, as_json, note, progress, say, table
from askew.compare import CLUSTER_TASK
from askew.errors import InputError
from askew.evaluation.abstention import RISKS, RiskCoverage
from askew.evaluation.abstention import as_fields as abstention_fields
from askew.evaluation.evaluate import Evaluation, RankChange, SystemComparison, as_fields, losers, rows, winners
from askew.evaluation.measures import STANDARD
from askew.evaluation.qrels import by_id, judged_set, read_qrels
from askew.evaluation.report import evaluation_page
from askew.evaluation.significance import Interval
from askew.evaluation.systems import MEASURES, RerankingEvaluation, evaluate, evaluate_reranking, is_run
from askew.export.tables import format_of, write
from askew.files import check_outputs, output
from askew.search.ranking import MODES
from askew.text.display import percent, shorten
from askew.validation import output_path

LIMIT = 5
PAIRS = "paraphrase"
WIDTH = 80
SMALLEST = 0.001
FILES = ("--set", "--queries", "--qrels", "--measures", "--id-field", "--text-field", "--format", "--skip-bad",
         "--encoding")  # fmt: skip
FITS: Mapping[str, Sequence[str]] = {
    "": ("NAME", *FILES, "--mode", "--against", "-k", "--unanswerable", "--on", "--report", "--out"),
    "--rerank": ("NAME", *FILES, "--rerank", "--rerank-model"),
    "--pairs": ("--pairs", "--task", "--model", "--format", "--encoding"),
    "--clusters": (
        "--clusters", "--label-field", "--cluster-field", "--task", "--model", "--id-field", "--text-field",
        "--format", "--skip-bad", "--encoding",
    ),
}  # fmt: skip
"""The options of each kind of evaluation, by the option that chooses it; "" for searches."""

Name = typer.Argument("", help="An index, or the file of a TREC run.")


def eval_(
    name: str = Name,
    queries: str = typer.Option("", "--queries", help="A file of queries, in any format that `askew rank` reads."),
    qrels: str = typer.Option("", "--qrels", help="Relevance judgements: TREC, BEIR, CSV or TSV."),
    set: str = typer.Option("", "--set", help="A folder with both: queries.jsonl and qrels.tsv or qrels/test.tsv."),
    measures: str = typer.Option("", "--measures", help=f"Names of ir-measures, with commas: {','.join(STANDARD)}."),
    mode: list[str] = typer.Option(
        [], "--mode", help=f"{', '.join(MODES)}; default: the task's. Repeat it to compare."
    ),
    against: list[str] = typer.Option([], "--against", help="Another index or run to compare with NAME; repeat it."),
    k: int = typer.Option(0, "-k", "--k", min=0, help="Hits per query; 0: as many as the measures need."),
    unanswerable: bool = typer.Option(False, "--unanswerable", help="Include queries that nothing answers."),
    limit: int = typer.Option(LIMIT, "--limit", min=0, help="Show the N queries with the largest gains and losses."),
    report: Path = typer.Option(None, "--report", help="Write an HTML report."),
    out: Path = typer.Option(None, "--out", help="Write the values per query: .csv, .jsonl or .parquet."),
    pairs: str = typer.Option("", "--pairs", help="Evaluate a model on labelled pairs: text1, text2, label."),
    clusters: str = typer.Option("", "--clusters", help="Evaluate the clusters of a file against the labels in it."),
    label_field: str = typer.Option("", "--label-field", help="For --clusters: the field with the label."),
    cluster_field: str = typer.Option("", "--cluster-field", help="For --clusters: the field with the cluster."),
    rerank: str = typer.Option("", "--rerank", help="Evaluate how NAME's model reorders the candidates of a TREC run."),
    rerank_model: str = typer.Option("", "--rerank-model", help="For --rerank: a cross-encoder instead."),
    task: str = typer.Option("", "--task", help="For --pairs and --clusters: the task."),
    model: str = typer.Option("", "--model", help="For --pairs and --clusters: a model other than the task's default."),
    id_field: str = IdField,
    text_fields: list[str] = TextFields,
    format: str = Format,
    skip_bad: bool = SkipBad,
    encoding: str = Encoding,
    on: str = On,
    json: bool = AsJson,
) -> None:
    """Measure the quality of searches, pairs, clusters, reranking. Means have confidence intervals."""
    given = {
        "NAME": name, "--queries": queries, "--qrels": qrels, "--set": set, "--measures": measures, "--mode": mode,
        "--against": against, "-k": k, "--unanswerable": unanswerable, "--report": report, "--out": out,
        "--pairs": pairs, "--clusters": clusters, "--label-field": label_field, "--cluster-field": cluster_field,
        "--rerank": rerank, "--rerank-model": rerank_model, "--task": task, "--model": model, "--id-field": id_field,
        "--text-field": text_fields or None, "--format": format, "--skip-bad": skip_bad,
        "--encoding": encoding, "--on": on,
    }  # fmt: skip
    kind = _kind([flag for flag, value in given.items() if value])
    if kind == "--pairs":
        eval_pairs(pairs, task or PAIRS, model or None, format, encoding, json)
        return
    if kind == "--clusters":
        eval_clusters(
            clusters, label_field, cluster_field=cluster_field or None, task=task or CLUSTER_TASK, model=model or None,
            fields=fields(id_field, text_fields, None, None), format=format, skip_bad=skip_bad, encoding=encoding,
            json=json,
        )  # fmt: skip
        return
    queries, qrels = _located(set, queries, qrels)
    _check_systems((name, *against), queries, always=bool(kind))
    _check_places(report, out, [name, *against, queries, qrels])
    grades = read_qrels(qrels)
    options = RowOptions(id_field, text_fields, format, skip_bad, encoding)
    texts = by_id(read_queries(queries, options), queries) if queries else None
    with progress(quiet=json) as bar:
        if kind:
            cross = rerank_model or None
            found: Evaluation | RerankingEvaluation = evaluate_reranking(
                name, rerank, queries=texts or {}, qrels=grades, measures=measures or MEASURES, rerank_model=cross,
                progress=bar,
            )  # fmt: skip
        else:
            found = evaluate(
                name, queries=texts, qrels=grades, measures=measures or STANDARD, mode=mode or None, against=against,
                k=k, unanswerable=unanswerable, on=on, progress=bar,
            )  # fmt: skip
    if isinstance(found, RerankingEvaluation):
        show_reranking(found, json)
    else:
        _write(found, report, out)
        _show(found, queries, limit, json)


def _kind(flags: Sequence[str]) -> str:
    """Return the option that chooses the kind of evaluation. Raises `InputError` for a conflict."""
    kind = next((one for one in FITS if one in flags), "")
    other = next((flag for flag in flags if flag not in FITS[kind]), "")
    if other:
        raise InputError(f"{other} does not go with {kind or 'evaluating a search'}. {_takes(kind)}")
    if "NAME" in FITS[kind] and "NAME" not in flags:
        raise InputError("Name an index, or the file of a TREC run; or labelled texts with --pairs or --clusters.")
    if kind == "--clusters" and "--label-field" not in flags:
        raise InputError("Name the field with the labels with --label-field.")
    return kind


def _takes(kind: str) -> str:
    return f"Options that do: {', '.join(flag for flag in FITS[kind] if flag != kind)}."


def _located(folder: str, queries: str, qrels: str) -> tuple[str, str]:
    """Return the files with queries and judgements; one that is named replaces the folder's."""
    if folder:
        both = judged_set(folder)
        queries, qrels = queries or str(both[0]), qrels or str(both[1])
    if not qrels:
        raise InputError("Name the judgements with --qrels, or a folder with queries and qrels with --set.")
    return queries, qrels


def _check_systems(names: Sequence[str], queries: str, always: bool) -> None:
    """Raise `InputError` for indexes without queries. always: runs need queries too."""
    indexes = [name for name in names if not is_run(name)]
    if not queries and (indexes or always):
        raise InputError(f"Name the file with the texts of the queries with --queries, to search {names[0]}.")


def _check_places(report: Path | None, out: Path | None, read: Sequence[str]) -> None:
    """Raise `InputError` before the work if the results could not be written, or would replace what is read."""
    if out is not None:
        format_of(output_path(out, "--out"))
    if report is not None:
        page_path(report, "--report")
    check_outputs([path for path in (out, report) if path is not None], force=True, sources=filter(None, read))


def _write(evaluation: Evaluation, report: Path | None, out: Path | None) -> None:
    if out is not None:
        write(out, rows(evaluation), ("query", "text", "system", *evaluation.measures))
    if report is not None:
        with output(report) as file:
            file.write(evaluation_page(evaluation, evaluation.abstention).encode())
        note(f"The report is in {report}.")


def _show(evaluation: Evaluation, queries: str, limit: int, json: bool) -> None:
    if json:
        more = {system: abstention_fields(one) for system, one in evaluation.abstention.items()}
        as_json({**as_fields(evaluation), **({"abstention": more} if more else {})})
        return
    show(evaluation, limit)
    _note_left_out(evaluation, queries)


def _note_left_out(evaluation: Evaluation, queries: str) -> None:
    for name, missing in evaluation.missing.items():
        if missing:
            note(f"Relevant documents missing from {name}: {missing:,}.")
    if evaluation.unasked:
        note(f"Judged queries not in {queries}, left out: {evaluation.unasked:,}.")
    if evaluation.left_out:
        note(f"Left out, as no document is judged relevant to them: {evaluation.left_out:,} queries.")


def show(evaluation: Evaluation, limit: int) -> None:
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
    if evaluation.abstention:
        _show_abstention(evaluation.abstention)


def _show_contests(evaluation: Evaluation) -> None:
    say()
    say(f"Against {evaluation.systems[0].name}, query by query:")
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
        say()
        say(f"The queries that {contest.system} won and lost most by, {contest.measure}:")
        table(("", contest.system, contest.against, "query"), [_row(word, change) for word, change in changes])


def _row(word: str, change: RankChange) -> tuple[object, ...]:
    return word, change.value, change.against, shorten(change.query.text or change.query.id, WIDTH)


def _show_abstention(found: Mapping[str, RiskCoverage]) -> None:
    say()
    say("Does the score of the first document tell what cannot be answered?")
    at = tuple(f"at {percent(risk)}" for risk in RISKS)
    headings = ("system", "questions", "right", "AUROC", "AURC", "at best", "by chance", *at)
    rows = [
        (name, one.questions, one.right, one.auroc, one.aurc, one.perfect, one.chance, *one.coverage_at.values())
        for name, one in found.items()
    ]
    table(headings, rows)
    say("The last columns: the share of questions that can be answered with no more wrong answers than that.")


def _interval(found: Interval, sign: str = "") -> str:
    return f"{found.low:{sign}.4f} to {found.high:{sign}.4f}"


def _p(p: float) -> str:
    return f"{p:.4f}" if p >= SMALLEST else f"< {SMALLEST}"
