"""Pairs and groups of duplicates: as text for the terminal, as JSON, and as rows of a table."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from askew.cli.output import counted, say
from askew.dedup.duplicates import Duplicates
from askew.dedup.labels import JudgedPair, counts
from askew.pair_labels.verdict import Kind
from askew.text.display import shorten
from askew.types import Group, Span

WIDTH = 100
MEMBERS = 5
"""Members of a group that are shown."""
QUIET = frozenset({Kind.IDENTICAL, Kind.PARAPHRASE})
"""Labels whose reason adds nothing."""
PAIR_COLUMNS = ("a", "b", "score", "verdict", "reason", "layer", "text1", "text2")
GROUP_COLUMNS = ("group", "id", "representative", "text")


def merged(spans: Iterable[Span]) -> list[Span]:
    """Sort the spans and join those that touch or overlap."""
    made: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if made and span.start <= made[-1].end:
            made[-1] = Span(made[-1].start, max(made[-1].end, span.end))
        else:
            made.append(span)
    return made


def bracketed(text: str, spans: Sequence[Span]) -> str:
    """Put each span in brackets."""
    parts, at = [], 0
    for span in merged(spans):
        parts += [text[at : span.start], "[", text[span.start : span.end], "]"]
        at = span.end
    return "".join([*parts, text[at:]])


def show_pairs(pairs: Sequence[JudgedPair], limit: int) -> None:
    """Print the first pairs: score, label, both texts with the evidence in brackets, and the reason."""
    shown = pairs[:limit]
    kind = max((len(pair.label) for pair in shown), default=0)
    id = max((len(id) for pair in shown for id in (pair.a, pair.b)), default=0)
    for pair in shown:
        a, b = (
            shorten(bracketed(text, evidence), WIDTH)
            for text, evidence in ((pair.text_a, pair.evidence_a), (pair.text_b, pair.evidence_b))
        )
        say(f"{pair.score:.3f}  {pair.label:<{kind}}  {pair.a:<{id}}  {a}")
        say(f"{'':7}{'':<{kind}}  {pair.b:<{id}}  {b}")
        if pair.label not in QUIET:
            say(f"{'':7}{'':<{kind}}  {'':<{id}}  ({pair.reason})")
    _say_more(len(pairs), limit, "more")
    if pairs:
        say()


def show_groups(groups: Sequence[Group], texts: Mapping[str, str], limit: int) -> None:
    """Print the first groups, the representative marked with an asterisk."""
    for group in groups[:limit]:
        say(f"{group.id}  {counted(len(group.members), 'text')}")
        width = max(len(id) for id in group.members[:MEMBERS])
        for id in group.members[:MEMBERS]:
            mark = "*" if id == group.representative else " "
            say(f"  {mark} {id:<{width}}  {shorten(texts[id], WIDTH)}")
        if len(group.members) > MEMBERS:
            say(f"    … and {len(group.members) - MEMBERS:,} more")
    _say_more(len(groups), limit, "more groups")
    if groups:
        say()


def _say_more(count: int, limit: int, what: str) -> None:
    if count > limit:
        say(f"… and {count - limit:,} {what}: --limit shows more, --json all")


def summary(pairs: Sequence[JudgedPair], threshold: float) -> str:
    score = "scores" if len(pairs) == 1 else "score"
    by_label = [f"{count:,} {label}" for label, count in counts(pairs).most_common()]
    return f"{counted(len(pairs), 'pair')} {score} {threshold:g} or more{': ' * bool(by_label)}{', '.join(by_label)}."


def group_summary(found: Duplicates) -> str:
    """Return the number of groups, the share of texts that repeat another, and the pairs per layer."""
    more = sum(len(group.members) - 1 for group in found.groups)
    share = f"{more:,} of {counted(found.documents, 'text')} say again what another says"
    layers = ", ".join(f"{layer} {count:,}" for layer, count in found.layers.items())
    return f"{counted(len(found.groups), 'group')}: {share}. Caught by: {layers}."


def proof(found: Duplicates) -> str:
    """Return what was compared, and how it is known that nothing is missing."""
    certificate = found.certificate
    said = (
        f"All {certificate.possible:,} possible pairs of {counted(found.compared, found.noun)} were compared, by "
        f"{found.contract.encoder.similarity}"
    )
    if not certificate.dimensions:
        return f"{said}."
    return (
        f"{said}: {certificate.length + certificate.bound:,} cannot reach the threshold, as {certificate.dimensions} "
        f"of {certificate.of} dimensions prove; {certificate.computed:,} were computed in full. None is "
        f"missing of {certificate.checked:,} that were computed once more."
    )


def search_fields(found: Duplicates) -> dict[str, Any]:
    """Return the JSON fields that pairs and groups have in common."""
    return {
        "threshold": found.threshold,
        "shingles": found.shingles,
        "compared": found.certificate.possible,
        "certificate": asdict(found.certificate),
        "layers": found.layers,
    }


def pair_fields(pair: JudgedPair) -> dict[str, Any]:
    """Return a pair as JSON."""
    return {
        "score": pair.score,
        "layer": pair.layer,
        "verdict": {"kind": pair.label, "reason": pair.reason},
        "a": _side(pair.a, pair.text_a, pair.evidence_a),
        "b": _side(pair.b, pair.text_b, pair.evidence_b),
    }


def _side(id: str, text: str, evidence: Sequence[Span]) -> dict[str, Any]:
    return {"id": id, "text": text, "evidence": [[span.start, span.end] for span in evidence]}


def pair_row(pair: JudgedPair) -> Mapping[str, object]:
    """Return a pair as a row of a table, PAIR_COLUMNS."""
    return {
        "a": pair.a,
        "b": pair.b,
        "score": pair.score,
        "verdict": str(pair.label),
        "reason": pair.reason,
        "layer": str(pair.layer),
        "text1": pair.text_a,
        "text2": pair.text_b,
    }


def group_rows(groups: Sequence[Group], texts: Mapping[str, str]) -> Iterator[Mapping[str, object]]:
    """Yield one row per member, GROUP_COLUMNS."""
    for group in groups:
        for id in group.members:
            yield {"group": group.id, "id": id, "representative": group.representative, "text": texts[id]}
