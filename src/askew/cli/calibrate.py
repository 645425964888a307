"""`askew calibrate`: from labels to thresholds that keep a promise, and from none to what unrelated texts score."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import typer

from askew.calibration.answers import JudgedQueries, calibrate_faq, calibrate_search, judged_queries
from askew.calibration.pairs import calibrate_pairs, keep_for_files, keep_in_index
from askew.calibration.unrelated import Unrelated, unrelated
from askew.cli.corpus import ComparedTexts, Model, by_line, corpus
from askew.cli.files import Format, IdField, SkipBad, TextField, documents, fields
from askew.cli.guarantee import DIGITS, WHAT, promises, row
from askew.cli.output import AsJson, as_json, counted, note, progress, say, table
from askew.cli.search import Mode, Weights, Where, parsed_weights, parsed_where
from askew.confidence.record import CalibrationRecord
from askew.confidence.risk_control import CONFIDENCE, Guarantee, Infeasible, check_precision
from askew.contract import Contract
from askew.errors import InputError
from askew.evaluation.labelled_pairs import read_pairs
from askew.evaluation.qrels import read_qrels
from askew.faq.faq import Faq
from askew.faq.place import is_faq
from askew.index import Index, folder
from askew.search.ranking import SearchParams, check_weights
from askew.text.display import percent

TASK = "duplicate-questions"
TELLS = {
    "search": "askew search {} QUERY",
    "faq": "askew faq {} MESSAGE",
    "pairs": "askew duplicates {}",
}


@dataclass(frozen=True)
class Wanted:
    """What was asked for on the command line. promise: None for the table."""

    name: str
    promise: float | None
    confidence: float
    json: bool


def calibrate(
    name: str = typer.Argument(help="An index, a FAQ, or a file whose texts are compared (CSV, TSV, JSONL, TXT)."),
    queries: str = typer.Option(None, "--queries", help="Queries with id and text, or one a line."),
    qrels: str = typer.Option(None, "--qrels", help="Which documents answer them, in TREC's or BEIR's layout."),
    unanswerable: bool = typer.Option(False, "--unanswerable", help="Nothing answers queries that are not judged."),
    labels: str = typer.Option(None, "--labels", help="Pairs: text1, text2, label; or the file of a --review."),
    promise: float = typer.Option(None, "--promise", help="The share that is to be right, like 0.95; else a table."),
    confidence: float = typer.Option(CONFIDENCE, "--confidence", help="How sure the promise is to be."),
    mode: str = Mode,
    weights: str = Weights,
    document_score: str = typer.Option("max", "--document-score", help="max, mean2 or mean3 of its best passages."),
    where: str = Where,
    task: str = typer.Option(TASK, "--task", help="For a file: what its texts are."),
    model: str = Model,
    id_field: str = IdField,
    text_field: str = TextField,
    format: str = Format,
    skip_bad: bool = SkipBad,
    json: bool = AsJson,
) -> None:
    """Find from labels from which score on answers or pairs can be trusted, and keep it with the index."""
    wanted = Wanted(name, promise, confidence, json)
    check_precision(CONFIDENCE if promise is None else promise, confidence)
    _check(labels, queries, qrels)
    if is_faq(name) and (mode != "dense" or weights or document_score != "max"):
        raise InputError("A FAQ is asked in one way: leave out --mode, --weights and --document-score.")
    given = ComparedTexts(fields(id_field, text_field, None, None), format, skip_bad, task, model, parsed_where(where))
    if queries is not None and qrels is not None:
        both = parsed_weights(weights, mode)
        read = documents([queries], given.fields, format or by_line(queries), skip_bad)
        known = judged_queries(read, read_qrels(qrels), unanswerable=unanswerable)
        if len(known) < len(read):
            note(f"{len(read) - len(known):,} queries have no relevant document and are left out (--unanswerable).")
        how = SearchParams(mode=mode, where=given.where, weights=both or (1.0, 1.0), document_score=document_score)
        _tell(_answers(wanted, known, how, learned=both is None), wanted)
    elif labels is not None:
        _tell(_pairs(wanted, labels, given), wanted)
    else:
        with corpus(name, given, json) as one:
            _floor(unrelated(one), one.noun, json)


def _check(labels: str | None, queries: str | None, qrels: str | None) -> None:
    if labels is not None and queries is not None:
        raise InputError("Give --labels for pairs, or --queries and --qrels for answers; one at a time.")
    if (queries is None) != (qrels is None):
        raise InputError("--queries and --qrels belong together: which queries, and what answers them.")


def _answers(wanted: Wanted, known: Sequence[JudgedQueries], how: SearchParams, *, learned: bool) -> CalibrationRecord:
    """learned: the weights are those of the index."""
    check_weights(how.weights)
    with progress(quiet=wanted.json) as report:
        if is_faq(wanted.name):
            with Faq.open(wanted.name, writable=True) as faq:
                return calibrate_faq(faq, known, where=how.where, confidence=wanted.confidence, report=report)
        with Index.open(wanted.name, writable=True) as index:
            mine = SearchParams(
                mode=how.mode,
                where=how.where,
                weights=index.weights if learned else how.weights,
                document_score=how.document_score,
            )
            return calibrate_search(index, known, mine, confidence=wanted.confidence, report=report)


def _pairs(wanted: Wanted, labels: str, given: ComparedTexts) -> CalibrationRecord:
    pairs = read_pairs(labels)
    with progress(quiet=wanted.json) as report:
        if folder(wanted.name).exists():
            with Index.open(wanted.name, writable=True) as index:
                encoder = index.encoder("calibrating")
                held = index.sizes().documents
                record = calibrate_pairs(
                    pairs, index.contract, encoder, held, confidence=wanted.confidence, report=report
                )
                keep_in_index(index, record)
                return record
        if not Path(wanted.name).exists():
            raise InputError(f"There is no file {wanted.name}, and no index {folder(wanted.name)}.")
        contract, encoder = Contract.for_task(given.task, model=given.model)
        record = calibrate_pairs(pairs, contract, encoder, confidence=wanted.confidence, report=report)
        place = keep_for_files(record)
    note(f"Kept in {place}, for every file compared with {contract.encoder.model} for {contract.task}.")
    return record


def _tell(record: CalibrationRecord, wanted: Wanted) -> None:
    found = promises(record, wanted.promise)
    labels, right = len(record.evidence.values), sum(record.evidence.right)
    if wanted.promise is not None and isinstance(found[0], Infeasible):
        raise InputError(found[0].reason)
    if wanted.json:
        about = {"of": record.of, "settings": dict(record.settings), "confidence": record.confidence}
        as_json({**about, "labels": labels, "right": right, "promises": [asdict(one) for one in found]})
        return
    taught = " Others, a fifth of all queries, taught how to tell them apart." if record.signal else ""
    say(f"{labels:,} {WHAT[record.of]} with a label, {right:,} of them right.{taught}\n")
    table(["right", "threshold", "given", "95 % interval", ""], [row(one) for one in found])
    say(f"\nEach row holds with {percent(record.confidence, DIGITS)} confidence for what is like the labels.")
    kept = [one.promise for one in found if isinstance(one, Guarantee)]
    if kept:
        say(f"Use it: {TELLS[record.of].format(wanted.name)} --min-confidence {max(kept):g}")


def _floor(found: Unrelated, noun: str, json: bool) -> None:
    if json:
        as_json(asdict(found))
        return
    say(f"{counted(found.pairs, 'random pair')} of {noun}s score {found.mean:.3f} on average.\n")
    table(["of them", "score below"], [[f"{share:g} %", score] for share, score in found.percentiles])
    say("\nThat is what unrelated texts score, and no promise: it takes labels (--labels, or --queries and --qrels).")
