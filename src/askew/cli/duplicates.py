"""`askew duplicates` and `askew restore`: pairs of texts that say the same, cleaned files, and their undo."""

from pathlib import Path

import typer

from askew.cli import pairs
from askew.cli.files import Model, Source, TextOptions, gathered, tell_origin, tell_task
from askew.cli.guarantee import MinConfidence, assurance
from askew.cli.output import AsJson, as_json, counted, note, progress, say
from askew.cli.review import review
from askew.cli.search import Where, parsed_where
from askew.compare import DUPLICATES_TASK
from askew.compare import duplicates as find
from askew.dedup.answers import Labels
from askew.dedup.duplicates import LABELS, MEMORY, Duplicates
from askew.dedup.keep import RULES
from askew.dedup.review import ReviewQuestion
from askew.dedup.undo import undo
from askew.errors import InputError
from askew.export.tables import format_of, write

LISTED = 20
REPLACES = "askew: `--same` is now `--labels`; the old name goes with the next release."


@gathered
def duplicates(
    source: str = Source,
    against: str = typer.Option(None, "--against", help="A second file or index: pairs with one text from each."),
    threshold: float = typer.Option(None, "--threshold", help="Score at or above which two texts are a pair."),
    min_confidence: float = MinConfidence,
    shingles: float = typer.Option(
        None, "--shingles", help="Also pairs whose word sequences overlap by at least this much, 0 to 1 (Jaccard)."
    ),
    top_k: int = typer.Option(0, "--top-k", min=0, help="Keep at most N pairs per text (0 = all)."),
    memory: int = typer.Option(MEMORY, "--memory", min=16, help="MiB to use, not counting the texts and vectors."),
    groups: bool = typer.Option(False, "--groups", help="Print groups of duplicates instead of pairs."),
    strict: bool = typer.Option(False, "--strict", help="Groups in which every two members are a pair."),
    labels: list[str] = typer.Option(
        None, "--labels", help=f"A label that counts as a duplicate; repeatable: {', '.join(LABELS)}."
    ),
    same: list[str] = typer.Option(None, "--same", hidden=True),
    include: list[str] = typer.Option(
        None, "--include", help="A label that --clean removes too: near-identical, paraphrase, contains."
    ),
    clean: Path = typer.Option(None, "--clean", help="Write a copy of the file without rows that are safe to remove."),
    force: bool = typer.Option(False, "--force", help="Let --clean replace an existing file."),
    keep: str = typer.Option(RULES[0], "--keep", help=f"The row of a group that is kept: {', '.join(RULES)}."),
    keep_field: str = typer.Option("", "--keep-field", help="The field that --keep newest or best compares."),
    removed: Path = typer.Option(None, "--removed", help="Log of removed rows (default: next to the clean file)."),
    to_review: Path = typer.Option(None, "--review", help="Label pairs by hand; answers are kept in this file."),
    out: Path = typer.Option(None, "--out", help="Write all pairs, groups or answers: .csv, .jsonl, .parquet."),
    limit: int = typer.Option(LISTED, "--limit", min=0, help="Number of pairs or groups shown; --json has all."),
    task: str = typer.Option(DUPLICATES_TASK, "--task", help="For a file: what its texts are."),
    model: str = Model,
    cross_encoder: str = typer.Option(None, "--cross-encoder", help="A cross-encoder trained on duplicates."),
    role: str = typer.Option("", "--role", help="document: compare by the document encoder, if there are two."),
    where: str = Where,
    *,
    reading: TextOptions,
    json: bool = AsJson,
) -> None:
    """Find every pair of texts that say the same, with its label. Exit code 1 means that there is none."""
    grouped = groups or strict or clean is not None
    if out is not None:
        format_of(out)
    if clean is None and (keep != RULES[0] or keep_field or removed is not None):
        raise InputError("--keep, --keep-field and --removed apply to a cleaned file: also set --clean.")
    if to_review is not None and (grouped or min_confidence):
        raise InputError("A review presents pairs: omit --review, or --groups, --strict, --clean and --min-confidence.")
    if same:
        note(REPLACES)
    with progress(quiet=json) as report:
        found = find(
            source,
            against=against, threshold=threshold, min_confidence=min_confidence or 0.0, shingles=shingles,
            top_k=top_k, memory=memory, groups=grouped, strict=strict,
            labels=[*(labels or ()), *(same or ())],
            include=include or (),
            keep=keep,
            keep_field=keep_field,
            clean=clean,
            removed=removed,
            force=force,
            task=task,
            model=model,
            cross_encoder=cross_encoder,
            role=role,
            where=parsed_where(where),
            id=reading.id_field, text=reading.text_fields, title=reading.title_field,
            metadata=reading.metadata_fields or None, format=reading.format, skip_bad=reading.skip_bad,
            encoding=reading.encoding, progress=report,
        )  # fmt: skip
    _tell(found, min_confidence, json)
    if to_review is not None:
        _review(found, to_review, out)
    elif grouped:
        _groups(found, limit, out, json)
    else:
        _pairs(found, limit, out, json)
    if not (found.groups if grouped else found.pairs):
        raise typer.Exit(1)


