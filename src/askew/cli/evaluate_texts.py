"""`askew eval` of labelled pairs, clusters and reranked candidates."""

from collections.abc import Mapping, Sequence
from typing import Any

from askew.cli.cluster import tell
from askew.cli.output import as_json, counted, progress, say, table
from askew.compare import CLUSTER_TASK, cluster
from askew.documents.fields import Fields
from askew.errors import InputError
from askew.evaluation.clustering import CLUSTER, agreement_of, column
from askew.evaluation.labelled_pairs import is_graded, read_pairs, read_table
from askew.evaluation.measures import Run, mean, per_query
from askew.evaluation.pair_measures import Correlation, Detection, correlation, detection, scored
from askew.evaluation.qrels import Qrels
from askew.evaluation.reranking import reordered
from askew.evaluation.significance import compare, interval
from askew.faq.place import refuse
from askew.index import Index
from askew.mining.clusters.scores import Agreement
from askew.sealing import seal

PAIRS = "paraphrase"
RERANKING = ("AP", "nDCG@10")
BEFORE, AFTER = "as given", "reordered"


def eval_pairs(
    path: str,
    *,
    task: str = PAIRS,
    model: str | None = None,
    precision: str = "fp32",
    format: str | None = None,
    json: bool = False,
) -> None:
    """Pairs with a label: graded ones by Spearman's correlation, those of 0 and 1 by average precision and best F1."""
    pairs = read_pairs(path, format=format)
    contract, encoder = seal(task, model, precision)
    contract.check_alike(None)
    with progress(quiet=json) as report:
        scores = scored(pairs, encoder, report)
    labels = [pair.label for pair in pairs]
    measured = correlation(scores, labels) if is_graded(pairs) else detection(scores.tolist(), labels)
    if json:
        as_json({"model": contract.encoder.model, "task": task, **_as_fields(measured)})
        return
    say(f"{counted(len(pairs), 'pair')} of {path}, scored by {contract.encoder.model}")
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
    json: bool = False,
) -> None:
    """Clusters against labels: those of a column, as `askew cluster --out` writes it; else the texts of the file are
    put into as many clusters as there are labels, by k-means on the model's vectors.
    """
    rows = read_table(path, format)
    given = cluster_field or (CLUSTER if CLUSTER in rows.names and model is None else "")
    if given:
        found, by = agreement_of(column(rows, given, path), column(rows, label_field, path)), f"the column {given}"
    else:
        count = len(set(filter(None, column(rows, label_field, path))))
        chosen = fields or Fields()
        with progress(quiet=json) as report:
            themes = cluster(
                path,
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


def eval_reranking(
    name: str,
    candidates: Run,
    queries: Mapping[str, str],
    qrels: Qrels,
    *,
    measures: Sequence[str] = RERANKING,
    rerank: str | None = None,
    json: bool = False,
) -> None:
    """Candidates of a run in the order of the index's model, or of the cross-encoder `rerank`, beside their own.

    queries: text by id.
    """
    refuse(name)
    with Index.open(name) as index, progress(quiet=json) as report:
        run = reordered(index, candidates, queries, rerank, report)
        by = rerank or index.contract.encoder.model
    asked = {query: qrels[query] for query in run if query in qrels}
    given = {query: candidates[query] for query in run}
    before, after = (per_query(measures, asked, ranked) for ranked in (given, run))
    if not any(after.values()):
        raise InputError("No query of the run has a document that is judged relevant: their ids do not meet.")
    rows = [_compared(measure, before[measure], after[measure]) for measure in before]
    if json:
        values = {BEFORE: before, AFTER: after}
        as_json({"by": by, "queries": len(next(iter(after.values()))), "measures": rows, "values": values})
        return
    say(f"Judged queries: {len(next(iter(after.values()))):,}, reordered by {by}")
    table(
        ("measure", BEFORE, AFTER, "difference", "95 % interval", "p", "won", "lost"),
        [
            (*list(row.values())[:4], _interval(row["low"], row["high"]), row["p"], row["won"], row["lost"])
            for row in rows
        ],
    )


def _compared(measure: str, before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, Any]:
    found = compare(after, before)
    return {
        "measure": measure,
        BEFORE: mean(before),
        AFTER: mean(after),
        "difference": found.difference,
        "low": found.interval.low,
        "high": found.interval.high,
        "p": found.p,
        "won": found.won,
        "lost": found.lost,
        "own": vars(interval(list(after.values()))),
    }


def _show_correlation(found: Correlation) -> None:
    bounds = _interval(found.interval.low, found.interval.high)
    table(("measure", "value", "95 % interval"), [("Spearman", found.spearman, bounds), ("Pearson", found.pearson, "")])


def _show_detection(found: Detection) -> None:
    bounds = _interval(found.interval.low, found.interval.high)
    chance = f"chance: {found.positives / found.pairs:.3f}"
    at = f"precision {found.precision:.3f}, recall {found.recall:.3f}"
    rows = [
        ("AP", found.ap, f"95 % interval {bounds}; {chance}"),
        ("best F1", found.best_f1, f"from a score of {found.threshold:.3f} on: {at}"),
        ("best accuracy", found.accuracy, f"from a score of {found.accuracy_threshold:.3f} on"),
    ]
    table(("measure", "value", ""), rows)


def _show_agreement(found: Agreement, label_field: str, by: str) -> None:
    say(f"Clusters: {by}; labels: {label_field}, {found.classes:,} of {counted(found.labelled, 'text')}")
    table(("measure", "value"), [("V-measure", found.v_measure), ("ARI", found.ari), ("NMI", found.nmi)])


def _as_fields(found: Correlation | Detection) -> dict[str, Any]:
    return {**vars(found), "interval": vars(found.interval)}


def _interval(low: float, high: float) -> str:
    return f"{low:.3f} to {high:.3f}"
