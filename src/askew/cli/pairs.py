"""Pairs and groups of duplicates: as text for the terminal, and as rows of a table."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, zip_longest

from askew.cli.output import counted, say
from askew.dedup.labels import JudgedPair, counts
from askew.dedup.result import Duplicates, Membership, RemovedText
from askew.pair_labels.lexicon import LANGUAGES
from askew.pair_labels.verdict import DUPLICATE, Kind
from askew.quantisation import Precision
from askew.text.display import shorten
from askew.text.language import language
from askew.types import Group, Span

WIDTH = 100
MEMBERS = 5
"""Members of a group that are shown."""
QUIET = frozenset({Kind.IDENTICAL, Kind.PARAPHRASE})
"""Labels whose reason adds nothing."""
PAIR_COLUMNS = ("a", "b", "score", "verdict", "reason", "layer", "text1", "text2")
GROUP_COLUMNS = ("group", "id", "representative", "score", "label", "text")
EXAMPLES = 10
"""Removed rows that are shown."""


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
    _say_more(len(pairs), limit, "more pair")
    if pairs:
        say()


def show_groups(
    groups: Sequence[Group], texts: Mapping[str, str], members: Mapping[str, Membership], limit: int
) -> None:
    """Print the first groups, the representative marked with an asterisk, the others with their own score and label."""
    for group in groups[:limit]:
        say(f"{group.id}  {counted(len(group.members), 'text')}")
        width = max(len(id) for id in group.members[:MEMBERS])
        for id in group.members[:MEMBERS]:
            head = id == group.representative
            how = "" if head else f"  ({_how(members[id])})"
            say(f"  {'*' if head else ' '} {id:<{width}}  {shorten(texts[id], WIDTH)}{how}")
        if len(group.members) > MEMBERS:
            say(f"    … and {len(group.members) - MEMBERS:,} more")
    _say_more(len(groups), limit, "more group")
    if groups:
        say()


def _how(member: Membership) -> str:
    return "through others" if member.score is None else f"{member.score:.3f} {member.label}"


def show_removed(found: Duplicates, limit: int, *, would: bool) -> None:
    """Print what is removed: how much of each label for which reason, and examples."""
    gone = found.removed
    done, end = "Would remove" if would else "Removed", ":" if gone else "."
    say(f"{done} {len(gone):,} of {counted(found.documents, 'text')}{end}")
    for (label, reason), count in Counter((row.label, row.reason) for row in gone).most_common():
        say(f"  {count:>7,}  {label}: {reason}")
    if gone and limit:
        say()
        for row in _examples(gone, min(limit, EXAMPLES)):
            width = max(len(row.id), len(row.kept_id))
            say(f"  {row.score:.3f}  {row.label}")
            say(f"    removed  {row.id:<{width}}  {shorten(row.text, WIDTH)}")
            say(f"    kept     {row.kept_id:<{width}}  {shorten(row.kept, WIDTH)}")
    _say_left(found)
    say()


def unruled(pairs: Sequence[JudgedPair]) -> str:
    """Return the languages, without word rules, of pairs that only their score calls the same."""
    found = (language(f"{pair.text_a}\n{pair.text_b}") for pair in pairs if pair.label is Kind.PARAPHRASE)
    return ", ".join(sorted({code for code in found if code and code not in LANGUAGES}))


def _say_left(found: Duplicates) -> None:
    """Say what else may be a duplicate, and in which columns removed rows differ from what is kept."""
    gone = {row.id for row in found.removed}
    left = Counter(pair.label for pair in found.pairs if pair.label in DUPLICATE and not {pair.a, pair.b} & gone)
    if left:
        labels = ", ".join(f"{count:,} {label}" for label, count in left.most_common())
        say(
            f"Not removed, as only their label says that they are the same: {counted(sum(left.values()), 'pair')} "
            f"({labels}). Look at them with --review, or remove them too with --include."
        )
    if columns := found.differing():
        told = ", ".join(f"{name} ({count:,})" for name, count in columns)
        say(f"Removed rows that differ from the row that is kept: {told}. --compare COLUMN keeps such rows.")


def _examples(gone: Sequence[RemovedText], count: int) -> list[RemovedText]:
    """Return some of each label, those first that are least alike, as they are the ones to look at."""
    by_label: dict[str, list[RemovedText]] = {}
    for row in sorted(gone, key=lambda row: row.score):
        by_label.setdefault(row.label, []).append(row)
    turns = (row for turn in zip_longest(*by_label.values()) for row in turn if row is not None)
    return list(islice(turns, count))


def _say_more(count: int, limit: int, what: str) -> None:
    if count > limit:
        say(f"… and {counted(count - limit, what)}: --limit shows more, --json all")


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
    certificate, filled = found.certificate, template_pairs(found)
    said = (
        f"All {certificate.possible:,} {'other ' if filled else ''}possible pairs of "
        f"{counted(found.compared, found.noun)} were compared, by {found.contract.encoder.similarity}{_stored(found)}"
    )
    if not certificate.dimensions:
        return f"{said}.{filled}"
    return (
        f"{said}: {certificate.length + certificate.bound:,} cannot reach the threshold, as {certificate.dimensions} "
        f"of {certificate.of} dimensions prove; {certificate.computed:,} were computed in full. None is "
        f"missing of {certificate.checked:,} that were computed once more.{filled}"
    )


def _stored(found: Duplicates) -> str:
    """Return in which precision vectors were compared, "" for the float32 that the model gave."""
    precision = found.contract.vectors
    return "" if precision == Precision.FLOAT32 else f" of vectors stored as {precision}"


def template_pairs(found: Duplicates) -> str:
    """Return how many pairs are not listed because their texts fill one template with other values."""
    held = found.templates
    if not held.blocks:
        return ""
    texts, blocks = counted(held.texts, "text"), counted(held.blocks, "template")
    return f" {texts} fill {blocks}: {counted(held.pairs, 'pair')} with other values are not listed."


def left_out(found: Duplicates) -> str:
    """Return what the texts were compared without, "" for nothing."""
    held = found.boilerplate
    if not held.texts:
        return ""
    more = f" and {len(held.runs) - 1:,} more" if len(held.runs) > 1 else ""
    run = shorten(held.runs[0].rstrip("."), WIDTH)
    return (
        f"Boilerplate of {held.texts:,} of {counted(found.documents, 'text')} left out of the comparison: "
        f"“{run}”{more}. --keep-boilerplate compares it too."
    )


def pair_table(found: Duplicates) -> tuple[Iterator[Mapping[str, object]], list[str]]:
    """Return the pairs as rows of a table, and its columns: PAIR_COLUMNS, the numbers of the rows, other columns."""
    left = found.metadata(pair.a for pair in found.pairs)
    right = found.metadata((pair.b for pair in found.pairs), other=True)
    numbers, others = (found.numbers, found.other_numbers) if found.numbers else ({}, {})
    names = dict.fromkeys(name for side in (left, right) for about in side.values() for name in about)
    columns = [*PAIR_COLUMNS, *(("row_a", "row_b") if numbers else ())]
    columns += [f"{side}.{name}" for name in names for side in "ab"]
    rows = (
        {
            **pair_row(pair),
            "row_a": numbers.get(pair.a),
            "row_b": others.get(pair.b),
            **{f"a.{name}": value for name, value in left.get(pair.a, {}).items()},
            **{f"b.{name}": value for name, value in right.get(pair.b, {}).items()},
        }
        for pair in found.pairs
    )
    return rows, columns


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


def group_table(found: Duplicates) -> tuple[Iterator[Mapping[str, object]], list[str]]:
    """Return one row per member of a group, and the columns: GROUP_COLUMNS, the number of the row, other columns."""
    beside = found.metadata(id for group in found.groups for id in group.members)
    numbers = found.numbers
    names = dict.fromkeys(name for about in beside.values() for name in about)
    columns = [*GROUP_COLUMNS, *(["row"] if numbers else []), *(_beside(name) for name in names)]
    rows = (
        {
            "group": group.id,
            "id": id,
            "representative": group.representative,
            "score": found.members[id].score,
            "label": str(found.members[id].label),
            "text": found.texts[id],
            "row": numbers.get(id),
            **{_beside(name): value for name, value in beside.get(id, {}).items()},
        }
        for group in found.groups
        for id in group.members
    )
    return rows, columns


def _beside(name: str) -> str:
    return f"metadata.{name}" if name in (*GROUP_COLUMNS, "row") else name
