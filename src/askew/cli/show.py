"""`askew show` and `askew tasks`: contract, truncation, sizes of an index; the tasks there are."""

from collections.abc import Mapping
from typing import Any

import typer

from askew.cli.faq import show_faq
from askew.cli.migrate import versions
from askew.cli.output import AsJson, as_json, counted, say, table
from askew.faq.place import is_faq
from askew.index import Index
from askew.tasks import TASKS

LOSERS = 10


def show(
    name: str = typer.Argument(help="The index."),
    ledger: bool = typer.Option(False, "--ledger", help="Which documents the model did not see whole, and totals."),
    json: bool = AsJson,
) -> None:
    """Show an index: contract, ledger, sizes, and the measured recall of its search."""
    if is_faq(name):
        show_faq(name, json)
        return
    with Index.open(name) as index:
        if ledger:
            _ledger(index, json)
            return
        contract, sizes, facts = index.contract, index.sizes(), index.facts()
        if json:
            shown = {"contract": contract.as_json(), "sizes": vars(sizes), "search": dict(facts)}
            as_json({**shown, "versions": versions(name)})
            return
        sealed = contract.encoder
        rows = {
            "task": f"{contract.task} ({index.task.kind})",
            "model": f"{sealed.model} ({sealed.precision}, {sealed.dim} dimensions, {sealed.similarity})",
            "prompts": ", ".join(f"{role}: {text!r}" for role, text in sealed.prompts.items()) or "none",
            "model sees": f"{sealed.max_tokens} tokens at most",
            "long texts": _policy(contract.policy, contract.chunk_tokens, contract.overlap),
            "fingerprint": contract.fingerprint[:16],
            "documents": f"{sizes.documents:,} in {counted(sizes.passages, 'passage')}",
            "tokens": f"{sizes.tokens:,} given, {sizes.seen:,} seen by the model",
            "cut": f"{counted(sizes.truncated, 'document')} not seen whole" if sizes.truncated else "nothing was cut",
            "on disk": f"{sizes.bytes / 1e6:,.1f} MB",
            "search": _search(facts),
        }
        for key, value in {**rows, **versions(name)}.items():
            say(f"{key:<12}  {value}")


def _ledger(index: Index, json: bool) -> None:
    """With JSON every document; a person gets the totals and the longest losers."""
    sizes = index.sizes()
    totals = {"documents": sizes.documents, "passages": sizes.passages, "tokens": sizes.tokens, "seen": sizes.seen}
    if json:
        every = [{**vars(account), "lost": account.lost} for account in index.accounts()]
        as_json({**totals, "lost": sizes.tokens - sizes.seen, "truncated": sizes.truncated, "ledger": every})
        return
    say(f"{counted(sizes.documents, 'document')} in {counted(sizes.passages, 'passage')}: {sizes.tokens:,} tokens,")
    say(f"{sizes.seen:,} seen by the model, {sizes.tokens - sizes.seen:,} lost in {sizes.truncated:,} of them.")
    losers = index.losers(LOSERS)
    if losers:
        say()
        table(
            ("lost", "seen", "tokens", "passages", "document"),
            [(account.lost, account.seen, account.tokens, account.passages, account.document) for account in losers],
        )
    if sizes.truncated > len(losers):
        say(f"… and {sizes.truncated - len(losers):,} more; --json lists every document.")


def _search(facts: Mapping[str, Any]) -> str:
    if facts["method"] == "exact":
        return "exact: every passage is compared"
    return (
        f"approximate: recall {facts['recall']:.4f} measured, {facts['recall_asked']} asked for "
        f"({facts['probes']:,} of {facts['lists']:,} lists looked into)"
    )


def _policy(policy: str, chunk_tokens: int, overlap: int) -> str:
    if policy == "chunk":
        return f"chunk: passages of up to {chunk_tokens} tokens, {overlap} shared with the one before"
    return {
        "warn": "warn: cut at the model's length, with a warning",
        "error": "error: refused",
        "accept": "accept: cut at the model's length, counted",
    }[policy]


def tasks(json: bool = AsJson) -> None:
    """List the tasks: name one, and model, prompts, similarity and chunking follow."""
    if json:
        as_json(
            [
                {
                    "name": task.name,
                    "kind": task.kind,
                    "query": task.query,
                    "document": task.document,
                    "model": task.model,
                    "policy": task.policy,
                }
                for task in TASKS
            ]
        )
        return
    table(
        ["task", "kind", "query", "document", "model"],
        [[task.name, task.kind, task.query, task.document, task.model] for task in TASKS],
    )
    say("\nSymmetric: query and document are the same kind of text. Asymmetric: a short query finds a passage.")
