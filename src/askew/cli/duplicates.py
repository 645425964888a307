"""`askew duplicates`: pairs of entries that say the same, and what to do about them."""

from pathlib import Path

import typer

from askew.cleaning.keep import RULES, Keep
from askew.cleaning.labels import Labels
from askew.cleaning.review import Question
from askew.cleaning.tables import format_of, write
from askew.cli import clean as clean_
from askew.cli import pairs
from askew.cli.clean import Cleaning
from askew.cli.corpus import ComparedTexts, Model, Source, corpus
from askew.cli.files import Format, IdField, MetadataFields, SkipBad, TextField, TitleField, fields
from askew.cli.guarantee import MinConfidence
from askew.cli.output import AsJson, as_json, counted, say
from askew.cli.pair_options import KINDS, Mined, PairOptions, mine_against, mine_groups, mine_pairs, promised
from askew.cli.review import review
from askew.cli.search import Where, parsed_where
from askew.errors import InputError
from askew.matching.corpus import Corpus

LISTED = 20
MEMORY = 1024
KINDS_TOLD = ", ".join(KINDS)


def duplicates(
    source: str = Source,
    against: str = typer.Option(None, "--against", help="A second file or index: pairs of one text of each."),
    threshold: float = typer.Option(None, "--threshold", help="The score from which two texts are a pair."),
    min_confidence: float = MinConfidence,
    shingles: float = typer.Option(None, "--shingles", help="Also pairs that share this part of their words, 0 to 1."),
    top_k: int = typer.Option(0, "--top-k", min=0, help="Of each text only its best pairs, so many; 0: all."),
    memory: int = typer.Option(MEMORY, "--memory", min=16, help="MiB to use beside the texts and their vectors."),
    groups: bool = typer.Option(False, "--groups", help="What belongs together, not pair by pair."),
    strict: bool = typer.Option(False, "--strict", help="Every two of a group are a pair."),
    same: list[str] = typer.Option(None, "--same", help=f"A verdict that is a duplicate's; repeat it: {KINDS_TOLD}."),
    clean: Path = typer.Option(None, "--clean", help="Write the file again, of each group only the one that stays."),
    keep: str = typer.Option(RULES[0], "--keep", help=f"Which one of a group stays: {', '.join(RULES)}."),
    keep_field: str = typer.Option("", "--keep-field", help="The field to judge by."),
    removed: Path = typer.Option(None, "--removed", help="Where removed rows are kept (beside the clean file)."),
    to_review: Path = typer.Option(None, "--review", help="Ask about each pair, and keep the answers in this file."),
    out: Path = typer.Option(None, "--out", help="Write all pairs, groups or labels: .csv, .jsonl, .parquet."),
    limit: int = typer.Option(LISTED, "--limit", min=0, help="Pairs or groups shown to a person; --json has them all."),
    task: str = typer.Option("duplicate-questions", "--task", help="For a file: what its texts are."),
    model: str = Model,
    cross_encoder: str = typer.Option(None, "--cross-encoder", help="A model for duplicates that reads both texts."),
    role: str = typer.Option("", "--role", help="document: compare by the passages' encoder, where there are two."),
    where: str = Where,
    id_field: str = IdField,
    text_field: str = TextField,
    title_field: str = TitleField,
    metadata_fields: list[str] = MetadataFields,
    format: str = Format,
    skip_bad: bool = SkipBad,
    json: bool = AsJson,
) -> None:
    """Find every pair of texts that say the same, and what each pair is; exit code 1 when there is none."""
    named = [*metadata_fields, keep_field] if metadata_fields and keep_field else metadata_fields
    given = ComparedTexts(
        fields(id_field, text_field, title_field, named),
        format,
        skip_bad,
        task,
        model,
        parsed_where(where),
        role,
    )
    asked = PairOptions(threshold, shingles, top_k, memory, tuple(same or ()), cross_encoder)
    cleaning = Cleaning(source, given, Keep(keep, keep_field), clean, removed) if clean is not None else None
    grouped = groups or strict or clean is not None
    for_cleaning = keep != RULES[0] or bool(keep_field) or removed is not None
    _check(against, out, cleaning, to_review, grouped=grouped, for_cleaning=for_cleaning)
    if min_confidence and (grouped or to_review is not None):
        raise InputError("A promise is about pairs: leave out --min-confidence, or --groups, --clean and --review.")
    with corpus(source, given, json) as one:
        if min_confidence:
            asked = promised(asked, one, min_confidence, json)
        if grouped:
            _groups(one, mine_groups(one, asked, strict, json), cleaning, limit, out, json)
        elif against is not None:
            with corpus(against, given, json) as other:
                _pairs(one, mine_against(one, other, asked, json), limit, out, to_review, json)
        else:
            _pairs(one, mine_pairs(one, asked, json), limit, out, to_review, json)


