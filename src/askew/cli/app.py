"""The `askew` command: dispatch to subcommands, grouped help, and error handling."""

import errno
import os
import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from askew.errors import AskewError
from askew.version import __version__


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"askew {__version__}")
        raise typer.Exit


def root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Semantic search: name the task, and askew chooses and seals the settings that fit it."""


GROUPS = {
    "Search": {
        "demo": "demo:demo",
        "index": "index:index",
        "search": "search:search",
        "similar": "search:similar",
        "explain": "explain:explain_",
        "rank": "rank:rank",
        "tune": "rank:tune",
    },
    "FAQ and RAG": {
        "faq": "faq:faq",
        "curate": "faq:curate_",
        "context": "answer:context",
        "answer": "answer:answer",
    },
    "Duplicates and clusters": {
        "duplicates": "duplicates:duplicates",
        "restore": "duplicates:restore",
        "cluster": "cluster:cluster_",
        "map": "cluster:map",
    },
    "Models and quality": {
        "tasks": "show:tasks",
        "models": "models:app",
        "eval": "evaluate:eval_",
        "recommend": "recommend:recommend_",
        "calibrate": "calibrate:calibrate",
        "reproduce": "reproduce:reproduce",
    },
    "Maintenance": {
        "show": "show:show",
        "check": "check:check",
        "delete": "index:delete",
        "migrate": "migrate:migrate",
    },
}
"""Modules and functions of the commands, in the groups of `askew --help`."""
COMMANDS = {name: place for group in GROUPS.values() for name, place in group.items()}

WIDTH = max(map(len, COMMANDS))

RENAMED = {"advise": "recommend", "run": "rank", "weights": "tune", "why": "explain"}
"""Former command names; accepted for one more release, with a note on stderr."""


class Commands(TyperGroup):
    """Lists the commands in their groups."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        for title, names in GROUPS.items():
            found = {name: command for name in names if (command := self.get_command(ctx, name))}
            with formatter.section(title):
                formatter.write_dl([(name.ljust(WIDTH), line(command.help)) for name, command in found.items()])


def line(help: str | None) -> str:
    """Return the first sentence of a help text, on one line."""
    return " ".join((help or "").split()).partition(". ")[0].removesuffix(".")


def _app(wanted: str) -> typer.Typer:
    """Return the app with only the wanted command, to save imports, or with all if there is no such command."""
    app = typer.Typer(
        name="askew",
        cls=Commands,
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
    """Run the command, and return its exit code. Typer itself reports invalid usage on stderr."""
    if len(sys.argv) > 1 and sys.argv[1] in RENAMED:
        new = RENAMED[sys.argv[1]]
        typer.echo(f"askew: `{sys.argv[1]}` is now `{new}`; the next release removes the old name.", err=True)
        sys.argv[1] = new
    app = _app(sys.argv[1] if len(sys.argv) > 1 else "")
    try:
        app()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 1
    except AskewError as error:
        return _fail(str(error))
    except BrokenPipeError:
        # The reader of our output has closed it, as in `askew search … | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _fail(_explained(error))
    except MemoryError:
        return _fail(
            "There is not enough memory. What was stored before is intact; close other programs, or work on fewer or "
            "smaller texts at a time."
        )
    return 0


def _fail(message: str) -> int:
    typer.echo(f"askew: {message}", err=True)
    return 2


def _explained(error: OSError) -> str:
    where = f" ({error.filename})" if error.filename else ""
    if error.errno == errno.ENOSPC:
        return f"The disk is full{where}. Stored data is intact; free some space and run the command again."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"No permission to read or write{where}. Check owner and mode."
    return f"{error.strerror or error}{where}."
