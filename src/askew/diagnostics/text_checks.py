"""Text checks: boilerplate, empty and short passages, unknown languages, near-copies and truncation."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from askew.dedup.set_join.identical import identical
from askew.dedup.set_join.shared import shingled
from askew.diagnostics.finding import DiagnosticContext, Finding, Level, fine, too_few
from askew.diagnostics.sample import LEAST, K, QueryAnswers, QueryResults, Sample, SampleNeighbours
from askew.documents.truncation import Policy
from askew.models.card import UNKNOWN
from askew.models.scripts import unknown_language
from askew.similarity import normalise as unit_length
from askew.text.display import percent, shorten
from askew.text.normalise import normalise
from askew.text.sentences import sentences
from askew.types import Document

DOCUMENTS = 500
CHARACTERS_READ = 20_000
"""Of each document."""
LINE = 15
"""Minimum characters of a boilerplate line; headings such as "Overview" are harmless."""
SHARED_BY = 0.2
"""Share of documents that must contain the line."""
MUCH_BOILERPLATE = 0.05
"""Share of all text from which boilerplate is more than a note."""
LINES_SHOWN = 80
WORDS = 3
"""Maximum words of a very short passage."""
ATTRACT = 3.0
"""How many times more often than average short passages must be found."""
SEVERAL_SHORT = 5
SHARE = 0.01
SEVERAL_LANGUAGES = 5
QUERIES = 500
NEAR_COPY = 0.9
"""Minimum cosine of copies; their words decide."""
SHINGLES = 0.8
"""Minimum share of common shingles of copies that differ in a word or a date."""
OFTEN = 0.1
"""Share of searches with repeats from which they are more than a note."""
LEAST_REPEATED = 20
SOUGHT = frozenset({"duplicate-questions", "paraphrase", "near-duplicate"})
"""Tasks whose purpose is to find repeats."""
Pairs = frozenset[tuple[int, int]]
"""Pairs of keys, the lower one first."""
DOCUMENTS_NAMED = 3
MUCH_LOST = 0.01
"""Share of lost tokens from which truncation is more than a note."""


def boilerplate(context: DiagnosticContext, sample: Sample) -> list[Finding]:
    """Check for lines shared by many documents. Identical documents count once: they are another finding."""
    ids = sample.documents[:: max(len(sample.documents) // DOCUMENTS, 1)]
    documents = context.index.documents(ids)
    first = identical(document.text[:CHARACTERS_READ] for document in documents)
    different = [documents[place] for place in np.unique(first).tolist()]
    if len(different) < LEAST:
        return [too_few("boilerplate", len(different), LEAST)]
    lines = [dict(_repeated_lines(document)) for document in different]
    counts = Counter(form for one in lines for form in one)
    shared = {form: count for form, count in counts.items() if count >= SHARED_BY * len(different)}
    if not shared:
        return [fine("boilerplate", 0, f"No line is shared by {percent(SHARED_BY)} or more of the documents.")]
    total = sum(len(document.text[:CHARACTERS_READ]) for document in different)
    share = sum(len(line) for one in lines for form, line in one.items() if form in shared) / total
    form, count = max(shared.items(), key=lambda both: (both[1], len(both[0])))
    line = next(one[form] for one in lines if form in one)
    return [
        Finding(
            "boilerplate",
            share,
            f"{percent(share)} of the text is boilerplate, such as {shorten(line, LINES_SHOWN)!r} in "
            f"{percent(count / len(different))} of the documents: it makes unrelated documents similar.",
            f"Remove such lines from the source, then askew index {context.name} PATH… (the same paths)",
            Level.ADVICE if share >= MUCH_BOILERPLATE else Level.NOTE,
        )
    ]


def _repeated_lines(document: Document) -> Iterator[tuple[str, str]]:
    """Yield the normal form of each line with the line, and of the first sentence if its line continues."""
    text = document.text[:CHARACTERS_READ]
    for line in text.splitlines():
        if len(line) >= LINE:
            yield normalise(line), line.strip()
    start, end = sentences(text)[0] if text.strip() else (0, 0)
    if end - start >= LINE and "\n" not in text[start:end] and len(text[end:].partition("\n")[0].strip()) > 0:
        yield normalise(text[start:end]), text[start:end]


def short_passages(context: DiagnosticContext, sample: Sample, among: SampleNeighbours) -> list[Finding]:
    blank = np.array([not any(char.isalnum() for char in text) for text in sample.texts], bool)
    if blank.any():
        first = str(sample.owners[np.flatnonzero(blank)[0]])
        return [
            Finding(
                "short",
                float(blank.mean()),
                f"{percent(float(blank.mean()))} of the passages have no words, the first in {first!r}: their vectors "
                "are meaningless, but they are found.",
                f"Remove them from the source, or: askew delete {context.name} ID",
            )
        ]
    if len(sample.documents) < LEAST:
        return [too_few("short", len(sample.documents), LEAST)]
    few = np.array([len(text.split()) <= WORDS and len(text) < 20 for text in sample.texts], bool)
    found = float(among.counts[few].mean()) / K if few.any() else 0.0
    if few.sum() < SEVERAL_SHORT or few.mean() > 0.5 or found < ATTRACT:
        return [
            fine(
                "short",
                float(few.mean()),
                f"{percent(float(few.mean()))} are very short; they are not found more often than others.",
            )
        ]
    first = sample.texts[np.flatnonzero(few)[0]]
    return [
        Finding(
            "short",
            found,
            f"Passages of up to {WORDS} words ({percent(float(few.mean()))}, such as {first!r}) are found {found:.1f} "
            "times as often as others, and rank above passages with content.",
            f"Merge them with the text they belong to, or: askew delete {context.name} ID",
        )
    ]


def unknown_languages(context: DiagnosticContext, sample: Sample) -> list[Finding]:
    """Check for languages the model was not trained on; texts of uncertain language count as known."""
    taught = context.card.languages
    if "any" in taught:
        return [fine("languages", 0, "The model is language-independent.")]
    if UNKNOWN in taught:
        return [fine("languages", 0, f"No file of {context.card.name} states its languages.")]
    found = Counter(code for text in sample.texts if (code := unknown_language(text, taught)))
    if not found:
        return [fine("languages", 0, "All passages are in languages of the model.")]
    share = found.total() / len(sample)
    if found.total() < SEVERAL_LANGUAGES or share < SHARE:
        return [
            fine("languages", share, f"Only {found.total()} of {len(sample):,} passages may be in another language.")
        ]
    named = ", ".join(f"{percent(count / len(sample))} {code}" for code, count in found.most_common())
    wanted = ",".join(dict.fromkeys([*[code for code in taught if len(taught) == 1], *found]))
    return [
        Finding(
            "languages",
            share,
            f"{percent(share)} of the passages are in languages that {context.card.name} was not trained on ({named}): "
            "it compares them by spelling rather than meaning.",
            f"askew models choose --task {context.task} --languages {wanted}, then "
            f"askew migrate {context.name} --to MODEL",
        )
    ]


@dataclass(frozen=True)
class _Copies:
    """pairs: copies. identical: those with the same words."""

    pairs: Pairs
    identical: Pairs


def repeated_answers(context: DiagnosticContext, results: QueryResults) -> list[Finding]:
    """Check whether the first ten hits repeat each other, on an evenly spaced selection of queries."""
    lists = results.found[:: max(len(results.found) // QUERIES, 1)]
    if len(lists) < LEAST_REPEATED:
        return [too_few("repeats", len(lists), LEAST_REPEATED)]
    copies = _copies(context, lists)
    repeated = [_repeated(answers, copies.pairs) for answers in lists]
    share = float(np.mean([count > 0 for count in repeated]))
    if not any(repeated):
        return [fine("repeats", 0, f"No hit repeats another among the first ten of {len(lists):,} searches.")]
    words = f"{percent(len(copies.identical) / len(copies.pairs))} of the pairs word for word"
    return [
        Finding(
            "repeats",
            share,
            f"In {percent(share)} of {len(lists):,} searches, one of the first ten hits repeats another "
            f"({np.mean(repeated):.1f} of ten on average, {words}) and takes the place of another answer.",
            f"askew duplicates {context.name} --threshold 0.95",
            Level.ADVICE if share >= OFTEN and context.task not in SOUGHT else Level.NOTE,
        )
    ]


def _copies(context: DiagnosticContext, lists: Sequence[QueryAnswers]) -> _Copies:
    near = _near(context, lists)
    keys = sorted({key for pair in near for key in pair})
    texts = [passage.text for passage in context.index.store.passages(keys)]
    forms = {key: normalise(text) for key, text in zip(keys, texts, strict=True)}
    same = frozenset(pair for pair in near if forms[pair[0]] == forms[pair[1]])
    shared = {(keys[a], keys[b]) for a, b in shingled(texts, SHINGLES).keys.tolist()} if keys else set()
    return _Copies(frozenset(near & shared) | same, same)


def _near(context: DiagnosticContext, lists: Sequence[QueryAnswers]) -> set[tuple[int, int]]:
    """Return pairs of keys within one ranking that may be copies."""
    once = sorted({key for answers in lists for key in answers.values()})
    row = {key: number for number, key in enumerate(once)}
    directions = unit_length(context.index.store.vectors(once))
    found = set()
    for answers in lists:
        keys = np.array(sorted(answers.values()), np.int64)
        part = directions[[row[key] for key in keys.tolist()]]
        for a, b in np.argwhere(np.triu(part @ part.T >= NEAR_COPY, 1)).tolist():
            found.add((int(keys[a]), int(keys[b])))
    return found


def _repeated(answers: QueryAnswers, copies: Pairs) -> int:
    """Return how many answers are copies of one ranked above."""
    keys = list(answers.values())
    return sum(
        any((min(key, above), max(key, above)) in copies for above in keys[:place]) for place, key in enumerate(keys)
    )


def truncation(context: DiagnosticContext) -> list[Finding]:
    sizes, contract = context.sizes, context.contract
    lost = sizes.tokens - sizes.seen
    if not sizes.truncated:
        return [fine("truncation", 0, "No document is truncated.")]
    share = lost / max(sizes.tokens, 1)
    worst = ", ".join(
        f"{one.document!r} {one.lost:,} of {one.tokens:,}" for one in context.index.losers(DOCUMENTS_NAMED)
    )
    accepted = contract.policy == Policy.ACCEPT
    return [
        Finding(
            "truncation",
            share,
            f"{percent(sizes.truncated / max(sizes.documents, 1))} of the documents ({sizes.truncated:,}) are "
            f"not seen in full, and {percent(share)} of all tokens ({lost:,}) are lost, beyond the maximum length or "
            "words that the model does not know: they cannot be found by meaning. "
            f"Most lost: {worst}.",
            context.migrate_command("--policy chunk")
            if contract.policy != Policy.CHUNK
            else "Shorten long titles, or take a model that knows the language.",
            Level.NOTE if share < MUCH_LOST or accepted else Level.ADVICE,
        )
    ]
