"""`askew mcp`: tools over indexes for assistants, on stdin and stdout."""

import warnings
from pathlib import Path

import typer

from askew.cli.output import note
from askew.environment import resident_memory
from askew.errors import InputError, TruncationWarning
from askew.mcp.indexes import LOADING, LocalIndexes
from askew.mcp.proxy import KEY, endpoint, key_of, serve_proxy
from askew.mcp.server import needed, serve_stdio


def mcp(
    places: list[Path] = typer.Argument(None, metavar="[INDEX|DIR]...", help="Indexes, or folders that hold some."),
    connect: str = typer.Option(
        None, "--connect", metavar="URL", help="Pass everything on to this `askew serve`, which loads the models once."
    ),
    key_env: str = typer.Option(KEY, "--key-env", help="The environment variable that holds that server's key."),
) -> None:
    """Serve indexes to assistants (MCP). Its tools: search, fetch, context, similar, show."""
    needed()
    import anyio

    if connect is not None:
        if places:
            raise InputError("--connect takes no indexes: the server has its own.")
        url, key = endpoint(connect), key_of(key_env)
        anyio.run(serve_proxy, url, key, lambda: note(f"askew mcp: passing everything on to {url}. {_memory()}"))
        return
    warnings.simplefilter("ignore", TruncationWarning)
    with LocalIndexes(places or []) as indexes:
        anyio.run(serve_stdio, indexes, lambda: _begin(indexes))


def _begin(indexes: LocalIndexes) -> None:
    """Say what is served, and how much memory that takes before a model is loaded; then load the models."""
    names = indexes.names()
    count = f"{len(names)} index" if len(names) == 1 else f"{len(names)} indexes"
    note(f"askew mcp: {count}: {', '.join(names)}. {_memory()}")
    indexes.load(lambda: _note_models(indexes))


def _note_models(indexes: LocalIndexes) -> None:
    note(f"askew mcp: The models are loaded. {_memory()}")
    for name in indexes.names():
        if (why := indexes.without_model(name)) not in ("", LOADING):
            note(f"askew mcp: {name} is searched by words only: {why}")


def _memory() -> str:
    return f"{resident_memory() >> 20:,} MB in memory."
