"""All commands under one roof, and what becomes of every error."""

import errno
import os
import sys
from importlib import import_module

import typer

from askew.errors import AskewError
from askew.version import __version__


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"askew {__version__}")
        raise typer.Exit


def root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    """Semantic search that knows what it is asked to do."""


COMMANDS = {
    "demo": "demo:demo",
    "tasks": "show:tasks",
    "index": "index:index",
    "search": "search:search",
    "faq": "faq:faq",
    "curate": "faq:curate_",
    "similar": "search:similar",
    "explain": "explain:explain_",
    "rank": "rank:rank",
    "tune": "rank:tune",
    "eval": "evaluate:eval_",
    "context": "answer:context",
    "answer": "answer:answer",
    "restore": "duplicates:restore",
    "duplicates": "duplicates:duplicates",
    "cluster": "cluster:cluster_",
    "map": "map:map",
    "show": "show:show",
    "check": "check:check",
    "delete": "index:delete",
    "migrate": "migrate:migrate",
    "reproduce": "reproduce:reproduce",
    "recommend": "recommend:recommend_",
    "calibrate": "calibrate:calibrate",
    "models": "models:app",
}
"""Command name to its module and function."""

RENAMED = {"advise": "recommend", "run": "rank", "weights": "tune", "why": "explain"}
"""Former command names; accepted for one more release, with a note on stderr."""


def _app(wanted: str) -> typer.Typer:
    """Only the command that is wanted is imported, or all where it is none of them: the others' imports take time."""
    app = typer.Typer(
        name="askew",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(root)
    for name, place in COMMANDS.items():
        if name == wanted or wanted not in COMMANDS:
            module, _, attribute = place.partition(":")
            found = getattr(import_module(f"askew.cli.{module}"), attribute)
            if isinstance(found, typer.Typer):
                app.add_typer(found, name=name)
            else:
                app.command(name)(found)
    return app


def run() -> int:
    """The exit code. Typer has said its own word on stderr where the usage was wrong."""
    if len(sys.argv) > 1 and sys.argv[1] in RENAMED:
        new = RENAMED[sys.argv[1]]
        typer.echo(
            f"askew: `askew {sys.argv[1]}` is now `askew {new}`; the old name goes with the next release.", err=True
        )
        sys.argv[1] = new
    app = _app(sys.argv[1] if len(sys.argv) > 1 else "")
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
