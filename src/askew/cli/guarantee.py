"""The option `--min-confidence`, and guarantees in words."""

from dataclasses import asdict
from typing import Any

import typer

from askew.cli.output import note
from askew.confidence.record import CalibrationRecord
from askew.confidence.risk_control import Guarantee, Infeasible, guarantee
from askew.text.display import percent

MinConfidence = typer.Option(
    None, "--min-confidence", help="Return only results with at least this precision, e.g. 0.95; see askew calibrate."
)
WHAT = {"search": "first hits", "faq": "answers", "pairs": "pairs"}
DIGITS = 2
"""Decimal places of a promise: one of 97.5 % must not be shown as 98 %."""


def assurance(record: CalibrationRecord, promise: float, documents: int, quiet: bool) -> dict[str, Any]:
    """Return the guarantee for JSON, and print it to stderr unless quiet. documents: the current size of the corpus."""
    found = guarantee(record.scores, promise, record.confidence)
    if not quiet:
        note(
            f"At least {percent(promise, DIGITS)} of {WHAT[record.of]} that reach {found.threshold:.3f} are right, "
            f"with {percent(found.confidence, DIGITS)} confidence; {percent(found.coverage, 1)} reach it."
        )
        if record.grown(documents):
            note(
                f"The corpus has grown from {record.documents:,} to {documents:,} documents since the calibration. "
                "Calibrate again."
            )
    return {**asdict(found), "grown": record.grown(documents)}


def row(found: Guarantee | Infeasible) -> list[str]:
    """Return the cells of a table: precision, threshold, coverage, interval of the coverage, errors."""
    if isinstance(found, Infeasible):
        needed = f"needs about {found.more:,} more labels" if found.more else "out of reach with any number of labels"
        return [percent(found.promise, DIGITS), "–", "–", "–", needed]
    interval = f"{100 * found.low:.1f} to {100 * found.high:.1f} %"
    labels = f"{found.wrong:,} of {found.above:,} labels wrong"
    return [percent(found.promise, DIGITS), f"{found.threshold:.3f}", percent(found.coverage, 1), interval, labels]
