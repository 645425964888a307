"""`askew duplicates` and `askew restore`: pairs of texts that say the same, cleaned files, and their undo."""

from dataclasses import dataclass
from pathlib import Path

import typer

from askew.cli import pairs
from askew.cli.files import Model, On, Source, TextOptions, gathered, tell_origin, tell_task
from askew.cli.guarantee import MinConfidence, assurance
from askew.cli.output import AsJson, as_json, counted, note, progress, say
from askew.cli.review import review
from askew.cli.search import Where, parsed_where
from askew.compare import DUPLICATES_TASK
from askew.compare import duplicates as find
from askew.dedup.duplicates import LABELS, MEMORY
from askew.dedup.outputs import written_by
from askew.dedup.plan import RULES
from askew.dedup.result import Duplicates, group_fields, pair_fields, search_fields
from askew.dedup.review import Labels, ReviewQuestion, is_labels
from askew.dedup.undo import undo
from askew.errors import InputError
from askew.export.tables import format_of, write
from askew.files import check_outputs
from askew.text.display import percent

LISTED = 20
REPLACES = "askew: `--same` is now `--labels`; the old name goes with the next release."
STRICT = (
    "askew: groups are strict now, so `--strict` says nothing more than `--groups`; `--chain` gives the former ones."
)

Labelling = typer.Option(None, "--labels", help=f"A label that counts as a duplicate; repeatable: {', '.join(LABELS)}.")
Same = typer.Option(None, "--same", hidden=True)
Compare = typer.Option(None, "--compare", help="A column that must agree too; repeatable.")
Clean = typer.Option(None, "--clean", help="Write a copy of the file without rows that are safe to remove.")
Include = typer.Option(None, "--include", help="A label that may be removed too: near-identical, paraphrase, contains.")
Labelled = typer.Option(
    None, "--labelled", help="Pairs labelled by hand (text1, text2, label): 1 may be removed, 0 never is."
)
RemovedTable = typer.Option(None, "--removed", help="Table of removed rows (default: next to the clean file).")


@dataclass(frozen=True)
class GroupOptions:
    """The options that make groups."""

    groups: bool = typer.Option(False, "--groups", help="Print groups, in which every two texts are a pair.")
    chain: bool = typer.Option(False, "--chain", help="Groups of all texts that are connected through pairs.")
    strict: bool = typer.Option(False, "--strict", hidden=True)
    labels: list[str] = Labelling
    same: list[str] = Same
    compare: list[str] = Compare
    keep_boilerplate: bool = typer.Option(
        False, "--keep-boilerplate", help="Compare footers and lines that many texts share too."
    )


@dataclass(frozen=True)
class CleanOptions:
    """The options that say what is removed, and where the rest is written."""

    clean: Path = Clean
    include: list[str] = Include
    labelled: list[Path] = Labelled
    dry_run: bool = typer.Option(False, "--dry-run", help="Only show what would be removed; write nothing.")
    target_size: int = typer.Option(None, "--target-size", min=1, help="Stop at N rows; the most similar go first.")
    keep: str = typer.Option(RULES[0], "--keep", help=f"The row of a group that is kept: {', '.join(RULES)}.")
    keep_field: str = typer.Option("", "--keep-field", help="The field that --keep newest or best compares.")
    removed: Path = RemovedTable
    force: bool = typer.Option(False, "--force", help="Replace files that exist; never what is read.")

    @property
    def removes(self) -> bool:
        return self.clean is not None or self.dry_run or self.target_size is not None

    @property
    def written(self) -> tuple[Path, ...]:
        """The files that a cleaning writes."""
        return () if self.clean is None else written_by(self.clean, self.removed)

    def check(self) -> None:
        said = self.keep != RULES[0] or self.keep_field or self.include or self.labelled or self.removed is not None
        if said and not self.removes:
            raise InputError(
                "--keep, --keep-field, --include, --labelled and --removed say what is removed: also set --clean, "
                "--dry-run or --target-size."
            )


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
    to_review: Path = typer.Option(None, "--review", help="Label pairs by hand; answers are kept in this file."),
    out: Path = typer.Option(None, "--out", help="Write all pairs, groups or answers: .csv, .jsonl, .parquet."),
    limit: int = typer.Option(LISTED, "--limit", min=0, help="Number of pairs or groups shown; --json has all."),
    task: str = typer.Option(DUPLICATES_TASK, "--task", help="For a file: what its texts are."),
    model: str = Model,
    cross_encoder: str = typer.Option(
        None, "--cross-encoder", help="A cross-encoder for duplicates or inference (NLI)."
    ),
    role: str = typer.Option("", "--role", help="document: compare by the document encoder, if there are two."),
    where: str = Where,
    on: str = On,
    *,
    grouping: GroupOptions,
    cleaning: CleanOptions,
    reading: TextOptions,
    json: bool = AsJson,
) -> None:
    """Find every pair of texts that say the same, with its label. Exit code 1 means that there is none."""
    cleaning.check()
    grouped = grouping.groups or grouping.chain or grouping.strict or (cleaning.removes and against is None)
    by_hand = _by_hand(cleaning, to_review, grouped, bool(min_confidence), json)
    if out is not None:
        format_of(out)
        replaces = cleaning.force or (to_review is not None and not cleaning.removes and is_labels(out))
        written = cleaning.written if cleaning.removes else ()
        check_outputs([out], force=replaces, sources=filter(None, [source, against, *by_hand, to_review, *written]))
    _tell_names(grouping)
    with progress(quiet=json) as report:
        found = find(
            source, against=against, threshold=threshold, min_confidence=min_confidence or 0.0, shingles=shingles,
            top_k=top_k, memory=memory, groups=grouped, chain=grouping.chain,
            labels=[*(grouping.labels or ()), *(grouping.same or ())], compare=grouping.compare or (),
            boilerplate=not grouping.keep_boilerplate,
            include=cleaning.include or (), labelled=by_hand, keep=cleaning.keep, keep_field=cleaning.keep_field,
            target_size=cleaning.target_size, clean=cleaning.clean, removed=cleaning.removed,
            dry_run=cleaning.dry_run, force=cleaning.force, task=task, model=model, cross_encoder=cross_encoder,
            role=role, where=parsed_where(where), id=reading.id_field, text=reading.text_fields,
            title=reading.title_field, metadata=reading.metadata_fields or None, format=reading.format,
            skip_bad=reading.skip_bad, encoding=reading.encoding, on=on, progress=report,
        )  # fmt: skip
    _tell(found, min_confidence, json)
    if to_review is not None and not cleaning.removes:
        _review(found, to_review, out)
    else:
        _show(found, cleaning, limit, out, grouped, json)
    if not (found.groups if grouped else found.pairs):
        raise typer.Exit(1)


