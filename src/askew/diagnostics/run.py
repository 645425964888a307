"""Index diagnostics: integrity, and every problem that lowers answer quality, with figure and remedy."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from askew.diagnostics.finding import DiagnosticContext, Finding, Level, too_few, unknown
from askew.diagnostics.maintenance import maintenance, stale_calibrations
from askew.diagnostics.model_checks import missing_prompt, similarity_mismatch, stored_vectors, task_mismatch
from askew.diagnostics.sample import DEEP, LEAST, SIZE, Sample, draw, neighbours, search_passages, search_queries
from askew.diagnostics.text_checks import boilerplate, repeated_answers, short_passages, truncation, unknown_languages
from askew.diagnostics.vector_checks import anisotropy, hubs, length_bias, near_ties, vector_norms
from askew.faq.faq import Faq, open_any
from askew.index import Index
from askew.paths import folder
from askew.progress import Progress, Report, reporter, silent
from askew.stores import Sizes

ORDER = (Level.ADVICE, Level.NOTE, Level.UNKNOWN, Level.FINE)


class Depth(StrEnum):
    """`quick`: contract and bookkeeping only, without vectors or model. `normal`: also a sample of 2,000 passages.
    `deep`: a sample of 10,000.
    """

    QUICK = "quick"
    NORMAL = "normal"
    DEEP = "deep"


@dataclass(frozen=True)
class Diagnosis:
    """findings: the most severe first. passages: sample size."""

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
    """Run all checks of an index.

    name: of the index, for the commands in remedies. queries: of users; otherwise passages serve as queries. The time
    depends on the sample, not on the corpus: 100,000 passages take a few seconds.
    """
    context = DiagnosticContext(index, name, index.sizes())
    found = [*_sealed(context), *truncation(context), *maintenance(context), *stale_calibrations(context)]
    sample = None
    if depth is not Depth.QUICK:
        report(Progress("sample passages", 0, 1))
        sample = draw(index.store, DEEP if depth is Depth.DEEP else SIZE)
        found += [*stored_vectors(context, sample), *_stored(context, sample, queries, report)]
    ranked = sorted(found, key=lambda finding: ORDER.index(finding.level))
    return Diagnosis(tuple(ranked), len(sample) if sample else 0)


def _sealed(context: DiagnosticContext) -> list[Finding]:
    if not context.known:
        return [
            unknown(
                "card",
                f"The card of {context.contract.encoder.model} is missing, so the contract cannot be compared with it.",
            )
        ]
    return [*missing_prompt(context), *similarity_mismatch(context), *task_mismatch(context)]


def _stored(context: DiagnosticContext, sample: Sample, queries: Sequence[str], report: Report) -> list[Finding]:
    texts: list[Callable[[], list[Finding]]] = [
        lambda: unknown_languages(context, sample) if context.known else [],
        lambda: boilerplate(context, sample),
        lambda: vector_norms(context, sample),
        lambda: anisotropy(context, sample),
    ]
    found = []
    for done, look in enumerate(texts):
        report(Progress("read passages", done, len(texts)))
        found += look()
    if len(sample.documents) < LEAST:
        return [*found, too_few("neighbours", len(sample.documents), LEAST)]
    among = neighbours(sample)
    results = (
        search_queries(context.index, queries, report) if queries else search_passages(context.index, sample, report)
    )
    return [
        *found,
        *hubs(context, results, among),
        *repeated_answers(context, results),
        *length_bias(context, sample, among),
        *near_ties(context, sample, among),
        *short_passages(context, sample, among),
    ]


@dataclass(frozen=True)
class Health:
    """Result of a check. By channel for a FAQ, and under "" for a single index.

    errors: integrity errors, one sentence each. unpaired: ids in only one channel of a FAQ. diagnoses: empty unless
    integrity is intact. foreign: files in the index folder that are not part of it, and are left alone.
    """

    errors: tuple[str, ...]
    unpaired: tuple[str, ...]
    sizes: Mapping[str, Sizes]
    diagnoses: Mapping[str, Diagnosis]
    foreign: tuple[str, ...] = ()

    @property
    def intact(self) -> bool:
        return not self.errors and not self.unpaired

    @property
    def advised(self) -> bool:
        """Whether any finding comes with advice."""
        return any(diagnosis.of(Level.ADVICE) for diagnosis in self.diagnoses.values())


def check(
    name: str | Path,
    depth: Depth = Depth.NORMAL,
    queries: Sequence[str] = (),
    *,
    progress: bool | Report | None = None,
) -> Health:
    """Check an index or a FAQ. queries: users' messages, used instead of stored passages (see `diagnose`)."""
    report = reporter(progress)
    with open_any(name) as opened:
        return check_open(opened, str(name), depth, queries, report)


def check_open(
    opened: Index | Faq, name: str, depth: Depth = Depth.NORMAL, queries: Sequence[str] = (), report: Report = silent
) -> Health:
    """Check an open index or FAQ. name: for the commands in remedies."""
    errors = tuple(opened.check(quick=depth == Depth.QUICK))
    unpaired = tuple(opened.unpaired()) if isinstance(opened, Faq) else ()
    channels: Mapping[str, Index] = opened.channels if isinstance(opened, Faq) else {"": opened}
    names = {channel: str(folder(name) / channel) if channel else name for channel in channels}
    sizes = {channel: index.sizes() for channel, index in channels.items()}
    whole = {} if errors or unpaired else channels
    looks = {channel: diagnose(index, names[channel], depth, queries, report) for channel, index in whole.items()}
    return Health(errors, unpaired, sizes, looks, tuple(opened.foreign_files()))


def health_fields(health: Health) -> dict[str, Any]:
    """Return a health as JSON; by channel for a FAQ."""
    findings = {channel: finding_fields(found) for channel, found in health.diagnoses.items()}
    if "" in health.sizes:
        sizes = health.sizes[""]
        counts = {"documents": sizes.documents, "passages": sizes.passages}
        return {"faults": health.errors, **counts, "findings": findings.get("", []), "foreign": health.foreign}
    by_channel = {channel: sizes.documents for channel, sizes in health.sizes.items()}
    about = {"faults": health.errors, "unpaired": health.unpaired, **by_channel}
    return {**about, "findings": findings, "foreign": health.foreign}


def finding_fields(diagnosis: Diagnosis) -> list[dict[str, Any]]:
    return [asdict(finding) for finding in diagnosis.findings]