def _check(
    against: str | None,
    out: Path | None,
    cleaning: Cleaning | None,
    to_review: Path | None,
    *,
    grouped: bool,
    for_cleaning: bool,
) -> None:
    if out is not None:
        format_of(out)
    if cleaning is not None:
        cleaning.check()
    elif for_cleaning:
        raise InputError(
            "--keep, --keep-field and --removed say how a file is cleaned: name the new file with --clean."
        )
    if grouped and against is not None:
        raise InputError("Groups are made within one corpus: leave out --against, or --groups, --strict and --clean.")
    if grouped and to_review is not None:
        raise InputError("A review asks about pairs: leave out --review, or --groups, --strict and --clean.")


def _pairs(one: Corpus, mined: Mined, limit: int, out: Path | None, to_review: Path | None, json: bool) -> None:
    found = mined.matches
    if to_review is not None:
        _ask(mined, to_review, out)
    elif out is not None:
        write(out, map(pairs.as_row, found), pairs.COLUMNS)
    if to_review is None and json:
        as_json({**pairs.as_certificate(mined), "pairs": [pairs.as_fields(match) for match in found]})
    elif to_review is None:
        pairs.show(found, limit)
        say(pairs.summary(found, mined.how.threshold))
        _say_proof(one, mined)
    if not found:
        raise typer.Exit(1)


def _groups(one: Corpus, mined: Mined, cleaning: Cleaning | None, limit: int, out: Path | None, json: bool) -> None:
    texts = clean_.texts_of(one, mined.groups)
    if out is not None:
        write(out, clean_.group_rows(mined.groups, texts), clean_.COLUMNS)
    if json:
        as_json({**pairs.as_certificate(mined), "groups": [vars(group) for group in mined.groups]})
    else:
        clean_.show_groups(mined.groups, texts, limit)
        more = sum(len(group.members) - 1 for group in mined.groups)
        share = f"{more:,} of {counted(len(one.ids), 'text')} say again what another says"
        say(f"{counted(len(mined.groups), 'group')}: {share}. {pairs.caught(mined.found)}")
        _say_proof(one, mined)
    if cleaning is not None:
        clean_.clean(cleaning, one, mined)
    if not mined.groups:
        raise typer.Exit(1)


def _say_proof(one: Corpus, mined: Mined) -> None:
    say(pairs.proof(one, mined.found.certificate))


def _ask(mined: Mined, labels: Path, out: Path | None) -> None:
    """out: for the pairs that are labelled at the end."""
    asked = [
        Question(
            match.pair, match.verdict.kind, match.verdict.reason, match.verdict.evidence_a, match.verdict.evidence_b
        )
        for match in mined.matches
    ]
    texts = {
        id: text for match in mined.matches for id, text in zip((match.pair.a, match.pair.b), match.texts, strict=True)
    }
    review(asked, texts, labels, threshold=mined.how.threshold)
    if out is not None:
        with Labels(labels) as kept:
            kept.write(out)
