"""The `--min-confidence` option and the table of guarantees."""

from dataclasses import asdict
from typing import Any

import typer

from askew.cli.output import note
from askew.confidence.record import CalibrationRecord
from askew.confidence.risk_control import PRECISIONS, Guarantee, Infeasible, guarantee, tried

MinConfidence = typer.Option(
    None, "--min-confidence", help="Answer only where so many are right, like 0.95; see askew calibrate."
)
WHAT = {"search": "first hits", "faq": "answers", "pairs": "pairs"}


def per_cent(share: float) -> str:
    return f"{100 * share:.4g} %"


def assurance(record: CalibrationRecord, promise: float, documents: int, quiet: bool) -> dict[str, Any]:
    """For JSON; said on stderr to a person. documents: how many there are now."""
    found = guarantee(record.evidence, promise, record.confidence)
    if not quiet:
        note(
            f"At least {per_cent(promise)} of {WHAT[record.of]} that reach {found.threshold:.3f} are right, with "
            f"{per_cent(found.confidence)} confidence; {per_cent(round(found.coverage, 3))} reach it."
        )
        if record.grown(documents):
            note(
                f"The corpus has grown from {record.documents:,} to {documents:,} documents since it was calibrated: "
                "calibrate anew."
            )
    return {**asdict(found), "grown": record.grown(documents)}


def promises(record: CalibrationRecord, promise: float | None) -> list[Guarantee | Infeasible]:
    wanted = PRECISIONS if promise is None else (promise,)
    return [tried(record.evidence, share, record.confidence) for share in wanted]


def row(found: Guarantee | Infeasible) -> list[str]:
    if isinstance(found, Infeasible):
        lacks = f"needs about {found.more:,} more labels" if found.more else "out of reach: no number of labels helps"
        return [per_cent(found.promise), "–", "–", "–", lacks]
    between = f"{100 * found.low:.1f} to {100 * found.high:.1f} %"
    labels = f"{found.wrong:,} of {found.above:,} labels wrong"
    return [per_cent(found.promise), f"{found.threshold:.3f}", f"{100 * found.coverage:.1f} %", between, labels]
