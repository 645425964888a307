"""`askew eval` of labelled pairs, clusters and reranked candidates."""

from typing import Any

from askew.cli.cluster import tell
from askew.cli.output import as_json, counted, progress, say, table
from askew.clusters.measures import Agreement
from askew.clusters.settings import KMEANS
from askew.compare import CLUSTER_TASK, cluster
from askew.documents.columns import Fields
from askew.documents.read import rows_of
from askew.errors import InputError
from askew.evaluation.measures import mean
from askew.evaluation.pair_measures import CLUSTER, Correlation, Detection, agreement_of, column, evaluate_pairs
from askew.evaluation.significance import Interval, interval
from askew.evaluation.systems import RerankingEvaluation

BEFORE, AFTER = "as given", "reordered"


def eval_pairs(path: str, task: str, model: str | None, format: str | None, encoding: str | None, json: bool) -> None:
    with progress(quiet=json) as report:
        found = evaluate_pairs(path, task=task, model=model, format=format, encoding=encoding, progress=report)
    measured = found.measured
    if json:
        fields = {**vars(measured), "interval": vars(measured.interval)}
        as_json({"model": found.model, "task": found.task, **fields})
        return
    say(f"{counted(found.pairs, 'pair')} of {path}, scored by {found.model}")
    if isinstance(measured, Correlation):
        _show_correlation(measured)
    else:
        _show_detection(measured)


def eval_clusters(
    path: str,
    label_field: str,
    *,
    cluster_field: str | None = None,
    task: str = CLUSTER_TASK,
    model: str | None = None,
    fields: Fields | None = None,
    format: str | None = None,
    skip_bad: bool = False,
    encoding: str | None = None,
    json: bool = False,
) -> None:
    """Compare clusters with labels: those in a column, as `askew cluster --out` writes it; otherwise those that k-means
    finds in the texts of the file, as many as there are labels.
    """
    rows = rows_of(path, format, encoding)
    given = cluster_field or (CLUSTER if CLUSTER in rows.names and model is None else "")
    if given:
        found, by = agreement_of(column(rows, given, path), column(rows, label_field, path)), f"the column {given}"
    else:
        count = len(set(filter(None, column(rows, label_field, path))))
        chosen = fields or Fields()
        with progress(quiet=json) as report:
            themes = cluster(
                path,
                method=KMEANS,
                clusters=count,
                labels=label_field,
                task=task,
                model=model,
                id=chosen.id,
                text=chosen.text,
                title=chosen.title,
                metadata=chosen.metadata,
                format=format,
                skip_bad=skip_bad,
                encoding=encoding,
                progress=report,
            )
        tell(themes)
        by = f"k-means into {count:,} by {themes.contract.encoder.model}"
        if themes.agreement is None:
            raise InputError(f"{path} has no labels in {label_field!r}.")
        found = themes.agreement
    if json:
        as_json({"clusters": by, **vars(found)})
    else:
        _show_agreement(found, label_field, by)


def show_reranking(found: RerankingEvaluation, json: bool) -> None:
    rows = [_compared(found, measure) for measure in found.comparisons]
    if json:
        values = {BEFORE: found.before, AFTER: found.after}
        as_json({"by": found.model, "queries": found.queries, "measures": rows, "values": values})
        return
    say(f"Judged queries: {found.queries:,}, reordered by {found.model}")
    table(
        ("measure", BEFORE, AFTER, "difference", "95 % interval", "p", "won", "lost"),
        [
            (*list(row.values())[:4], _bounds(Interval(row["low"], row["high"])), row["p"], row["won"], row["lost"])
            for row in rows
        ],
    )


def _compared(found: RerankingEvaluation, measure: str) -> dict[str, Any]:
    before, after, compared = found.before[measure], found.after[measure], found.comparisons[measure]
    return {
        "measure": measure,
        BEFORE: mean(before),
        AFTER: mean(after),
        "difference": compared.difference,
        "low": compared.interval.low,
        "high": compared.interval.high,
        "p": compared.p,
        "won": compared.won,
        "lost": compared.lost,
        "own": vars(interval(list(after.values()))),
    }


def _show_correlation(found: Correlation) -> None:
    bounds = _bounds(found.interval)
    table(("measure", "value", "95 % interval"), [("Spearman", found.spearman, bounds), ("Pearson", found.pearson, "")])


def _show_detection(found: Detection) -> None:
    chance = f"chance: {found.positives / found.pairs:.3f}"
    at = f"precision {found.precision:.3f}, recall {found.recall:.3f}"
    rows = [
        ("AP", found.ap, f"95 % interval {_bounds(found.interval)}; {chance}"),
        ("best F1", found.best_f1, f"at a score of {found.threshold:.3f} and above: {at}"),
        ("best accuracy", found.accuracy, f"at a score of {found.accuracy_threshold:.3f} and above"),
    ]
    table(("measure", "value", ""), rows)


def _show_agreement(found: Agreement, label_field: str, by: str) -> None:
    say(f"Clusters: {by}; labels: {label_field}, {found.classes:,} of {counted(found.labelled, 'text')}")
    table(("measure", "value"), [("V-measure", found.v_measure), ("ARI", found.ari), ("NMI", found.nmi)])


def _bounds(found: Interval) -> str:
    return f"{found.low:.3f} to {found.high:.3f}"
