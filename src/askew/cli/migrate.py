"""`askew migrate`: change model, precision, prompts or chunking of an index while it serves."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer

from askew.cli.files import IdField, TextFields, documents, fields
from askew.cli.output import AsJson, as_json, note, progress, say, table
from askew.evaluation.qrels import judgements
from askew.faq.messages import read_log
from askew.files import check_outputs
from askew.migration.migrate import MODE, K, MigrationResult, model_mismatch
from askew.migration.migrate import migrate as migrated
from askew.migration.parity import Judgement, Parity, Queries, judged_first, most_changed, numbered, sampled
from askew.migration.steps import MigrationState, state
from askew.search.ranking import MODES
from askew.text.display import percent, shorten
from askew.types import Role

QUERIES = 5
WIDTH = 70
SCALE = {
    "best": "best score, median",
    "last": "score of last hit, median",
    "floor": "unrelated, percentile 99",
    "unrelated": "unrelated, median",
}
DONE = {
    "back": "The old index serves again. The new one is kept: askew migrate {} --switch, or --abandon.",
    "drop-old": "The old index is deleted.",
    "abandon": "The new index is deleted; the old one is unchanged.",
}


def migrate(
    name: str = typer.Argument(help="The index."),
    to: str = typer.Option(None, "--to", help="The new model; without it, only other settings of the same model."),
    precision: str = typer.Option(None, "--precision", help="fp32 or int8."),
    policy: str = typer.Option(
        None, "--policy", help="For texts too long for the model: chunk, warn, error or accept."
    ),
    chunk_tokens: int = typer.Option(None, "--chunk-tokens", help="Maximum tokens of a passage."),
    overlap: int = typer.Option(None, "--overlap", help="Tokens that adjacent passages share."),
    query_prompt: str = typer.Option(None, "--query-prompt", help="Prompt for queries, instead of the card's."),
    document_prompt: str = typer.Option(None, "--document-prompt", help="Prompt for documents."),
    sparse: str = typer.Option(None, "--sparse", help="A learned sparse encoder to add, or in place of another."),
    dim: int = typer.Option(None, "--dim", help="Truncate the vectors of a model trained for it (Matryoshka)."),
    vectors: str = typer.Option(None, "--vectors", help="How vectors are stored: float32, float16, int8 or binary."),
    store: str = typer.Option(None, "--store", help="The URL of the engine to move to, or folder for files."),
    shifts: Path = typer.Option(None, "--shifts", help="A folder that adapt --method nudge-n made."),
    queries: str = typer.Option(None, "--queries", help="Queries of users: one per line, CSV, TSV or JSONL."),
    qrels: str = typer.Option(None, "--qrels", help="Relevance judgements of the queries: TREC, BEIR, CSV or TSV."),
    id_field: str = IdField,
    text_fields: list[str] = TextFields,
    k: int = typer.Option(None, "-k", "--k", help=f"Compare the top k documents of each query ({K})."),
    mode: str = typer.Option(None, "--mode", help=f"{', '.join(MODES)}: the searches compared ({MODE})."),
    report: Path = typer.Option(None, "--report", help="Also write the comparison as an HTML report."),
    if_overlap: float = typer.Option(
        None, "--if-overlap", help="Switch only if the overlap is at least this (0 to 1)."
    ),
    switch: bool = typer.Option(False, "--switch", help="Let the new index serve; the old one is kept."),
    back: bool = typer.Option(False, "--back", help="Let the old index serve again, including everything added since."),
    drop_old: bool = typer.Option(False, "--drop-old", help="Delete the old index after the switch."),
    abandon: bool = typer.Option(False, "--abandon", help="Delete the new index."),
    json: bool = AsJson,
) -> None:
    """Build a new index beside the old one, compare, and switch."""
    given = {str(Role.QUERY): query_prompt, str(Role.DOCUMENT): document_prompt}
    prompts = {role: text for role, text in given.items() if text is not None} or None
    if report is not None:
        check_outputs([report], force=True, sources=filter(None, [queries, qrels]))
    replayed = _queries(queries, qrels, id_field, text_fields) if queries else None
    if to and (doubt := model_mismatch(name, to)):
        note(f"Note: {doubt}")
    with progress(quiet=json) as bar:
        found = migrated(
            name, to=to, precision=precision, policy=policy, chunk_tokens=chunk_tokens, overlap=overlap,
            prompts=prompts, sparse=sparse, dim=dim, vectors=vectors, store=store, shifts=shifts,
            queries=replayed, qrels=qrels, k=k, mode=mode, report=report, if_overlap=if_overlap,
            switch=switch, back=back, drop_old=drop_old, abandon=abandon, progress=bar,
        )  # fmt: skip
    done = "back" if back else "drop-old" if drop_old else "abandon" if abandon else ""
    if done and json:
        as_json({"done": done})
    elif done:
        say(DONE[done].format(name))
    else:
        _show(found, name, report, json)
        if switch and not found.switched:
            note(f"Not switched: the overlap is below {if_overlap:g}.")
            raise typer.Exit(1)


def _queries(path: str, qrels: str | None, id_field: str | None, text_fields: list[str] | None) -> Queries:
    """Read a table of queries with ids, for judgements, or a log of messages."""
    if qrels:
        by_line = "lines" if Path(path).suffix.lower() == ".txt" else None
        named = replace(fields(id_field, text_fields, None, None), pair="question")
        return sampled(judged_first(documents([path], named, by_line, False), judgements(qrels)), path)
    log = read_log(path, text_fields)
    if log.skipped:
        note(f"Rows without a message, skipped: {len(log.skipped):,}")
    return sampled(numbered(log.messages), path)


def _show(found: MigrationResult, name: str, report: Path | None, json: bool) -> None:
    for text in found.notes:
        note(text)
    if report is not None and found.parity is not None:
        note(f"Written: {report}. It contains queries and the beginnings of documents.")
    if json:
        parity = found.parity.as_json() if found.parity else found.stored
        counts = {"encoded": found.written, "removed": found.removed, "copied": found.copied}
        as_json({**counts, "switched": found.switched, "parity": parity})
        return
    if found.copied:
        say(f"{found.copied:,} documents copied with their vectors.")
    say(f"{found.written:,} documents encoded, {found.removed:,} removed.")
    if found.parity is not None:
        show_parity(found.parity, found.titles)
    elif found.stored:
        show_stored(found.stored)
    say(_next_step(name, found.switched))


def _next_step(name: str, switched: bool) -> str:
    if switched:
        return (
            f"Switched: the new index serves. Delete the old one: askew migrate {name} --drop-old, or go back: --back. "
            "Processes that have the index open use the new one after they open it again."
        )
    return f"The old index serves. Switch: askew migrate {name} --switch, or delete the new one: --abandon."


def show_parity(parity: Parity, titles: Mapping[str, str]) -> None:
    _sides(parity)
    say()
    drawn = "" if parity.asked == parity.total else f" of {parity.total:,}"
    say(f"Queries: {parity.asked:,}{drawn} from {parity.queries}.")
    say(
        f"overlap@{parity.k}  {parity.overlap:.3f} ({parity.interval.low:.3f} to {parity.interval.high:.3f}) of the "
        f"top {parity.k} are found by both; the first is the same for {percent(parity.same_first, 1)}"
    )
    for judged in parity.judged:
        _judged(judged)
    _changed(parity, titles)
    for name in parity.void:
        say(f"Void after the switch: {name}.")
    say()


def versions(name: str) -> dict[str, str]:
    """Describe the versions of an index other than the serving one; {} if there are none."""
    found = state(name)
    described = {}
    if found.next:
        described["being built"] = f"{_named(found.next)}; compare and switch: askew migrate {name}"
    if found.kept:
        described["kept"] = f"{_named(found.kept)}, from before the switch; delete it: askew migrate {name} --drop-old"
    return described


def _named(version: MigrationState) -> str:
    sealed, sizes = version.contract.encoder, version.sizes
    return f"{sealed.model} ({sealed.precision}), {sizes.documents:,} documents, {sizes.bytes / 1e6:,.1f} MB"


def show_stored(figures: Mapping[str, Any]) -> None:
    """Print the figures of an earlier comparison."""
    say(f"Compared before: overlap@{figures['k']} {figures['overlap']:.3f} on {figures['asked']:,} queries.")


def _sides(parity: Parity) -> None:
    old, new = parity.old, parity.new
    rows: list[tuple[object, ...]] = [
        ("model", f"{old.model} ({old.precision})", f"{new.model} ({new.precision})"),
        ("fingerprint", old.fingerprint[:16], new.fingerprint[:16]),
        ("documents", f"{old.documents:,}", f"{new.documents:,}"),
        ("passages", f"{old.passages:,}", f"{new.passages:,}"),
        ("truncated", f"{old.truncated:,}", f"{new.truncated:,}"),
        ("on disk", f"{old.bytes / 1e6:,.1f} MB", f"{new.bytes / 1e6:,.1f} MB"),
    ]
    if old.scale and new.scale:
        rows += [(name, f"{old.scale[key]:.3f}", f"{new.scale[key]:.3f}") for key, name in SCALE.items()]
    table(("", "old", "new"), rows)


def _judged(judged: Judgement) -> None:
    compared = judged.compared
    say(
        f"{judged.measure}  {judged.old:.4f} old, {judged.new:.4f} new on {judged.queries:,} judged queries: "
        f"{compared.difference:+.4f} ({compared.interval.low:+.4f} to {compared.interval.high:+.4f}, p = "
        f"{compared.p:.4f}); better for {compared.won:,}, worse for {compared.lost:,}"
    )
    worst = [one for one in judged.outcomes if one.new < one.old][:QUERIES]
    best = [one for one in reversed(judged.outcomes) if one.new > one.old][:QUERIES]
    for word, ones in (("loser", worst), ("winner", best)):
        for one in ones:
            say(f"  {word:<6}  {one.old:.3f} to {one.new:.3f}  {shorten(one.text, WIDTH)}")


def _changed(parity: Parity, titles: Mapping[str, str]) -> None:
    most = most_changed(parity.replayed)[:QUERIES]
    if most:
        say()
        say("Changed most:")
    for one in most:
        say(f"  {percent(one.overlap)} in common: {shorten(one.text, WIDTH)}")
        for side, found in (("old", one.old), ("new", one.new)):
            first = found[0].document if found else "nothing"
            say(f"    {side}  {shorten(titles.get(first, first), WIDTH)}")
