"""Advice in words: what an adviser would say to somebody who has never heard of nDCG."""

from askew.advising.probe import Probe
from askew.advising.recommend import Advice, Cost
from askew.advising.tournament import Tournament
from askew.tasks import Kind

SAYS = {
    Kind.SYMMETRIC: "Queries and documents are the same kind of text",
    Kind.ASYMMETRIC: "Queries and documents are two kinds of text",
}
STRONG = 3
"""Signs that are told."""


def kind(found: Probe) -> str:
    return f"{SAYS[found.kind]} ({found.kind}), {found.confidence:.0%} sure."


def signs(found: Probe) -> list[str]:
    return [sign.sentence for sign in found.signs[:STRONG]]


def evidence(tournament: Tournament) -> str:
    trial = tournament.trial
    among = f"{len(trial.documents):,} documents"
    if len(trial.documents) < trial.among:
        among += f", drawn from {trial.among:,}"
    if trial.labelled:
        return f"Measured on {len(trial.queries):,} judged queries over {among}."
    ways = sorted(set(trial.ways.values()))
    return (
        f"Measured on {len(trial.queries):,} queries taken out of the documents themselves ({', '.join(ways)}), over "
        f"{among}. That is weaker evidence than judged queries: whoever wrote a document also wrote its title."
    )


def difference(advice: Advice) -> str:
    """Whether the runner-up is worse, or only happened to be."""
    if not advice.rivals:
        return "There was nothing to compare it with."
    runner = advice.rivals[0]
    points = 100 * runner.compared.difference
    lead = f"Runner-up: {runner.standing.configuration}, {points:.1f} points behind"
    low, high = 100 * runner.compared.interval.low, 100 * runner.compared.interval.high
    between = f"{low:+.1f} to {high:+.1f} with 95 % confidence, p {runner.p:.2g}"
    if runner.real:
        return f"{lead} ({between}): more than chance."
    others = len(advice.as_good)
    more = "" if others < 2 else f" The same holds for {others - 1} {'others' if others > 2 else 'other'}."
    return f"{lead} ({between}): these queries do not show that it is worse.{more}"


def price(cost: Cost, documents: int) -> str:
    parts = [f"about {_time(cost.seconds)} to encode"] if cost.seconds else []
    parts += [f"{cost.bytes / 1e6:,.1f} MB on disk", f"{cost.memory / 1e6:,.1f} MB of vectors in memory"]
    return f"For all {documents:,} documents: {', '.join(parts)}."


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
