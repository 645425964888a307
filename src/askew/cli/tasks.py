"""`askew tasks`: what can be asked for."""

from askew.cli.output import AsJson, as_json, say, table
from askew.tasks import TASKS


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
