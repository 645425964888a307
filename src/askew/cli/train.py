"""`askew train`: a model trained on one's own data, compared with the one that it began from."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import typer

from askew.cli.adapt import show_trials, show_verdict
from askew.cli.output import AsJson, as_json, counted, note, progress, say
from askew.errors import InputError
from askew.training.recipes import DUPLICATES, RECIPES, Schedule, Towers
from askew.training.runs import place
from askew.training.train import Trained
from askew.training.train import train as trained

DEFAULT = Schedule()
READING = [one.name for one in RECIPES if one.reads_pairs]


def train(
    data: list[Path] = typer.Argument(
        help="Files of pairs, scored pairs, triplets or clicks, or folders in the layout of BEIR."
    ),
    task: str = typer.Option(..., "--task", help="What the model is for; see `askew tasks`."),
    base: str = typer.Option(..., "--base", help="The model to begin from: a name, a folder or an id of the hub."),
    out: Path = typer.Option(..., "--out", help="New folder for the model."),
    dev: list[Path] = typer.Option([], "--dev", help="Development data, if the data are not to be split."),
    test: list[Path] = typer.Option([], "--test", help="Test data, if the data are not to be split."),
    name: str = typer.Option("", "--name", help="Name of the model; by default that of the folder."),
    recipe: str = typer.Option(None, "--recipe", help=f"Instead of the task's own: {', '.join(READING)}."),
    towers: str = typer.Option(None, "--towers", help=f"{', '.join(Towers)}: encoders of queries and documents."),
    teacher: str = typer.Option(None, "--teacher", help="A better model, whose ranking or similarity is learnt."),
    forgetting: list[Path] = typer.Option([], "--forgetting", help="Data of other subjects, not to become worse."),
    shared_documents: bool = typer.Option(False, "--shared-documents", help="Split by query, not by document too."),
    epochs: int = typer.Option(None, "--epochs", help=f"Passes over the data ({DEFAULT.epochs})."),
    steps: int = typer.Option(None, "--steps", help="At most so many batches."),
    batch: int = typer.Option(None, "--batch", help="Rows of a batch."),
    learning_rate: float = typer.Option(None, "--learning-rate", help=f"Its highest ({DEFAULT.learning_rate:g})."),
    max_tokens: int = typer.Option(None, "--max-tokens", help="Cut texts to so many tokens while training."),
    mixed_precision: bool = typer.Option(
        False, "--mixed-precision", help="Multiply matrices in bfloat16: fast on GPUs and processors with AMX."
    ),
    seed: int = typer.Option(0, "--seed", help="Of the split, the order and dropout."),
    force: bool = typer.Option(False, "--force", help="Register the model even if it is not better."),
    json: bool = AsJson,
) -> None:
    """Train a model on your own data, and prove it. A model that is not better is kept, but not registered.

    Interrupted, it continues when the command is repeated.
    """
    if not data:
        raise InputError("There is no data to learn from.")
    with progress(quiet=json) as report, continued(out):
        found = trained(
            data, task, base, out, dev=dev or None, test=test or None, name=name, recipe=recipe, towers=towers,
            teacher=teacher, forgetting=forgetting, shared_documents=shared_documents, epochs=epochs,
            steps=steps, batch=batch, learning_rate=learning_rate, max_tokens=max_tokens,
            mixed_precision=mixed_precision, seed=seed, force=force, progress=report,
        )  # fmt: skip
    if json:
        as_json(_facts(found))
        return
    _show(found)


@contextmanager
def continued(out: Path) -> Iterator[None]:
    """Say how to continue, if a run is stopped by Ctrl-C."""
    try:
        yield
    except KeyboardInterrupt:
        note(f"Stopped. Repeat the command to continue; what was learnt so far is in {place(out)}.")
        raise


def _facts(found: Trained) -> dict[str, object]:
    fitted = {**asdict(found.fitted), "checkpoint": found.fitted.checkpoint.name}
    return {
        "name": found.name,
        "folder": str(found.folder),
        "base": found.base,
        "recipe": found.recipe.name,
        "rows": found.rows,
        "first_stage_weight": found.first_stage_weight,
        "fitted": fitted,
        "data": asdict(found.data.card),
        "verdict": {**asdict(found.verdict), "offered": found.offered},
    }


def _show(found: Trained) -> None:
    fitted = found.fitted
    for line in found.data.card.notes:
        note(line)
    say(f"Recipe {found.recipe.name}: {found.recipe.summary}.")
    say(
        f"{counted(found.rows, 'row')}, {fitted.steps:,} of {fitted.total:,} steps, the best after {fitted.step:,}: "
        f"{fitted.best:.4f} on the development data, {fitted.base:.4f} before."
    )
    if found.first_stage_weight:
        say(
            f"The scores of the search are added to its own: one standard deviation of theirs counts "
            f"{found.first_stage_weight:.2f}."
        )
    say()
    show_trials([found.verdict.held_out, *found.verdict.forgetting])
    say()
    show_verdict(found.verdict)
    if found.offered:
        proven = "Proven better. " if found.verdict.accepted else ""
        say(f"{proven}{found.name} is registered. {_use(found)}")
    else:
        say(f"Kept in {found.folder}, but not registered. To use it regardless: askew models add {found.folder}")


def _use(found: Trained) -> str:
    name = found.name
    if found.recipe.name == DUPLICATES:
        return f"Use it with: askew duplicates NAME --cross-encoder {name}"
    if found.recipe.reads_pairs:
        return f"Use it with: askew search NAME QUERY --rerank-model {name}"
    return f"Use it with: askew index NAME PATH… --model {name}\nAn index that exists: askew migrate NAME --to {name}"
