"""Pairs at the terminal: score, label, both texts with the evidence marked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from askew.cli.output import counted, say
from askew.cli.pair_options import Mined
from askew.matching.corpus import Corpus
from askew.matching.find import Scored
from askew.matching.judged import Match, kinds
from askew.mining.exact.certificate import Certificate
from askew.mining.verdicts.verdict import Kind
from askew.text.display import shorten
from askew.types import Span


def merged(spans: Iterable[Span]) -> list[Span]:
    """In order, and those that meet as one."""
    made: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if made and span.start <= made[-1].end:
            made[-1] = Span(made[-1].start, max(made[-1].end, span.end))
        else:
            made.append(span)
    return made


def bracketed(text: str, spans: Sequence[Span]) -> str:
    """Each span in brackets."""
    parts, at = [], 0
    for span in merged(spans):
        parts += [text[at : span.start], "[", text[span.start : span.end], "]"]
        at = span.end
    return "".join([*parts, text[at:]])


WIDTH = 100
QUIET = frozenset({Kind.IDENTICAL, Kind.PARAPHRASE})
"""Kinds whose reason tells nothing new."""


def show(matches: Sequence[Match], limit: int) -> None:
    shown = matches[:limit]
    kind = max((len(match.verdict.kind) for match in shown), default=0)
    id = max((len(id) for match in shown for id in (match.pair.a, match.pair.b)), default=0)
    for match in shown:
        verdict = match.verdict
        a, b = (shorten(bracketed(*side), WIDTH) for side in _sides(match))
        say(f"{match.pair.score:.3f}  {verdict.kind:<{kind}}  {match.pair.a:<{id}}  {a}")
        say(f"{'':7}{'':<{kind}}  {match.pair.b:<{id}}  {b}")
        if verdict.kind not in QUIET:
            say(f"{'':7}{'':<{kind}}  {'':<{id}}  ({verdict.reason})")
    if len(matches) > limit:
        say(f"… and {len(matches) - limit:,} more: --limit shows more, --json all")
    if matches:
        say()


def _sides(match: Match) -> list[tuple[str, tuple[Span, ...]]]:
    a, b = match.texts
    return [(a, match.verdict.evidence_a), (b, match.verdict.evidence_b)]


def summary(matches: Sequence[Match], threshold: float) -> str:
    score = "scores" if len(matches) == 1 else "score"
    told = [f"{count:,} {kind}" for kind, count in kinds(matches).most_common()]
    return f"{counted(len(matches), 'pair')} {score} {threshold:g} or more{': ' * bool(told)}{', '.join(told)}."


def proof(corpus: Corpus, certificate: Certificate) -> str:
    """What was compared, and how it is known that nothing is missing."""
    compared = counted(len(corpus.vectors.keys), corpus.noun)
    similarity = corpus.contract.encoder.similarity
    said = f"All {certificate.possible:,} possible pairs of {compared} were compared, by {similarity}"
    if not certificate.dimensions:
        return f"{said}."
    return (
        f"{said}: {certificate.length + certificate.bound:,} cannot reach the threshold, as {certificate.dimensions} "
        f"of {certificate.of} dimensions prove; {certificate.computed:,} were computed in full. None is "
        f"missing of {certificate.checked:,} that were computed once more."
    )


def caught(found: Scored) -> str:
    """Which layer caught what."""
    return "Caught by: " + ", ".join(f"{layer} {count:,}" for layer, count in found.counts().items()) + "."


def as_certificate(mined: Mined) -> dict[str, Any]:
    """What pairs and groups have in common in JSON."""
    certificate = mined.found.certificate
    told = {"threshold": mined.how.threshold, "shingles": mined.how.shingles, "compared": certificate.possible}
    return {**told, "certificate": asdict(certificate), "layers": mined.found.counts()}


def as_fields(match: Match) -> dict[str, Any]:
    verdict = match.verdict
    sides = [
        {"id": id, "text": text, "evidence": [[span.start, span.end] for span in evidence]}
        for id, (text, evidence) in zip((match.pair.a, match.pair.b), _sides(match), strict=True)
    ]
    told = {"kind": verdict.kind, "reason": verdict.reason}
    return {"score": match.pair.score, "layer": match.layer, "verdict": told, "a": sides[0], "b": sides[1]}


def as_row(match: Match) -> Mapping[str, object]:
    """For a table."""
    verdict, pair = match.verdict, match.pair
    text1, text2 = match.texts
    told = {"verdict": str(verdict.kind), "reason": verdict.reason, "layer": str(match.layer)}
    return {"a": pair.a, "b": pair.b, "score": pair.score, **told, "text1": text1, "text2": text2}


COLUMNS = ("a", "b", "score", "verdict", "reason", "layer", "text1", "text2")
