"""`askew serve`: the HTTP server over a folder of indexes."""

from pathlib import Path

import typer

from askew.cli.output import note
from askew.environment import require

LOG_LEVELS = ("debug", "info", "warning", "error")


def serve(
    folder: Path = typer.Argument(help="The folder that holds the indexes."),
    host: str = typer.Option("127.0.0.1", "--host", help="Address to listen on; the default is this machine alone."),
    port: int = typer.Option(7777, "--port", help="Port; 0 picks a free one."),
    model: list[str] = typer.Option(
        ["all-MiniLM-L6-v2"], "--model", help="A model for embeddings; the first is the default. Repeatable."
    ),
    reranker: list[str] = typer.Option(
        ["ms-marco-MiniLM-L6-v2"], "--reranker", help="A model for reranking; the first is the default. Repeatable."
    ),
    precision: str = typer.Option("fp32", "--precision", help="Of these models: fp32 or int8."),
    default_role: str = typer.Option(
        "", "--default-role", help="query or document: of texts that come without input_type."
    ),
    allow_host: list[str] = typer.Option(
        [], "--allow-host", help="A name by which the server is called, besides its address. Repeatable."
    ),
    page: bool = typer.Option(True, "--page/--no-page", help="Whether people find a page at /."),
    log_level: str = typer.Option("info", "--log-level", help=f"{', '.join(LOG_LEVELS)}; a line of JSON each."),
) -> None:
    """Serve indexes and models over HTTP. In askew's form, and in those of OpenAI, Cohere, Jina and TEI."""
    require("fastapi", "FastAPI", "server", "The server")
    require("uvicorn", "uvicorn", "server", "The server")
    from askew.server.app import serve as run
    from askew.server.config import ServerConfig
    from askew.validation import one_of

    level = one_of(log_level, "log level", LOG_LEVELS)
    models = (tuple(model), tuple(reranker), precision, default_role)
    config = ServerConfig(folder, host, port, *models, tuple(allow_host), page)
    run(config, log_level=level, started=lambda url: note(f"Serving {folder} at {url} (API: {url}/docs)."))
