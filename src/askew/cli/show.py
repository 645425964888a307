"""`askew show`: what an index is, what it was sealed with, how large it is and how it searches."""

from collections.abc import Mapping
from typing import Any

import typer

from askew.cli.output import AsJson, as_json, counted, say
from askew.index import Index


def show(name: str = typer.Argument(help="The index."), json: bool = AsJson) -> None:
    """Show an index: contract, ledger, sizes, and the measured recall of its search."""
    with Index.open(name) as index:
        contract, sizes, facts = index.contract, index.sizes(), index.facts()
        if json:
            as_json({"contract": contract.as_json(), "sizes": vars(sizes), "search": dict(facts)})
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
            "cut": f"{sizes.truncated:,} documents were not seen whole" if sizes.truncated else "nothing was cut",
            "on disk": f"{sizes.bytes / 1e6:,.1f} MB",
            "search": _search(facts),
        }
        for key, value in rows.items():
            say(f"{key:<12}  {value}")


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