def _tell(found: Duplicates, min_confidence: float | None, json: bool) -> None:
    tell_origin(found.contract, found.origin, found.documents)
    tell_task(found.contract)
    if found.calibration is not None:
        documents = found.documents if found.whole else found.calibration.documents
        assurance(found.calibration, min_confidence or 0.0, documents, json)


def _pairs(found: Duplicates, limit: int, out: Path | None, json: bool) -> None:
    if out is not None:
        write(out, map(pairs.pair_row, found.pairs), pairs.PAIR_COLUMNS)
    if json:
        as_json({**pairs.search_fields(found), "pairs": [pairs.pair_fields(pair) for pair in found.pairs]})
        return
    pairs.show_pairs(found.pairs, limit)
    say(pairs.summary(found.pairs, found.threshold))
    say(pairs.proof(found))


def _groups(found: Duplicates, limit: int, out: Path | None, json: bool) -> None:
    if out is not None:
        write(out, pairs.group_rows(found.groups, found.texts), pairs.GROUP_COLUMNS)
    if json:
        as_json({**pairs.search_fields(found), "groups": [vars(group) for group in found.groups]})
    else:
        pairs.show_groups(found.groups, found.texts, limit)
        say(pairs.group_summary(found))
        say(pairs.proof(found))
    if found.file is not None:
        file, gone = found.file, found.file.rows - found.file.kept
        note(
            f"{file.path}: {file.kept:,} of {counted(file.rows, 'row')} kept, {gone:,} removed; see {file.log} for the "
            f"reasons. To undo: askew restore {file.log} {file.path} --all"
        )


def _review(found: Duplicates, answers: Path, out: Path | None) -> None:
    """out: for the labelled pairs."""
    questions = [
        ReviewQuestion(pair, pair.label, pair.reason, pair.evidence_a, pair.evidence_b) for pair in found.pairs
    ]
    texts = {id: text for pair in found.pairs for id, text in ((pair.a, pair.text_a), (pair.b, pair.text_b))}
    review(questions, texts, answers, threshold=found.threshold)
    if out is not None:
        with Labels(answers) as kept:
            kept.write(out)


def restore(
    log: Path = typer.Argument(help="The log that `askew duplicates --clean` wrote."),
    cleaned: Path = typer.Argument(help="The cleaned file."),
    id: list[str] = typer.Option(None, "--id", help="A row to restore; repeatable."),
    group: list[str] = typer.Option(None, "--group", help="A group whose rows are restored; repeatable."),
    all: bool = typer.Option(False, "--all", help="Restore every row: the original file, byte for byte."),
    out: Path = typer.Option(None, "--out", help="Write to another file instead of replacing the cleaned file."),
    json: bool = AsJson,
) -> None:
    """Restore rows that were removed as duplicates."""
    done = undo(log, cleaned, out or cleaned, ids=tuple(id or ()), groups=tuple(group or ()), every=all)
    if json:
        as_json(vars(done))
    else:
        say(f"{counted(len(done.back), 'row')} restored in {out or cleaned}; {done.still:,} still removed.")
