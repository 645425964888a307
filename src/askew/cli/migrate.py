"""`askew migrate`: change model, precision, prompts or chunking of an index while it serves."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import typer

from askew.cli.files import IdField, TextField, documents, fields
from askew.cli.output import AsJson, as_json, note, progress, say, table
from askew.cli.search import Mode
from askew.errors import ContractError, InputError, ModelError
from askew.evaluation.qrels import read_qrels
from askew.faq.log import read_log
from askew.index import Index
from askew.migration import migrate as steps
from askew.migration import parity as parities
from askew.migration.migrate import ContractChange, MigrationState, state
from askew.migration.parity import Judgement, Parity, document_titles, most_changed
from askew.migration.queries import Queries, drawn, own
from askew.models import own as models
from askew.models.choice import mismatch
from askew.paths import put_whole
from askew.progress import Report
from askew.text.display import percent, shorten
from askew.types import Document, Role
from askew.validation import check_k

QUERIES = 5
WIDTH = 70
SCALE = {
    "best": "best score, median",
    "last": "score of the last, median",
    "floor": "99 of 100 unrelated below",
    "unrelated": "unrelated, median",
}


@dataclass(frozen=True)
class Shown:
    """titles: of the documents that are spoken of, by id."""

    parity: Parity
    titles: Mapping[str, str]

    @classmethod
    def of(cls, old: Index, new: Index, parity: Parity) -> Self:
        return cls(parity, document_titles(old, new, most_changed(parity.replayed)))


def show(shown: Shown) -> None:
    parity = shown.parity
    _sides(parity)
    say()
    drawn = "" if parity.asked == parity.total else f" of {parity.total:,}"
    say(f"Asked of both: {parity.asked:,}{drawn} queries from {parity.queries}.")
    say(
        f"overlap@{parity.k}  {parity.overlap:.3f} ({parity.interval.low:.3f} to {parity.interval.high:.3f}) of the "
        f"best {parity.k} are found by both; the first is the same for {percent(parity.same_first, 1)}"
    )
    for judged in parity.judged:
        _judged(judged)
    _changed(shown)
    for name in parity.void:
        say(f"Void after the switch: {name}.")
    say()


def versions(name: str) -> dict[str, str]:
    """What lies beside the index that serves: nothing, most of the time."""
    found = state(name)
    told = {}
    if found.next:
        told["being built"] = f"{_named(found.next)}; compare and switch: askew migrate {name}"
    if found.kept:
        told["kept"] = f"{_named(found.kept)}, from before the switch; free it: askew migrate {name} --drop-old"
    return told


def _named(standing: MigrationState) -> str:
    sealed, sizes = standing.contract.encoder, standing.sizes
    return f"{sealed.model} ({sealed.precision}), {sizes.documents:,} documents, {sizes.bytes / 1e6:,.1f} MB"


def show_measured(measured: Mapping[str, Any]) -> None:
    """What an earlier call measured and kept."""
    say(f"Compared before: overlap@{measured['k']} {measured['overlap']:.3f} on {measured['asked']:,} queries.")


def _sides(parity: Parity) -> None:
    old, new = parity.old, parity.new
    rows: list[tuple[object, ...]] = [
        ("model", f"{old.model} ({old.precision})", f"{new.model} ({new.precision})"),
        ("fingerprint", old.fingerprint[:16], new.fingerprint[:16]),
        ("documents", f"{old.documents:,}", f"{new.documents:,}"),
        ("passages", f"{old.passages:,}", f"{new.passages:,}"),
        ("not seen whole", f"{old.truncated:,}", f"{new.truncated:,}"),
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


def _changed(shown: Shown) -> None:
    most = most_changed(shown.parity.replayed)[:QUERIES]
    if most:
        say()
        say("Changed most:")
    for one in most:
        say(f"  {percent(one.overlap)} shared: {shorten(one.text, WIDTH)}")
        for side, found in (("old", one.old), ("new", one.new)):
            first = found[0].document if found else "nothing"
            say(f"    {side}  {shorten(shown.titles.get(first, first), WIDTH)}")


K = 10
DENSE = "dense"


@dataclass(frozen=True)
class Replay:
    """What both indexes are asked, and how; `report`: the page to write. k: None where nothing was said."""

    log: str | None
    qrels: str | None
    id_field: str | None
    text_field: str | None
    k: int | None
    mode: str
    report: Path | None


def migrate(
    name: str = typer.Argument(help="The index."),
    to: str = typer.Option(None, "--to", help="The new model; without it the index's own, with other settings."),
    precision: str = typer.Option(None, "--precision", help="fp32 or int8."),
    policy: str = typer.Option(None, "--policy", help="Texts too long for the model: chunk, warn, error or accept."),
    chunk_tokens: int = typer.Option(None, "--chunk-tokens", help="Tokens of a passage at most."),
    overlap: int = typer.Option(None, "--overlap", help="Tokens that a passage shares with the one before."),
    query_prompt: str = typer.Option(None, "--query-prompt", help="Put before each query, instead of the card's."),
    document_prompt: str = typer.Option(None, "--document-prompt", help="Put before each document."),
    queries: str = typer.Option(None, "--queries", help="What users asked: a message a line, CSV, TSV or JSONL."),
    qrels: str = typer.Option(None, "--qrels", help="Which documents answer the queries, by their ids."),
    id_field: str = IdField,
    text_field: str = TextField,
    k: int = typer.Option(None, "-k", "--k", help=f"How many documents of each query are compared ({K})."),
    mode: str = Mode,
    report: Path = typer.Option(None, "--report", help="Write the comparison as an HTML page too."),
    if_overlap: float = typer.Option(None, "--if-overlap", help="Switch only if both find so much alike, 0 to 1."),
    switch: bool = typer.Option(False, "--switch", help="Have the new index serve; the old one is kept."),
    back: bool = typer.Option(False, "--back", help="Have the old index serve again, with all that came since."),
    drop_old: bool = typer.Option(False, "--drop-old", help="Free what was kept since the switch."),
    abandon: bool = typer.Option(False, "--abandon", help="Take away what was built."),
    json: bool = AsJson,
) -> None:
    """Build an index anew beside the old one, compare the two, and switch, or not."""
    prompts = {str(role): text for role, text in ((Role.QUERY, query_prompt), (Role.DOCUMENT, document_prompt))}
    given = {role: text for role, text in prompts.items() if text is not None} or None
    change = ContractChange(to, precision, policy, chunk_tokens, overlap, given)
    asked = Replay(queries, qrels, id_field, text_field, k, mode, report)
    acts = {"--switch": switch, "--back": back, "--drop-old": drop_old, "--abandon": abandon}
    _check(change, asked, [act for act, wanted in acts.items() if wanted], if_overlap)
    if back or drop_old or abandon:
        _act(name, back, drop_old, json)
    else:
        _migrate(name, change, asked, switch, if_overlap, json)


def _migrate(
    name: str, change: ContractChange, asked: Replay, switch: bool, if_overlap: float | None, json: bool
) -> None:
    with progress(quiet=json) as report:
        if not change.empty:
            _begin(name, change)
        made = steps.build(name, report=report)
        measured = _measured(name, asked) if switch else {}
        shown = () if measured else _compared(name, asked, report)
        shared = shown[0].parity.overlap if shown else measured.get("overlap", 0.0)
        switched = switch and shared >= (if_overlap or 0.0)
        if switched:
            steps.switch(name, report=report)
    if json:
        parity = shown[0].parity.as_json() if shown else measured
        as_json({"encoded": made.written, "removed": made.removed, "switched": switched, "parity": parity})
    else:
        say(f"{made.written:,} documents encoded, {made.removed:,} removed.")
        for one in shown:
            show(one)
        if measured:
            show_measured(measured)
        say(_next_step(name, switched))
    if switch and not switched:
        found, wanted = percent(shared, 1), percent(if_overlap or 0.0, 1)
        note(f"Not switched: the two share {found} of what they find, and {wanted} was asked for.")
        raise typer.Exit(1)


def _measured(name: str, asked: Replay) -> dict[str, Any]:
    """What an earlier call measured, if nothing else is asked for; else empty."""
    found = parities.kept(steps.place_of_next(name))
    other = asked.k not in (None, found.get("k")) or asked.mode not in (DENSE, found.get("mode"))
    return {} if other or asked.log or asked.report else found


def _next_step(name: str, switched: bool) -> str:
    if switched:
        return (
            f"Switched: the new index serves. Free the old one: askew migrate {name} --drop-old, or go back: --back. "
            "Processes that had it open see the new one when they open it again."
        )
    return f"The old index serves. Switch: askew migrate {name} --switch, or take the new one away: --abandon."


def _check(change: ContractChange, asked: Replay, acts: list[str], if_overlap: float | None) -> None:
    check_k(K if asked.k is None else asked.k)
    if len(acts) > 1:
        raise InputError(f"{' and '.join(acts)} are steps of their own: take one after the other.")
    others = not change.empty or asked.log or asked.qrels or asked.report
    if acts and acts[0] != "--switch" and others:
        raise InputError(f"{acts[0]} takes no other option: nothing is built or compared.")
    if if_overlap is not None and "--switch" not in acts:
        raise InputError("--if-overlap is a condition for --switch: give both.")
    if if_overlap is not None and not 0 <= if_overlap <= 1:
        raise InputError(f"--if-overlap is a share from 0 to 1, not {if_overlap}.")
    if asked.qrels and not asked.log:
        raise InputError("--qrels judges the queries of a file: name it with --queries.")


def _act(name: str, back: bool, drop_old: bool, json: bool) -> None:
    if back:
        steps.back(name)
        told = f"The old index serves again. The other one waits: askew migrate {name} --switch, or --abandon."
    elif drop_old:
        steps.drop_old(name)
        told = "The old index is gone."
    else:
        steps.abandon(name)
        told = "What was built is gone; the index is as it was."
    if json:
        as_json({"done": "back" if back else "drop-old" if drop_old else "abandon"})
    else:
        say(told)


def _begin(name: str, change: ContractChange) -> None:
    if change.model is not None:
        card = models.resolve(change.model)
        with Index.open(name) as index:
            task = index.contract.task
        if doubt := mismatch(card, task):
            note(f"Note: {card.name} was {doubt}. See: askew models choose --task {task}")
    steps.begin(name, change)


def _compared(name: str, asked: Replay, report: Report) -> tuple[Shown, ...]:
    """Empty where there is nothing to ask, or the old index cannot be asked any more, which is said."""
    qrels = read_qrels(asked.qrels) if asked.qrels else None
    with steps.both(name) as (old, new):
        if not old.sizes().documents:
            note("There is nothing to compare: the index holds no document.")
            return ()
        try:
            old.encoder("replaying")
        except (ContractError, ModelError) as fault:
            note(f"The old index cannot be asked any more, so there is nothing to compare the new one with. {fault}")
            return ()
        queries = _queries(asked, old)
        shown = Shown.of(old, new, parities.parity(old, new, queries, asked.k or K, asked.mode, qrels, report))
        parities.keep(steps.place_of_next(name), shown.parity)
    if asked.report:
        from askew.migration.report import parity_page

        written = parity_page(name, shown.parity, shown.titles)
        put_whole(asked.report, lambda path: path.write_text(written, "utf-8"))
        note(f"Written: {asked.report}. It holds queries and beginnings of documents.")
    return (shown,)


def _queries(asked: Replay, old: Index) -> Queries:
    if asked.log is None:
        return own(old)
    if asked.qrels:
        by_line = "lines" if Path(asked.log).suffix.lower() == ".txt" else None
        named = fields(asked.id_field, asked.text_field, None, None)
        return drawn(documents([asked.log], named, by_line, False), asked.log)
    log = read_log(asked.log, asked.text_field)
    if log.skipped:
        note(f"Rows without a message, skipped: {len(log.skipped):,}")
    return drawn([Document(str(row), text) for row, text in enumerate(log.messages, 1)], asked.log)