def _by_hand(cleaning: CleanOptions, to_review: Path | None, grouped: bool, promised: bool, json: bool) -> list[Path]:
    """Return the files of labels that widen what is removed; a review that is cleaned by is one of them."""
    given = list(cleaning.labelled or ())
    if to_review is None:
        return given
    if cleaning.removes:
        if not to_review.is_file():
            raise InputError(f"There is no review {to_review} yet: label pairs first, without --clean and --dry-run.")
        return [*given, to_review]
    if json:
        raise InputError("A review is for people: omit --json, and read the answers in its file.")
    if grouped or promised:
        raise InputError("A review presents pairs: omit --review, or --groups, --chain and --min-confidence.")
    return given


def _tell_names(grouping: GroupOptions) -> None:
    if grouping.same:
        note(REPLACES)
    if grouping.strict:
        note(STRICT)


def _tell(found: Duplicates, min_confidence: float | None, json: bool) -> None:
    tell_origin(found.contract, found.origin, found.documents)
    tell_task(found.contract)
    if found.calibration is not None:
        documents = found.documents if found.whole else found.calibration.documents
        assurance(found.calibration, min_confidence or 0.0, documents, json)
    if codes := pairs.unruled(found.pairs[:LISTED]):
        note(
            f"There are no word rules for some of the languages ({codes}): that texts in them are called a paraphrase "
            "says only that they score high."
        )
    if found.subject.is_one:
        note(_one_subject(found))


def _one_subject(found: Duplicates) -> str:
    where = {"calibration": "your calibration", "gap": "a gap in the scores"}
    better = (
        f"{where[found.subject.source].capitalize()} suggests --threshold {found.subject.threshold:.3f}."
        if found.subject.threshold is not None
        else "Look at pairs near the threshold (--review), and raise it (--threshold)."
    )
    share = percent(found.subject.share, 0)
    subject = f"{share} of the texts are in groups: they are probably about one subject, where alike is not the same."
    return f"{subject} {better}"


def _show(found: Duplicates, cleaning: CleanOptions, limit: int, out: Path | None, grouped: bool, json: bool) -> None:
    """Write the table, then print."""
    if out is not None:
        write(out, *(pairs.group_table(found) if grouped else pairs.pair_table(found)))
    if json:
        shown = {"groups": group_fields(found)} if grouped else {"pairs": list(map(pair_fields, found.pairs))}
        gone = {"removed": [vars(row) for row in found.removed]} if cleaning.removes else {}
        as_json({**search_fields(found), **shown, **gone})
    else:
        if grouped and not cleaning.dry_run:
            pairs.show_groups(found.groups, found.texts, found.members, limit)
            say(pairs.group_summary(found))
        elif not grouped and not cleaning.dry_run:
            pairs.show_pairs(found.pairs, limit)
            say(pairs.summary(found.pairs, found.threshold))
        if cleaning.removes:
            pairs.show_removed(found, limit, would=found.file is None)
        if said := pairs.left_out(found):
            say(said)
        say(pairs.proof(found))
    _tell_cleaned(found)


def _tell_cleaned(found: Duplicates) -> None:
    left = found.documents - len(found.removed)
    if found.target is not None and left > found.target:
        note(
            f"{found.target:,} cannot be reached: {left:,} of {counted(found.documents, 'row')} are left when all goes "
            "that may. More may go with --include paraphrase, or a lower --threshold."
        )
    if found.file is not None:
        file, gone = found.file, found.file.rows - found.file.kept
        note(
            f"{file.path}: {file.kept:,} of {counted(file.rows, 'row')} kept, {gone:,} removed; see {file.table} for "
            f"the reasons. To undo: askew restore {file.log} {file.path} --all"
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
    log: Path = typer.Argument(help="The log, or the table of removed rows, that `askew duplicates --clean` wrote."),
    cleaned: Path = typer.Argument(help="The cleaned file."),
    id: list[str] = typer.Option(None, "--id", help="A row to restore; repeatable."),
    group: list[str] = typer.Option(None, "--group", help="A group whose rows are restored; repeatable."),
    all: bool = typer.Option(False, "--all", help="Restore every row: the original file, byte for byte."),
    out: Path = typer.Option(None, "--out", help="Write to another file instead of replacing the cleaned file."),
    force: bool = typer.Option(False, "--force", help="Replace another file that exists; never what is read."),
    json: bool = AsJson,
) -> None:
    """Restore rows that were removed as duplicates."""
    done = undo(log, cleaned, out or cleaned, ids=tuple(id or ()), groups=tuple(group or ()), every=all, force=force)
    if json:
        as_json(vars(done))
    else:
        say(f"{counted(len(done.back), 'row')} restored in {out or cleaned}; {done.still:,} still removed.")
