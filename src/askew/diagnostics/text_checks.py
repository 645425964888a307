"""Text checks: boilerplate, empty and short passages, unknown languages, near-copies and truncation."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from askew.diagnostics.finding import DiagnosticContext, Finding, Level, fine, too_few
from askew.diagnostics.sample import LEAST, K, QueryAnswers, QueryResults, Sample, Within
from askew.documents.ledger import Policy
from askew.mining.near.identical import identical
from askew.mining.near.shared import shingled
from askew.models.scripts import untaught
from askew.similarity import normalise as unit_length
from askew.stores.steady import steady
from askew.text.display import percent, shorten
from askew.text.language import FOLD, language
from askew.text.normalise import normalise
from askew.text.scripts import SCRIPTS
from askew.text.sentences import sentences
from askew.types import Document

DOCUMENTS = 500
CHARACTERS_READ = 20_000  # characters of a document
LINE = 15
"""Characters of a line that can be boilerplate; headings such as "Overview" are shorter, and no harm."""
SHARED_BY = 0.2
"""The share of documents that have it."""
MUCH_BOILERPLATE = 0.05
"""The share of all text that such lines make up from which it is more than a note."""
LINES_SHOWN = 80


def boilerplate(case: DiagnosticContext, sample: Sample) -> list[Finding]:
    """Documents that are the same altogether count once: they are repeats, and another finding."""
    ids = sample.documents[:: max(len(sample.documents) // DOCUMENTS, 1)]
    documents = case.index.documents(ids)
    first = identical(document.text[:CHARACTERS_READ] for document in documents)
    different = [documents[place] for place in np.unique(first).tolist()]
    if len(different) < LEAST:
        return [too_few("boilerplate", len(different), LEAST)]
    lines = [dict(_repeated_lines(document)) for document in different]
    counts = Counter(form for one in lines for form in one)
    shared = {form: count for form, count in counts.items() if count >= SHARED_BY * len(different)}
    if not shared:
        return [fine("boilerplate", 0, f"No line stands in {percent(SHARED_BY)} of the documents or more.")]
    total = sum(len(document.text[:CHARACTERS_READ]) for document in different)
    share = sum(len(line) for one in lines for form, line in one.items() if form in shared) / total
    form, count = max(shared.items(), key=lambda both: (both[1], len(both[0])))
    line = next(one[form] for one in lines if form in one)
    return [
        Finding(
            "boilerplate",
            share,
            f"{percent(share)} of the text are lines that documents share, the first {shorten(line, LINES_SHOWN)!r} in "
            f"{percent(count / len(different))} of them: it makes documents alike that have nothing else in common.",
            f"Take such lines out of the source, then askew index {case.name} PATH… (the same paths)",
            Level.ADVICE if share >= MUCH_BOILERPLATE else Level.NOTE,
        )
    ]


def _repeated_lines(document: Document) -> Iterator[tuple[str, str]]:
    """The normal form of each line, and the line; and the first sentence, where a line goes on after it."""
    text = document.text[:CHARACTERS_READ]
    for line in text.splitlines():
        if len(line) >= LINE:
            yield normalise(line), line.strip()
    start, end = sentences(text)[0] if text.strip() else (0, 0)
    if end - start >= LINE and "\n" not in text[start:end] and len(text[end:].partition("\n")[0].strip()) > 0:
        yield normalise(text[start:end]), text[start:end]


WORDS = 3
"""A passage of no more says hardly anything."""
ATTRACT = 3.0
"""How many times as often as the average they are found."""
SEVERAL_SHORT = 5


def short_passages(case: DiagnosticContext, sample: Sample, among: Within) -> list[Finding]:
    blank = np.array([not any(char.isalnum() for char in text) for text in sample.texts], bool)
    if blank.any():
        first = str(sample.owners[np.flatnonzero(blank)[0]])
        return [
            Finding(
                "short",
                float(blank.mean()),
                f"{percent(float(blank.mean()))} of the passages hold no word, the first in {first!r}: their vectors "
                "mean nothing, and are found all the same.",
                f"Take them out of the source, or: askew delete {case.name} ID",
            )
        ]
    if len(sample.documents) < LEAST:
        return [too_few("short", len(sample.documents), LEAST)]
    few = np.array([len(text.split()) <= WORDS and len(text) < 20 for text in sample.texts], bool)
    found = float(among.counts[few].mean()) / K if few.any() else 0.0
    if few.sum() < SEVERAL_SHORT or few.mean() > 0.5 or found < ATTRACT:
        return [fine("short", float(few.mean()), f"{percent(float(few.mean()))} are very short, and draw nothing.")]
    first = sample.texts[np.flatnonzero(few)[0]]
    return [
        Finding(
            "short",
            found,
            f"Passages of {WORDS} words or fewer ({percent(float(few.mean()))}, as {first!r}) are found {found:.1f} "
            "times as often as others, and stand before passages that say something.",
            f"Join them with what they belong to, or: askew delete {case.name} ID",
        )
    ]


SHARE = 0.01
SEVERAL_LANGUAGES = 5
TEXT_READ = 500  # characters of a passage
NEAR = frozenset({"da", "no"})
"""Languages so similar that a model of either is taken to know both."""


def unknown_languages(case: DiagnosticContext, sample: Sample) -> list[Finding]:
    """By script, and in Latin letters by function words; what neither tells counts as known."""
    taught = case.card.languages
    if "any" in taught:
        return [fine("languages", 0, "The model has no language of its own.")]
    found = Counter(code for text in sample.texts if (code := _unknown(text[:TEXT_READ], taught)))
    if not found:
        return [fine("languages", 0, "No passage is in a language that the model does not know.")]
    share = found.total() / len(sample)
    if found.total() < SEVERAL_LANGUAGES or share < SHARE:
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
    known = {FOLD.get(code, code) for code in taught}
    code = language(text)
    return "" if code in known or (code in NEAR and known & NEAR) else code


QUERIES = 500
NEAR_COPY = 0.9
"""Vectors of copies are at least so near, by cosine; whether they are copies is for the words to say."""
SHINGLES = 0.8
"""Texts that share such a part of their shingles are copies of each other, but for a word or a date."""
OFTEN = 0.1
"""The share of searches with a repeat from which it is more than a note."""
LEAST_REPEATED = 20
SOUGHT = frozenset({"duplicate-questions", "paraphrase", "near-duplicate"})
"""Tasks for which repeats are what is looked for, and no harm."""

Pairs = frozenset[tuple[int, int]]
"""Of keys, the lower first."""


@dataclass(frozen=True)
class _Copies:
    """pairs: of passages that are copies. identical: those of which every word is the same."""

    pairs: Pairs
    identical: Pairs


def repeated_answers(case: DiagnosticContext, asked: QueryResults) -> list[Finding]:
    """For some queries, spread evenly; a query that is a passage of the index finds itself first."""
    lists = asked.found[:: max(len(asked.found) // QUERIES, 1)]
    if len(lists) < LEAST_REPEATED:
        return [too_few("repeats", len(lists), LEAST_REPEATED)]
    copies = steady(lambda: _copies(case, lists))
    repeated = [_repeated(answers, copies.pairs) for answers in lists]
    share = float(np.mean([count > 0 for count in repeated]))
    if not any(repeated):
        return [fine("repeats", 0, f"Among the first ten of {len(lists):,} searches none repeats another.")]
    words = f"{percent(len(copies.identical) / len(copies.pairs))} of the pairs word for word"
    return [
        Finding(
            "repeats",
            share,
            f"In {percent(share)} of {len(lists):,} searches the first ten hold a document that repeats one above it "
            f"({np.mean(repeated):.1f} of ten on average, {words}): each takes the place of another answer.",
            f"askew duplicates {case.name} --threshold 0.95",
            Level.ADVICE if share >= OFTEN and case.task not in SOUGHT else Level.NOTE,
        )
    ]


def _copies(case: DiagnosticContext, lists: Sequence[QueryAnswers]) -> _Copies:
    near = _near(case, lists)
    keys = sorted({key for pair in near for key in pair})
    texts = [passage.text for passage in case.index.store.passages(keys)]
    forms = {key: normalise(text) for key, text in zip(keys, texts, strict=True)}
    same = frozenset(pair for pair in near if forms[pair[0]] == forms[pair[1]])
    shared = {(keys[a], keys[b]) for a, b in shingled(texts, SHINGLES).keys.tolist()} if keys else set()
    return _Copies(frozenset(near & shared) | same, same)


def _near(case: DiagnosticContext, lists: Sequence[QueryAnswers]) -> set[tuple[int, int]]:
    """Pairs of keys of one list that may be copies."""
    once = sorted({key for answers in lists for key in answers.values()})
    row = {key: number for number, key in enumerate(once)}
    directions = unit_length(case.index.store.vectors(once))
    found = set()
    for answers in lists:
        keys = np.array(sorted(answers.values()), np.int64)
        part = directions[[row[key] for key in keys.tolist()]]
        for a, b in np.argwhere(np.triu(part @ part.T >= NEAR_COPY, 1)).tolist():
            found.add((int(keys[a]), int(keys[b])))
    return found


def _repeated(answers: QueryAnswers, copies: Pairs) -> int:
    """How many of the answers are a copy of one above."""
    keys = list(answers.values())
    return sum(
        any((min(key, above), max(key, above)) in copies for above in keys[:place]) for place, key in enumerate(keys)
    )


DOCUMENTS_NAMED = 3
MUCH_LOST = 0.01
"""The share of all tokens from which it is more than a note."""


def truncation(case: DiagnosticContext) -> list[Finding]:
    sizes, contract = case.sizes, case.contract
    lost = sizes.tokens - sizes.seen
    if not sizes.truncated:
        return [fine("truncation", 0, "The model saw every document whole.")]
    share = lost / max(sizes.tokens, 1)
    worst = ", ".join(f"{one.document!r} {one.lost:,} of {one.tokens:,}" for one in case.index.losers(DOCUMENTS_NAMED))
    accepted = contract.policy == Policy.ACCEPT
    return [
        Finding(
            "truncation",
            share,
            f"{percent(sizes.truncated / max(sizes.documents, 1))} of the documents ({sizes.truncated:,}) were not "
            f"seen whole, and {percent(share)} of all tokens ({lost:,}) are lost: nobody finds what they say. "
            f"Tokens lost of the worst: {worst}.",
            case.migrated("--policy chunk") if contract.policy != Policy.CHUNK else "Shorten the titles.",
            Level.NOTE if share < MUCH_LOST or accepted else Level.ADVICE,
        )
    ]
