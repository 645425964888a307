"""`askew eval`: how good is it, how sure is that, and is it better than the other?"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import typer

from askew.cleaning.tables import format_of, write
from askew.cli.eval_search import Asked, Judged, Reading, judged_files, measured_systems, tell
from askew.cli.eval_shown import show
from askew.cli.eval_texts import PAIRS, RERANKING, eval_clusters, eval_pairs, eval_reranking
from askew.cli.output import AsJson, as_json, note
from askew.cli.reading import Format, IdField, SkipBad, TextField, fields
from askew.cli.themes import TASK
from askew.errors import InputError
from askew.evaluation.abstention import RiskCoverage
from askew.evaluation.abstention import as_fields as abstention_fields
from askew.evaluation.evaluate import Evaluation, as_fields, rows
from askew.evaluation.measures import STANDARD, parsed
from askew.evaluation.report import evaluation_page
from askew.evaluation.runs import read_run
from askew.search.ranking import MODES

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
            clusters, label_field, cluster_field=cluster_field or None, task=task or TASK, model=model or None,
            fields=how, format=format, skip_bad=skip_bad, json=json,
        )  # fmt: skip
    else:
        judged = judged_files(set, queries, qrels, Reading(id_field, text_field, format, skip_bad))
        if kind == "--rerank":
            _rerank(name, rerank, judged, measures, rerank_model, json)
        else:
            asked = Asked((name, *against), mode, measures, k, unanswerable)
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


def _search(asked: Asked, judged: Judged, report: Path | None, out: Path | None, limit: int, json: bool) -> None:
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
