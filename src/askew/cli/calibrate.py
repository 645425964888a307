"""`askew calibrate`: thresholds with a guaranteed precision from labels, or the scores of unrelated texts."""

from dataclasses import asdict
from typing import Any

import typer

from askew.calibration.calibrate import TASK, Calibration, Unrelated, unrelated
from askew.calibration.calibrate import calibrate as calibrated
from askew.cli.files import Model, RowOptions, corpus, fields, gathered
from askew.cli.files import queries as read_queries
from askew.cli.guarantee import WHAT, row
from askew.cli.output import AsJson, as_json, counted, note, progress, say, table
from askew.cli.search import Mode, Weights, Where, parsed_weights, parsed_where
from askew.compare import CorpusParams
from askew.confidence.risk_control import CONFIDENCE, Guarantee
from askew.errors import InputError
from askew.evaluation.qrels import by_id
from askew.text.display import percent

USES = {
    "search": "askew search {} QUERY",
    "faq": "askew faq {} MESSAGE",
    "pairs": "askew duplicates {}",
}
"""The command that uses each kind of calibration."""


@gathered
def calibrate(
    name: str = typer.Argument(help="An index, a FAQ, or a file whose texts are compared (CSV, TSV, JSONL, TXT)."),
    queries: str = typer.Option(None, "--queries", help="A file of queries, in any format that `askew rank` reads."),
    qrels: str = typer.Option(None, "--qrels", help="Relevance judgements: TREC, BEIR, CSV or TSV."),
    unanswerable: bool = typer.Option(False, "--unanswerable", help="Queries without judgements are unanswerable."),
    labels: str = typer.Option(None, "--labels", help="Pairs: text1, text2, label; or the file of a --review."),
    promise: float = typer.Option(None, "--promise", help="Target precision, e.g. 0.95; without it a table of four."),
    confidence: float = typer.Option(CONFIDENCE, "--confidence", help="Confidence of the guarantee, 0 to 1."),
    mode: str = Mode,
    weights: str = Weights,
    document_score: str = typer.Option("max", "--document-score", help="max, mean2 or mean3 of its best passages."),
    where: str = Where,
    task: str = typer.Option(TASK, "--task", help="For a file: the task."),
    model: str = Model,
    *,
    rows: RowOptions,
    json: bool = AsJson,
) -> None:
    """Find the score threshold for a target precision from labels. It is stored with the index."""
    chosen, filter = fields(rows.id_field, rows.text_fields, None, None), parsed_where(where)
    if labels is None and queries is None and qrels is None:
        if promise is not None or unanswerable or mode or weights:
            raise InputError("A guarantee takes labels: name them with --labels, or with --queries and --qrels.")
        params = CorpusParams(task, model, filter, "", chosen, rows.format, rows.skip_bad, rows.encoding)
        with corpus(name, params, json) as texts:
            _show_unrelated(unrelated(texts), texts.noun, json)
        return
    read: Any = None
    if queries is not None:
        read = by_id(read_queries(queries, rows), queries)
    with progress(quiet=json) as report:
        found = calibrated(
            name, queries=read, qrels=qrels, unanswerable=unanswerable, labels=labels, promise=promise,
            confidence=confidence, mode=mode, weights=parsed_weights(weights, mode), document_score=document_score,
            where=filter, task=task, model=model, progress=report,
        )  # fmt: skip
    _show(found, name, json)


def _show(found: Calibration, name: str, json: bool) -> None:
    if found.left_out:
        note(f"Left out, as they have no relevant document: {found.left_out:,} queries (see --unanswerable).")
    if found.file:
        note(f"Stored in {found.file}, for {name} alone, compared with the same model and task.")
    record = found.record
    labels, right = len(record.scores.values), sum(record.scores.right)
    if json:
        about = {"of": record.of, "settings": dict(record.settings), "confidence": record.confidence}
        as_json({**about, "labels": labels, "right": right, "promises": [asdict(one) for one in found.guarantees]})
        return
    trained = " Another fifth of all queries trained the confidence model." if record.model else ""
    say(f"{labels:,} {WHAT[record.of]} with a label, {right:,} of them right.{trained}")
    say()
    table(["right", "threshold", "given", "95 % interval", ""], [row(one) for one in found.guarantees])
    say()
    say(f"Each row holds with {percent(record.confidence, 2)} confidence for data like these labels.")
    feasible = [one.promise for one in found.guarantees if isinstance(one, Guarantee)]
    if feasible:
        say(f"Use it: {USES[record.of].format(name)} --min-confidence {max(feasible):g}")


def _show_unrelated(found: Unrelated, noun: str, json: bool) -> None:
    if json:
        as_json(asdict(found))
        return
    say(f"{counted(found.pairs, 'random pair')} of {noun}s score {found.mean:.3f} on average.")
    say()
    table(["of them", "score below"], [[f"{share:g} %", score] for share, score in found.percentiles])
    say()
    say("These are scores of unrelated texts. A guarantee takes labels (--labels, or --queries and --qrels).")
