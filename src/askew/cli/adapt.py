"""`askew adapt`: adapt an index to judged queries, prove it, or refuse."""

from pathlib import Path

import typer

from askew.cli.files import RowOptions, gathered
from askew.cli.files import queries as read_queries
from askew.cli.output import AsJson, as_json, note, progress, say, table
from askew.cli.search import Name
from askew.evaluation.qrels import by_id
from askew.text.display import shorten
from askew.training.adaptation import AUTO, METHODS, Adapted, told
from askew.training.adaptation import adapt as adapted
from askew.training.gate import Verdict, cost
from askew.training.trials import Change, Trial

WIDTH = 70


@gathered
def adapt(
    name: str = Name,
    queries: str = typer.Option(..., "--queries", help="A file of queries, in any format that `askew rank` reads."),
    qrels: str = typer.Option(..., "--qrels", help="Relevance judgements: TREC, BEIR, CSV or TSV."),
    dev_qrels: str = typer.Option(None, "--dev-qrels", help="Judgements of a development part that is split already."),
    test_qrels: str = typer.Option(None, "--test-qrels", help="Judgements of the test part, with --dev-qrels."),
    method: str = typer.Option(AUTO, "--method", help=f"{', '.join(METHODS)}."),
    out: Path = typer.Option(None, "--out", help="Folder of the result; NAME-adapted by default."),
    shared_documents: bool = typer.Option(
        False, "--shared-documents", help="Split by query only: the collection stays as it is."
    ),
    forgetting: list[Path] = typer.Option(
        None, "--forgetting", help="Training data of another subject, on which nothing may be lost; repeatable."
    ),
    seed: int = typer.Option(0, "--seed", min=0, help="Seed of the split."),
    force: bool = typer.Option(False, "--force", help="Offer the result even if it is not proven better."),
    *,
    options: RowOptions,
    json: bool = AsJson,
) -> None:
    """Adapt an index to judged queries: nothing is encoded again. What is not proven better is not offered."""
    texts = by_id(read_queries(queries, options), queries)
    with progress(quiet=json) as report:
        found = adapted(
            name, texts, qrels, dev_qrels=dev_qrels, test_qrels=test_qrels, method=method, out=out,
            shared_documents=shared_documents, forgetting=forgetting or (), force=force, seed=seed, progress=report,
        )  # fmt: skip
    if json:
        as_json(told(found))
        return
    _show(found, name)


def _show(found: Adapted, name: str) -> None:
    parts = found.card.parts
    sizes = ", ".join(f"{part.queries:,} for {name}" for name, part in parts.items())
    say(f"Judged queries: {sizes}. Judgements left out, as they tie the parts: {found.card.left_out:,}.")
    if found.method:
        rank = f", rank {found.rank}" if found.rank else ""
        say(
            f"Best on the development queries: {found.method} ({found.strength:g}{rank}), nDCG@10 {found.dev[0]:.4f} "
            f"before and {found.dev[1]:.4f} after, in {found.seconds:.1f} s."
        )
    trials = [found.verdict.held_out, *filter(None, (found.seen, found.unseen)), *found.verdict.forgetting]
    say()
    show_trials(list(dict.fromkeys(trials)))
    say()
    show_verdict(found.verdict)
    say(_next_step(found, name))


def show_trials(trials: list[Trial]) -> None:
    rows = [
        (
            one.name,
            one.measure,
            f"{one.base:.4f}",
            f"{one.trained:.4f}",
            f"{one.compared.difference:+.4f} ({one.compared.interval.low:+.4f} to {one.compared.interval.high:+.4f})",
            f"{one.p:.4f}",
            f"{one.compared.won:,} / {one.compared.lost:,}",
        )
        for one in trials
    ]
    table(("", "measure", "before", "after", "difference, 95 %", "p", "won / lost"), rows)


def show_verdict(said: Verdict) -> None:
    """Print winners and losers, and whether the model is accepted."""
    for word, changes in (("winner", said.winners), ("loser", said.losers)):
        for one in changes:
            say(_change(word, one))
    for text in said.notes:
        note(text)
    for text in said.reasons:
        say(text)
    if said.forced:
        say(f"Offered by force. A switch costs: {cost(said)}")


def _change(word: str, one: Change) -> str:
    return f"  {word:<6}  {one.before:.3f} to {one.after:.3f}  {shorten(one.text, WIDTH)}"


def _next_step(found: Adapted, name: str) -> str:
    if found.model:
        proven = "Proven better. " if found.verdict.accepted else ""
        return f"{proven}Switch without encoding a document: askew migrate {name} --to {found.model}"
    if found.folder is None:
        return "Nothing was written. More judged queries may help, or training a model: askew train."
    if found.verdict.offered:
        return f"The shifts are in {found.folder}."
    return (
        f"It is kept in {found.folder}, but not offered. To offer it all the same, delete that and repeat with --force."
    )
