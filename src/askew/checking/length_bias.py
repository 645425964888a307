"""Does it depend on its length whether a passage is found?"""

from askew.checking.case import Case
from askew.checking.finding import Finding, fine, too_few
from askew.checking.lengths import STRONG
from askew.checking.ranks import spearman
from askew.checking.sample import LEAST, Sample, Within


def length_bias(case: Case, sample: Sample, among: Within) -> list[Finding]:
    """How often a passage is among the ten nearest of others, against how long it is."""
    if len(sample.documents) < LEAST:
        return [too_few("length-bias", len(sample.documents), LEAST)]
    related = spearman(among.counts, sample.lengths)
    if related.sure < STRONG:
        return [fine("length-bias", related.value, f"Long and short passages are found alike (rank {related}).")]
    wins, lose = ("Long", "short") if related.value > 0 else ("Short", "long")
    return [
        Finding(
            "length-bias",
            related.value,
            f"{wins} passages are found more often than {lose} ones, whatever they say (rank correlation of length "
            f"with how often a passage is among the ten nearest of another: {related}).",
            f"Make passages of one length: {case.migrated('--policy chunk --chunk-tokens 128')}",
        )
    ]
