"""What do two passages score that have nothing to do with each other?"""

from askew.checking.case import Case
from askew.checking.finding import Finding, Level, fine, too_few
from askew.checking.sample import LEAST, Sample

HIGH = 0.5


def floor(case: Case, sample: Sample) -> list[Finding]:
    """Where that is high, vectors fill a narrow cone, and a threshold that sounds strict is none (Ethayarajh 2019,
    arXiv 1909.00512).
    """
    if len(sample.documents) < LEAST:
        return [too_few("floor", len(sample.documents), LEAST)]
    if sample.alike < HIGH:
        return [fine("floor", sample.alike, f"Two passages drawn at random have a cosine of {sample.alike:.2f}.")]
    return [
        Finding(
            "floor",
            sample.alike,
            f"Two passages drawn at random have a cosine of {sample.alike:.2f}: ranks are not hurt by it, but a "
            "threshold near it lets everything through.",
            f"askew calibrate {case.name}",
            Level.NOTE,
        )
    ]
