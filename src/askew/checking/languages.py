"""Are there texts in languages that the model was never taught?"""

from collections import Counter

from askew.checking.case import Case
from askew.checking.finding import Finding, fine, percent
from askew.checking.function_words import NEAR, language
from askew.checking.sample import Sample
from askew.models.scripts import SCRIPTS, untaught

SHARE = 0.01
SEVERAL = 5
READ = 500  # characters of a passage
ALIASES = {"nb": "no", "nn": "no"}


def languages(case: Case, sample: Sample) -> list[Finding]:
    """By script, and in Latin letters by function words; what neither tells counts as known."""
    taught = case.card.languages
    if "any" in taught:
        return [fine("languages", 0, "The model has no language of its own.")]
    found = Counter(code for text in sample.texts if (code := _unknown(text[:READ], taught)))
    if not found:
        return [fine("languages", 0, "No passage is in a language that the model does not know.")]
    share = found.total() / len(sample)
    if found.total() < SEVERAL or share < SHARE:
        return [fine("languages", share, f"{found.total()} of {len(sample):,} passages may be in another language.")]
    named = ", ".join(f"{percent(count / len(sample))} {code}" for code, count in found.most_common())
    wanted = ",".join(dict.fromkeys([*[code for code in taught if len(taught) == 1], *found]))
    return [
        Finding(
            "languages",
            share,
            f"{percent(share)} of the passages are in languages that {case.card.name} was not taught ({named}): it "
            "brings them together by their letters and their look, not by what they say.",
            f"askew models choose --task {case.task} --languages {wanted}, then askew migrate {case.name} --to MODEL",
        )
    ]


def _unknown(text: str, taught: tuple[str, ...]) -> str:
    """The language of a text, where the model does not know it; else ""."""
    if script := untaught(text, taught):
        return SCRIPTS[script].language
    known = {ALIASES.get(code, code) for code in taught}
    code = language(text)
    return "" if code in known or (code in NEAR and known & NEAR) else code
