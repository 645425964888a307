"""`askew duplicates`: which entries of a file, or of an index, say the same."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer

from askew.cli.output import AsJson, as_json, counted, note, progress, say, shortened
from askew.cli.reading import (
    Format,
    IdField,
    MetadataFields,
    SkipBad,
    TextField,
    TitleField,
    documents,
    fields,
)
from askew.cli.search import Where, parsed_where
from askew.errors import InputError
from askew.faq.place import refuse
from askew.index import Index, folder
from askew.similarity import Similarity
from askew.tasks import get
from askew.types import Document, Pair

WIDTH = 100
LISTED = 20


def duplicates(
    source: str = typer.Argument(help="A file with one text a row (CSV, TSV, JSONL, TXT), - for stdin, or an index."),
    threshold: float = typer.Option(None, "--threshold", help="The score from which two texts are a pair."),
    limit: int = typer.Option(LISTED, "--limit", min=0, help="Pairs shown to a person; --json has them all."),
    task: str = typer.Option("duplicate-questions", "--task", help="For a file: what its texts are."),
    model: str = typer.Option(None, "--model", help="For a file: another model than the task's own."),
    where: str = Where,
    id_field: str = IdField,
    text_field: str = TextField,
    title_field: str = TitleField,
    metadata_fields: list[str] = MetadataFields,
    format: str = Format,
    skip_bad: bool = SkipBad,
    json: bool = AsJson,
) -> None:
    """Find every pair of texts that score at or above a threshold; exit code 1 when there is none."""
    asked = parsed_where(where)
    if folder(source).exists():
        refuse(source)
        with Index.open(source) as index:
            _mine(index, threshold, asked, limit, json)
        return
    if not _is_file(source):
        raise InputError(f"There is no file {source}, and no index {folder(source)}.")
    chosen = fields(id_field, text_field, title_field, metadata_fields)
    read = documents([source], chosen, format or _by_line(source), skip_bad)
    with (
        tempfile.TemporaryDirectory(prefix="askew-") as kept,
        _of(read, Path(kept), task, model, json) as index,
    ):
        _mine(index, threshold, asked, limit, json)


def _is_file(source: str) -> bool:
    return source == "-" or Path(source).exists()


def _by_line(source: str) -> str | None:
    """To be compared with each other, the texts of a plain file are its lines."""
    return "lines" if source == "-" or Path(source).suffix.lower() == ".txt" else None


def _of(read: Sequence[Document], kept: Path, task: str, model: str | None, json: bool) -> Index:
    index = Index.create(kept / "texts", task, model=model)
    with progress(quiet=json) as report:
        index.add(read, report)
    return index


def _mine(index: Index, asked: float | None, where: Mapping[str, object] | None, limit: int, json: bool) -> None:
    threshold = _default(index) if asked is None else asked
    if index.task.kind == "asymmetric" and not json:
        note(f"The task of this index ({index.task.name}) is asymmetric: its documents are compared as documents.")
    with progress(quiet=json) as report:
        found = index.duplicates(threshold, where=where, report=report)
    count = index.store.count(where)
    texts = {d.id: d.text for d in index.documents(list({id for pair in found for id in (pair.a, pair.b)}))}
    if json:
        pairs = [_pair(pair, texts) for pair in found]
        as_json({"threshold": threshold, "compared": count * (count - 1) // 2, "pairs": pairs})
    else:
        _show(found, texts, limit)
        score = "scores" if len(found) == 1 else "score"
        say(
            f"{counted(len(found), 'pair')} {score} {threshold:g} or more. All {count * (count - 1) // 2:,} possible "
            f"pairs of {counted(count, 'passage')} were compared, by {index.contract.encoder.similarity}."
        )
    if not found:
        raise typer.Exit(1)


def _default(index: Index) -> float:
    if index.contract.encoder.similarity is not Similarity.COSINE:
        raise InputError(
            f"{index.contract.encoder.model} scores by the dot product, which has no scale that is known beforehand: "
            "say from which score two texts are a pair, with --threshold."
        )
    return get(index.contract.task).threshold


def _show(found: Sequence[Pair], texts: Mapping[str, str], limit: int) -> None:
    for pair in found[:limit]:
        width = max(len(pair.a), len(pair.b))
        say(f"{pair.score:.3f}  {pair.a:<{width}}  {shortened(texts[pair.a], WIDTH)}")
        say(f"       {pair.b:<{width}}  {shortened(texts[pair.b], WIDTH)}")
    if len(found) > limit:
        say(f"… and {len(found) - limit:,} more: --limit shows more, --json all")
    if found:
        say()


def _pair(pair: Pair, texts: Mapping[str, str]) -> dict[str, object]:
    a, b = ({"id": id, "text": texts[id]} for id in (pair.a, pair.b))
    return {"score": pair.score, "a": a, "b": b}
