"""`askew init`: three questions, and a file that `askew index` follows from then on."""

import sys
from pathlib import Path

import typer

from askew.cli.output import AsJson, as_json, note, say
from askew.errors import InputError
from askew.project import missing_model, place, planned, write
from askew.tasks import TASKS


def init(
    files: list[str] = typer.Option(None, "--files", help="A file or folder to search in. Repeatable."),
    purpose: str = typer.Option(None, "--for", help="What the index is for, in plain words, or a task."),
    language: str = typer.Option(None, "--language", help="Of the texts: en, German, or several: en,de."),
    name: str = typer.Option(None, "--name", help="Name of the index; the default is that of this folder."),
    model: str = typer.Option(None, "--model", help="The model; the default follows from task and language."),
    force: bool = typer.Option(False, "--force", help="Replace an askew.toml that is there already."),
    json: bool = AsJson,
) -> None:
    """Write askew.toml: what to index, what for, in which language. Then `askew index` needs no arguments."""
    place(Path(), force=force)
    paths = files or _asked("--files", "Which files or folders? Separate several by commas", ".").split(",")
    if purpose is None:
        _list_tasks()
        purpose = _asked("--for", "What do you want to do with them? In plain words, or a task", "search documents")
    spoken = language if language is not None else _asked("--language", "In which language are the texts?", "English")
    project = planned([path.strip() for path in paths], purpose, spoken, name=name, model=model)
    path = write(project, Path(), force=force)
    if json:
        as_json({"file": str(path), **vars(project)})
        return
    say(f"{path}: {project.task}, {', '.join(project.languages)}, {project.model or 'the default model'}.")
    missing = missing_model(project)
    say("Next: askew index" if not missing else f"Next: askew models pull {missing}; askew index")


def _asked(option: str, question: str, default: str) -> str:
    """Ask a person. Raises InputError where there is nobody to ask."""
    if not sys.stdin.isatty():
        raise InputError(
            f"{option} is missing, and there is no terminal to ask at. For example: "
            'askew init --files docs --for "search documents" --language en'
        )
    return str(typer.prompt(question, default=default, err=True))


def _list_tasks() -> None:
    for task in TASKS:
        note(f"  {task.name:<20} {task.query} finds {task.document}")
