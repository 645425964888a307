"""A look at an index: everything that makes its answers worse, and what can be done about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from askew.checking.asked import ask_passages, ask_queries
from askew.checking.boilerplate import boilerplate
from askew.checking.case import Case
from askew.checking.crowding import crowding
from askew.checking.finding import Finding, Level, too_few, untold
from askew.checking.floor import floor
from askew.checking.forgotten import forgotten
from askew.checking.hubs import hubs
from askew.checking.languages import languages
from askew.checking.length_bias import length_bias
from askew.checking.lengths import lengths
from askew.checking.misread import misread
from askew.checking.model import model
from askew.checking.promises import promises
from askew.checking.repeats import repeats
from askew.checking.sample import DEEP, LEAST, SIZE, Sample, draw, within
from askew.checking.short import short
from askew.checking.training import training
from askew.checking.truncation import truncation
from askew.checking.upkeep import upkeep
from askew.index import Index
from askew.progress import Progress, Report, silent

ORDER = (Level.ADVICE, Level.NOTE, Level.UNTOLD, Level.FINE)


class Depth(StrEnum):
    """`quick`: what the contract and the ledger tell, without vectors or model. `normal`: and 2,000 passages.
    `deep`: and 10,000.
    """

    QUICK = "quick"
    NORMAL = "normal"
    DEEP = "deep"


@dataclass(frozen=True)
class Look:
    """What was found, the worst kind first, and on how many passages."""

    findings: tuple[Finding, ...]
    passages: int

    def of(self, *levels: Level) -> list[Finding]:
        return [finding for finding in self.findings if finding.level in levels]


def examine(
    index: Index,
    name: str,
    depth: Depth = Depth.NORMAL,
    queries: Sequence[str] = (),
    report: Report = silent,
) -> Look:
    """name: as the user calls the index, for the remedies. queries: what users asked, in place of the passages.

    Bounded by the sample, not by the corpus: 100,000 passages take a few seconds.
    """
    case = Case(index, name, index.sizes())
    found = [*_sealed(case), *truncation(case), *upkeep(case), *promises(case)]
    sample = None
    if depth is not Depth.QUICK:
        report(Progress("draw passages", 0, 1))
        sample = draw(index.store, DEEP if depth is Depth.DEEP else SIZE)
        found += [*model(case, sample), *_stored(case, sample, queries, report)]
    ranked = sorted(found, key=lambda finding: ORDER.index(finding.level))
    return Look(tuple(ranked), len(sample) if sample else 0)


def _sealed(case: Case) -> list[Finding]:
    if not case.known:
        return [untold("card", f"There is no card of {case.contract.encoder.model} here to compare with.")]
    return [*forgotten(case), *misread(case), *training(case)]


def _stored(case: Case, sample: Sample, queries: Sequence[str], report: Report) -> list[Finding]:
    texts: list[Callable[[], list[Finding]]] = [
        lambda: languages(case, sample) if case.known else [],
        lambda: boilerplate(case, sample),
        lambda: lengths(case, sample),
        lambda: floor(case, sample),
    ]
    found = []
    for done, look in enumerate(texts):
        report(Progress("read passages", done, len(texts)))
        found += look()
    if len(sample.documents) < LEAST:
        return [*found, too_few("neighbours", len(sample.documents), LEAST)]
    among = within(sample)
    asked = ask_queries(case.index, queries, report) if queries else ask_passages(case.index, sample, report)
    return [
        *found,
        *hubs(case, asked, among),
        *repeats(case, asked),
        *length_bias(case, sample, among),
        *crowding(case, sample, among),
        *short(case, sample, among),
    ]
