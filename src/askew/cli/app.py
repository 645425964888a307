"""All commands under one roof, and what becomes of every error."""

import errno
import os
import sys

import typer

from askew.cli import check, choose, demo, duplicates, index, models, search, show, tasks
from askew.errors import AskewError
from askew.version import __version__

INTERRUPTED = 130

app = typer.Typer(
    name="askew",
    help="Semantic search that knows what it is asked to do.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"askew {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    """Semantic search that knows what it is asked to do."""


app.command("demo")(demo.demo)
app.command("tasks")(tasks.tasks)
models.app.command("choose")(choose.choose_)
app.add_typer(models.app, name="models")
app.command("index")(index.index)
app.command("search")(search.search)
app.command("similar")(search.similar)
app.command("duplicates")(duplicates.duplicates)
app.command("show")(show.show)
app.command("check")(check.check)
app.command("delete")(index.delete)


def run() -> int:
    """The exit code. Typer has said its own word on stderr where the usage was wrong."""
    try:
        app()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 1
    except AskewError as fault:
        return _fail(str(fault))
    except BrokenPipeError:
        # Whoever read our output has gone (`askew search … | head`); nothing is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as fault:
        return _fail(_explained(fault))
    return 0


def _fail(message: str) -> int:
    typer.echo(f"askew: {message}", err=True)
    return 2


def _explained(fault: OSError) -> str:
    where = f" ({fault.filename})" if fault.filename else ""
    if fault.errno == errno.ENOSPC:
        return f"The disk is full{where}. Nothing that was stored is lost; free some space and run it again."
    if fault.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"No permission to read or write{where}. Check its owner and mode."
    return f"{fault.strerror or fault}{where}."
