"""`askew show` and `askew tasks`: the contract, truncation and sizes of an index, and the list of tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import typer

from askew.cli.migrate import versions
from askew.cli.output import AsJson, as_json, counted, say, table
from askew.errors import InputError
from askew.faq.estimate import Estimate
from askew.faq.faq import Faq, open_any
from askew.faq.sync import TASK
from askew.index import Index, index_fields
from askew.quantisation import Precision
from askew.search.ranking import CHANNELS
from askew.stores import MetadataField
from askew.tasks import TASKS
from askew.text.display import shorten

WIDTH = 30  # characters of a value that --fields shows
LOSERS = 10  # documents listed by --ledger


def show(
    name: str = typer.Argument(help="The index, or FAQ."),
    ledger: bool = typer.Option(False, "--ledger", help="Token counts, and the documents that were truncated."),
    fields: bool = typer.Option(False, "--fields", help="The metadata fields for --where, with types and ranges."),
    json: bool = AsJson,
) -> None:
    """Show contract, token counts, sizes and recall of an index."""
    with open_any(name) as opened:
        if fields:
            _show_fields(opened.answers.fields() if isinstance(opened, Faq) else opened.fields(), json)
        elif isinstance(opened, Faq):
            if ledger:
                raise InputError(f"--ledger is for one index: show {opened.path / 'questions'}, or 'answers', instead.")
            _show_faq(opened, json)
        elif ledger:
            _show_ledger(opened, json)
        else:
            _show_index(opened, versions(name), json)


def _show_index(index: Index, versions: Mapping[str, str], json: bool) -> None:
    if json:
        as_json({**index_fields(index), "versions": versions})
        return
    contract, sizes = index.contract, index.sizes()
    rows = {
        **_rows(index),
        **({"sparse": f"{contract.sparse.model} ({contract.sparse.dim:,} terms)"} if contract.sparse else {}),
        **({"access": "a document is read by its readers alone"} if contract.access else {}),
        "prompts": ", ".join(f"{role}: {text!r}" for role, text in contract.encoder.prompts.items()) or "none",
        "model sees": f"at most {contract.encoder.max_tokens} tokens",
        "long texts": _policy(contract.policy, contract.chunk_tokens, contract.overlap),
        "fingerprint": contract.fingerprint[:16],
        "documents": f"{sizes.documents:,} in {counted(sizes.passages, 'passage')}",
        "tokens": f"{sizes.tokens:,} in the documents, {sizes.seen:,} seen by the model",
        "truncated": _truncated(sizes.truncated),
        "on disk": f"{sizes.bytes / 1e6:,.1f} MB",
        **({"vectors": _stored(index.facts())} if contract.vectors != Precision.FLOAT32 else {}),
        "search": _search(index.facts()),
        "mode": _mode(index),
    }
    for key, value in {**rows, **versions}.items():
        say(f"{key:<12}  {value}")


def _show_faq(faq: Faq, json: bool) -> None:
    estimate = faq.estimate()
    if json:
        channels = {name: index_fields(index) for name, index in faq.channels.items()}
        as_json({"task": TASK, "estimate": asdict(estimate), **channels})
        return
    say(f"{'task':<12}  {TASK}: two indexes, searched together")
    say(f"{'weights':<12}  {_weights(estimate)}")
    for name, index in faq.channels.items():
        sizes = index.sizes()
        rows = {
            "documents": f"{sizes.documents:,} in {counted(sizes.passages, 'passage')}",
            **_rows(index),
            "fingerprint": index.contract.fingerprint[:16],
            "truncated": _truncated(sizes.truncated),
            "on disk": f"{sizes.bytes / 1e6:,.1f} MB",
        }
        say()
        say(f"{name}")
        for key, value in rows.items():
            say(f"  {key:<12}  {value}")


def _show_fields(fields: Sequence[MetadataField], json: bool) -> None:
    if json:
        as_json({"fields": [vars(field) for field in fields]})
        return
    ends = [(shorten(str(one.least), WIDTH), shorten(str(one.most), WIDTH)) for one in fields]
    rows = [(one.name, ", ".join(one.types), one.documents, *both) for one, both in zip(fields, ends, strict=True)]
    table(("field", "type", "documents", "least", "greatest"), rows)
    say()
    say("Of each passage: $heading, $page.")


def _rows(index: Index) -> dict[str, str]:
    sealed = index.contract.encoder
    return {
        "task": f"{index.contract.task} ({index.task.kind})",
        "model": f"{sealed.model} ({sealed.precision}, {sealed.dim} dimensions, {sealed.similarity})",
    }


def _truncated(number: int) -> str:
    return (
        f"{counted(number, 'document')} not seen in full, or with words that the model does not know"
        if number
        else "none"
    )


def _weights(estimate: Estimate) -> str:
    questions, answers, offset = estimate.weights
    labels = f" and {counted(estimate.labels, 'label')}" if estimate.labels else ""
    return (
        f"questions {questions:.2f}, answers {answers:.2f} ({offset:+.2f}), "
        f"estimated from {counted(estimate.entries, 'entry')}{labels}"
    )


def _show_ledger(index: Index, json: bool) -> None:
    """Print totals and the documents that lost most; as JSON, every document."""
    sizes = index.sizes()
    totals = {"documents": sizes.documents, "passages": sizes.passages, "tokens": sizes.tokens, "seen": sizes.seen}
    if json:
        every = [{**vars(account), "lost": account.lost} for account in index.accounts()]
        as_json({**totals, "lost": sizes.tokens - sizes.seen, "truncated": sizes.truncated, "ledger": every})
        return
    say(f"{counted(sizes.documents, 'document')} in {counted(sizes.passages, 'passage')}: {sizes.tokens:,} tokens,")
    say(f"{sizes.seen:,} seen by the model, {sizes.tokens - sizes.seen:,} lost in {sizes.truncated:,} documents,")
    say("which are beyond its maximum length, or words that it does not know.")
    losers = index.losers(LOSERS)
    if losers:
        say()
        table(
            ("lost", "seen", "tokens", "passages", "document"),
            [(account.lost, account.seen, account.tokens, account.passages, account.document) for account in losers],
        )
    if sizes.truncated > len(losers):
        say(f"… and {sizes.truncated - len(losers):,} more; --json lists every document.")


def _stored(facts: Mapping[str, Any]) -> str:
    """Return the precision of the stored vectors, and what it was measured to cost."""
    stored = facts["stored"]
    if "recall" not in stored:
        measured = "; the recall is measured once 1,000 are added" if stored.get("measures", True) else ""
        return f"stored as {stored['precision']}{measured}"
    measured = f"recall {stored['recall']:.4f} of the ten nearest in float32"
    return f"stored as {stored['precision']}: {measured}, measured on {stored['rows']:,} vectors"


def _search(facts: Mapping[str, Any]) -> str:
    stored = f", as stored in {facts['stored']['precision']}" if "stored" in facts else ""
    if facts["method"] == "exact":
        return f"exact: every passage is scored{stored}"
    if facts["method"] == "hamming":
        recall = f"measured recall {facts['recall']:.4f}" if "recall" in facts else "recall not measured yet"
        return f"by Hamming distance, the best rescored{stored}: {recall}"
    how = f"ef_search {facts['ef_search']}" if facts["method"] == "hnsw" else _probed(facts)
    return f"approximate: measured recall {facts['recall']:.4f}, target {facts['recall_asked']} ({how})"


def _probed(facts: Mapping[str, Any]) -> str:
    return f"{facts['probes']:,} of {facts['lists']:,} lists probed"


def _mode(index: Index) -> str:
    """Return how the index is searched by default, and how hybrid search weighs its channels."""
    weights = ", ".join(f"{name} {weight:g}" for name, weight in zip(CHANNELS, index.weights, strict=False))
    learned = "by evidence, query by query" if len(set(index.weights)) == 1 else f"as learned, {weights}"
    other = "" if index.task.mode == "hybrid" else "; hybrid by choice"
    return f"{index.task.mode}{other}, channels weighed {learned}"


def _policy(policy: str, chunk_tokens: int, overlap: int) -> str:
    if policy == "chunk":
        return f"chunk: passages of up to {chunk_tokens} tokens, overlapping by {overlap}"
    return {
        "warn": "warn: truncated at the model's limit, with a warning",
        "error": "error: rejected",
        "accept": "accept: truncated at the model's limit, and counted",
    }[policy]


def tasks(json: bool = AsJson) -> None:
    """List the tasks. A task determines model, prompts, similarity and chunking."""
    from askew.models.choice import recommended

    best = {task.name: recommended(task.name).card for task in TASKS}
    if json:
        as_json(
            [
                {
                    "name": task.name,
                    "kind": task.kind,
                    "query": task.query,
                    "document": task.document,
                    "model": task.model,
                    "recommended": best[task.name].name,
                    "policy": task.policy,
                }
                for task in TASKS
            ]
        )
        return
    table(
        ["task", "kind", "query", "document"],
        [[task.name, task.kind, task.query, task.document] for task in TASKS],
    )
    say()
    table(
        ["task", "recommended", "MB", "offline default"],
        [[task.name, best[task.name].name, best[task.name].size_mb, task.model] for task in TASKS],
    )
    say()
    say("symmetric: query and document are the same kind of text; asymmetric: a short query finds a passage.")
    say("recommended: for English, by published scores and size. askew models pull NAME, then --model NAME.")
    say("offline default: used without --model. Other languages: askew models choose --task TASK --languages German")
