"""Index diagnostics: every problem that lowers answer quality, with its figure and remedy."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from askew.diagnostics.finding import DiagnosticContext, Finding, Level, too_few, unknown
from askew.diagnostics.maintenance import maintenance, stale_calibrations
from askew.diagnostics.model_checks import missing_prompt, similarity_mismatch, stored_vectors, task_mismatch
from askew.diagnostics.sample import DEEP, LEAST, SIZE, Sample, ask_passages, ask_queries, draw, within
from askew.diagnostics.text_checks import boilerplate, repeated_answers, short_passages, truncation, unknown_languages
from askew.diagnostics.vector_checks import anisotropy, hubs, length_bias, near_ties, vector_norms
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
class Diagnosis:
    """What was found, the worst kind first, and on how many passages."""

    findings: tuple[Finding, ...]
    passages: int

    def of(self, *levels: Level) -> list[Finding]:
        return [finding for finding in self.findings if finding.level in levels]


def diagnose(
    index: Index,
    name: str,
    depth: Depth = Depth.NORMAL,
    queries: Sequence[str] = (),
    report: Report = silent,
) -> Diagnosis:
    """name: as the user calls the index, for the remedies. queries: what users asked, in place of the passages.

    Bounded by the sample, not by the corpus: 100,000 passages take a few seconds.
    """
    case = DiagnosticContext(index, name, index.sizes())
    found = [*_sealed(case), *truncation(case), *maintenance(case), *stale_calibrations(case)]
    sample = None
    if depth is not Depth.QUICK:
        report(Progress("draw passages", 0, 1))
        sample = draw(index.store, DEEP if depth is Depth.DEEP else SIZE)
        found += [*stored_vectors(case, sample), *_stored(case, sample, queries, report)]
    ranked = sorted(found, key=lambda finding: ORDER.index(finding.level))
    return Diagnosis(tuple(ranked), len(sample) if sample else 0)


def _sealed(case: DiagnosticContext) -> list[Finding]:
    if not case.known:
        return [unknown("card", f"There is no card of {case.contract.encoder.model} here to compare with.")]
    return [*missing_prompt(case), *similarity_mismatch(case), *task_mismatch(case)]


def _stored(case: DiagnosticContext, sample: Sample, queries: Sequence[str], report: Report) -> list[Finding]:
    texts: list[Callable[[], list[Finding]]] = [
        lambda: unknown_languages(case, sample) if case.known else [],
        lambda: boilerplate(case, sample),
        lambda: vector_norms(case, sample),
        lambda: anisotropy(case, sample),
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
        *repeated_answers(case, asked),
        *length_bias(case, sample, among),
        *near_ties(case, sample, among),
        *short_passages(case, sample, among),
    ]
