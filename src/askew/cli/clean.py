"""Groups, cleaned files, and `askew restore`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from askew.cleaning.clean import original
from askew.cleaning.keep import Keep
from askew.cleaning.plan import Link, planned
from askew.cleaning.removals import remove
from askew.cleaning.undo import undo
from askew.cli.corpus import ComparedTexts, by_line
from askew.cli.output import AsJson, as_json, counted, note, say
from askew.cli.pair_options import Mined
from askew.errors import InputError
from askew.matching.corpus import Corpus
from askew.mining.near.layers import Layer
from askew.mining.verdicts.verdict import Kind
from askew.text.display import shorten
from askew.types import Group, Pair

MEMBERS = 5  # of a group are shown
WIDTH = 100
COLUMNS = ("group", "id", "representative", "text")


@dataclass(frozen=True)
class Cleaning:
    """Which file is written without its duplicates, where to, and who stays."""

    source: str
    given: ComparedTexts
    keep: Keep
    to: Path
    log: Path | None

    def check(self) -> None:
        if not Path(self.source).is_file():
            raise InputError("--clean writes a file without its duplicates: name a CSV, TSV, JSONL or TXT file.")


def show_groups(found: Sequence[Group], texts: Mapping[str, str], limit: int) -> None:
    for group in found[:limit]:
        say(f"{group.id}  {counted(len(group.members), 'text')}")
        width = max(len(id) for id in group.members[:MEMBERS])
        for id in group.members[:MEMBERS]:
            mark = "*" if id == group.representative else " "
            say(f"  {mark} {id:<{width}}  {shorten(texts[id], WIDTH)}")
        if len(group.members) > MEMBERS:
            say(f"    … and {len(group.members) - MEMBERS:,} more")
    if len(found) > limit:
        say(f"… and {len(found) - limit:,} more groups: --limit shows more, --json all")
    if found:
        say()


def group_rows(found: Sequence[Group], texts: Mapping[str, str]) -> Iterator[Mapping[str, object]]:
    for group in found:
        for id in group.members:
            yield {"group": group.id, "id": id, "representative": group.representative, "text": texts[id]}


def texts_of(corpus: Corpus, found: Sequence[Group]) -> dict[str, str]:
    import numpy as np

    members = {id for group in found for id in group.members}
    places = [place for place, id in enumerate(corpus.ids) if id in members]
    return dict(zip([corpus.ids[place] for place in places], corpus.texts(np.array(places, np.int64)), strict=True))


def clean(cleaning: Cleaning, corpus: Corpus, mined: Mined) -> None:
    """Says on stderr what was written."""
    given = cleaning.given
    file = original(
        cleaning.source, given.fields, format=given.format or by_line(cleaning.source), skip_bad=given.skip_bad
    )
    documents = {document.id: document for document in file.documents}
    gone = planned(mined.groups, documents, cleaning.keep, _links(corpus, mined))
    log = cleaning.log or cleaning.to.with_name(cleaning.to.name + ".removed.jsonl")
    stays = remove(file, gone, cleaning.to, log)
    note(
        f"{cleaning.to}: {stays:,} of {counted(len(file.records), 'row')} stay. {len(gone):,} removed, kept with the "
        f"reason in {log}. To undo: askew restore {log} {cleaning.to} --all"
    )


def _links(corpus: Corpus, mined: Mined) -> Iterator[Link]:
    for match in mined.matches:
        yield Link(match.pair, match.verdict.kind, match.layer)
    for place, first in enumerate(mined.found.first.tolist()):
        if place != first:
            yield Link(Pair(1.0, corpus.ids[first], corpus.ids[place]), Kind.IDENTICAL, Layer.IDENTICAL)


def restore(
    log: Path = typer.Argument(help="The log that `askew duplicates --clean` wrote."),
    cleaned: Path = typer.Argument(help="The file without the rows."),
    id: list[str] = typer.Option(None, "--id", help="A row to put back; repeat it."),
    group: list[str] = typer.Option(None, "--group", help="A group whose rows are put back; repeat it."),
    all: bool = typer.Option(False, "--all", help="Every row: the file as it was, byte for byte."),
    out: Path = typer.Option(None, "--out", help="Write to another file; else the cleaned file is replaced."),
    json: bool = AsJson,
) -> None:
    """Put rows back that were removed as duplicates."""
    done = undo(log, cleaned, out or cleaned, ids=tuple(id or ()), groups=tuple(group or ()), every=all)
    if json:
        as_json(vars(done))
    else:
        say(f"{counted(len(done.back), 'row')} put back in {out or cleaned}; {done.still:,} removed still.")
