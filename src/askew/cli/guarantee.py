"""The `--min-confidence` option and the table of guarantees."""

from dataclasses import asdict
from typing import Any

import typer

from askew.calibration.pairs import calibrated as of_pairs
from askew.cli.output import note
from askew.confidence.record import CalibrationRecord
from askew.confidence.risk_control import PRECISIONS, Guarantee, Infeasible, check_precision, guarantee, tried
from askew.errors import InputError
from askew.matching.corpus import Corpus, IndexCorpus
from askew.text.display import percent

MinConfidence = typer.Option(
    None, "--min-confidence", help="Answer only where so many are right, like 0.95; see askew calibrate."
)
WHAT = {"search": "first hits", "faq": "answers", "pairs": "pairs"}
DIGITS = 2
"""Decimal places of a promise: one of 97.5 % must not be shown as 98 %."""


def assurance(record: CalibrationRecord, promise: float, documents: int, quiet: bool) -> dict[str, Any]:
    """For JSON; said on stderr to a person. documents: how many there are now."""
    found = guarantee(record.evidence, promise, record.confidence)
    if not quiet:
        note(
            f"At least {percent(promise, DIGITS)} of {WHAT[record.of]} that reach {found.threshold:.3f} are right, "
            f"with {percent(found.confidence, DIGITS)} confidence; {percent(found.coverage, 1)} reach it."
        )
        if record.grown(documents):
            note(
                f"The corpus has grown from {record.documents:,} to {documents:,} documents since it was calibrated: "
                "calibrate anew."
            )
    return {**asdict(found), "grown": record.grown(documents)}


def pair_threshold(corpus: Corpus, promise: float, threshold: float | None, quiet: bool) -> float:
    """The score from which on the pairs of the corpus keep the promise."""
    if threshold is not None:
        raise InputError("--min-confidence finds the threshold: leave out --threshold.")
    check_precision(promise)
    record = of_pairs(corpus)
    documents = len(corpus.ids) if isinstance(corpus, IndexCorpus) and corpus.whole else record.documents
    return float(assurance(record, promise, documents, quiet)["threshold"])


def promises(record: CalibrationRecord, promise: float | None) -> list[Guarantee | Infeasible]:
    wanted = PRECISIONS if promise is None else (promise,)
    return [tried(record.evidence, share, record.confidence) for share in wanted]


def row(found: Guarantee | Infeasible) -> list[str]:
    if isinstance(found, Infeasible):
        lacks = f"needs about {found.more:,} more labels" if found.more else "out of reach: no number of labels helps"
        return [percent(found.promise, DIGITS), "–", "–", "–", lacks]
    between = f"{100 * found.low:.1f} to {100 * found.high:.1f} %"
    labels = f"{found.wrong:,} of {found.above:,} labels wrong"
    return [percent(found.promise, DIGITS), f"{found.threshold:.3f}", percent(found.coverage, 1), between, labels]
