"""The `askew` command: dispatch to subcommands, grouped help, and error handling."""

import errno
import os
import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from askew.cli.output import note, note_error, say
from askew.errors import AskewError
from askew.version import __version__


def _version(wanted: bool) -> None:
    if wanted:
        say(f"askew {__version__}")
        raise typer.Exit


def root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Semantic search: name the task, and askew chooses and seals the settings that fit it."""


GROUPS = {
    "Search": {
        "demo": "demo:demo",
        "init": "init:init",
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
        "models": "query_encoders:app",
        "eval": "evaluate:eval_",
        "recommend": "recommend:recommend_",
        "advise": "advise:advise",
        "calibrate": "calibrate:calibrate",
        "reproduce": "reproduce:reproduce",
        "negatives": "negatives:negatives",
        "adapt": "adapt:adapt",
        "train": "train:train",
    },
    "Server": {
        "serve": "serve:serve",
        "keys": "keys:app",
        "mcp": "mcp:mcp",
    },
    "Maintenance": {
        "doctor": "doctor:doctor",
        "show": "show:show",
        "check": "check:check",
        "delete": "index:delete",
        "migrate": "migrate:migrate",
    },
}
"""Modules and functions of the commands, in the groups of `askew --help`."""
COMMANDS = {name: place for group in GROUPS.values() for name, place in group.items()}

WIDTH = max(map(len, COMMANDS))

MISUSE: Any = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")
"""Every kind of invalid usage; Typer brings its own copy of click, or not, so the class has no fixed place."""

COMPLETE = "_ASKEW_COMPLETE"
"""Environment variable by which a shell asks for completions."""

RENAMED = {"run": "rank", "weights": "tune", "why": "explain"}
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


def _wanted() -> str:
    """Return the command that was typed, also where a shell asks how its line may go on; "" for none."""
    completing = os.environ.get("_TYPER_COMPLETE_ARGS") or os.environ.get("COMP_WORDS", "")
    words = completing.split() if COMPLETE in os.environ else sys.argv
    return words[1] if len(words) > 1 else ""


def run() -> int:
    """Run the command, and return its exit code."""
    if len(sys.argv) > 1 and sys.argv[1] in RENAMED:
        new = RENAMED[sys.argv[1]]
        note(f"askew: `{sys.argv[1]}` is now `{new}`; the next release removes the old name.")
        sys.argv[1] = new
    app = _app(_wanted())
    try:
        done = app(standalone_mode=False)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 1
    except MISUSE as error:
        return _misused(error)
    except typer.Abort:  # the end of input, where an answer is expected
        return 1
    except AskewError as error:
        note_error(error)
        return 2
    except BrokenPipeError:
        # The reader of our output has closed it, as in `askew search … | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        note(f"askew: {_explained(error)}")
        return 2
    except MemoryError:
        note("askew: There is not enough memory. What was stored is intact; close other programs, or do less at once.")
        return 2
    return done if isinstance(done, int) else 0


def _misused(error: Any) -> int:
    """Report invalid usage as Typer does, with what the user typed on one line; show the help for a missing command."""
    context, message = getattr(error, "ctx", None), error.format_message()
    if context is not None and message == context.get_help():
        lines = message.splitlines()
    elif context is not None:
        hint = f"Try '{context.command_path} --help' for help."
        lines = [*context.get_usage().splitlines(), hint, "", f"Error: {message}"]
    else:
        lines = [f"Error: {message}"]
    for line in lines:
        note(line)
    return int(error.exit_code)


def _explained(error: OSError) -> str:
    where = f" ({error.filename})" if error.filename else ""
    if error.errno == errno.ENOSPC:
        return f"The disk is full{where}. Stored data is intact; free some space and run the command again."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"No permission to read or write{where}. Check owner and mode."
    return f"{error.strerror or error}{where}."
