"""`askew models`: which models there are, what each is, and whether its weights are here and whole."""

import typer

from askew import tasks
from askew.cli.output import AsJson, as_json, progress, say, table
from askew.errors import ModelError
from askew.models import cards, pull
from askew.models.cards import Card

app = typer.Typer(help="The models: list, show, pull, check.", no_args_is_help=True)

Name = typer.Argument(help="A model, as `askew models list` names it.")


@app.command("list")
def list_(
    task: str = typer.Option(None, "--task", help="Only models that serve this task."), json: bool = AsJson
) -> None:
    """List the models, and whether their weights are on this machine."""
    if task is not None:
        tasks.get(task)
    chosen = [card for card in map(cards.get, cards.names()) if task is None or task in card.tasks]
    if json:
        as_json([_facts(card) for card in chosen])
        return
    table(
        ["model", "similarity", "dim", "tokens", "MB", "licence", "languages", "here", "verified"],
        [
            [
                card.name,
                card.similarity,
                card.dim,
                card.max_tokens,
                card.size_mb,
                card.licence,
                ",".join(card.languages),
                "yes" if _here(card) else "no",
                "yes" if card.verified else "no",
            ]
            for card in chosen
        ],
    )


@app.command("show")
def show(name: str = Name, json: bool = AsJson) -> None:
    """Show a model's card: what it is, what it was trained for, and its published scores."""
    card = cards.get(name)
    if json:
        as_json(_facts(card))
        return
    say(f"{card.name}: {card.summary}\n")
    for key, value in _facts(card).items():
        if key not in ("name", "summary", "scores"):
            say(f"{key:<12}  {', '.join(map(str, value)) if isinstance(value, list) else value}")
    if card.scores:
        say()
        table(
            ["published", "measure", "value"],
            [[score.set, score.measure, score.value] for score in card.scores],
        )


@app.command("pull")
def pull_(name: str = Name) -> None:
    """Bring a model's weights to this machine and verify them. The only command that uses the network."""
    card = cards.get(name)
    with progress() as report:
        folder = pull.pull(card, report)
    say(f"{card.name} is here, whole and verified: {folder}")


@app.command("check")
def check(name: str = Name, json: bool = AsJson) -> None:
    """Verify the weights on this machine byte for byte; exit code 1 when they differ."""
    card = cards.get(name)
    faults = []
    try:
        if card.files:
            pull.verify(card, pull.find(card))
    except ModelError as fault:
        faults.append(str(fault))
    if json:
        as_json({"model": card.name, "faults": faults})
    else:
        say("\n".join(f"fault: {fault}" for fault in faults) or f"{card.name}: every file is as its card says.")
    if faults:
        raise typer.Exit(1)


def _here(card: Card) -> bool:
    try:
        pull.find(card)
    except ModelError:
        return not card.files
    return True


def _facts(card: Card) -> dict[str, object]:
    return {
        "name": card.name,
        "summary": card.summary,
        "architecture": card.architecture,
        "pooling": card.pooling,
        "similarity": str(card.similarity),
        "dim": card.dim,
        "max_tokens": card.max_tokens,
        "languages": list(card.languages),
        "licence": card.licence,
        "size_mb": card.size_mb,
        "tasks": list(card.tasks),
        "here": _here(card),
        "verified": card.verified,
        "scores": [vars(score) for score in card.scores],
    }
