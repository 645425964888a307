"""`askew context` and `askew answer`: passages for a prompt, and a cited answer from a chat model."""

from collections.abc import Iterator
from pathlib import Path

import typer

from askew.cli.output import AsJson, as_json, counted, note, say, say_flowing, say_prose
from askew.cli.search import Mode, Name, Where, parsed_where
from askew.errors import InputError
from askew.index import Index
from askew.rag.answer import BUDGET, GroundedAnswer
from askew.rag.answer import answer as stream_answer
from askew.rag.chat import KEY, Chat
from askew.search.context import MORE, Citation, Context, LeftOut, under
from askew.search.ranking import CONTEXT_PASSAGES

K = typer.Option(CONTEXT_PASSAGES, "-k", "--k", help="Number of passages to consider (adjacent ones count once).")
Tokenizer = typer.Option(None, "--tokenizer", help="A tokenizer.json to count with (default: the index's model).")


def context(
    name: str = Name,
    query: str = typer.Argument(help="What the passages should answer."),
    budget_tokens: int = typer.Option(1000, "--budget-tokens", help="Maximum number of tokens in the text."),
    tokenizer: Path = Tokenizer,
    k: int = K,
    mode: str = Mode,
    where: str = Where,
    json: bool = AsJson,
) -> None:
    """Pack the best passages for a prompt. Sources are numbered, without repetition, and never exceed the budget."""
    with Index.open(name) as index:
        packed = index.context(query, budget_tokens, mode=mode, where=parsed_where(where), k=k, tokenizer=tokenizer)
    if json:
        as_json({"query": query, "mode": mode or index.task.mode, **packed.as_json()})
    elif packed.citations:
        say_prose(packed.text)
        note()
        note(f"{summary(packed)}")
    else:
        note("No sentence that was found fits into the budget." if packed.left_out.budget else "Nothing found.")
    if not packed.citations:
        raise typer.Exit(1)


def summary(packed: Context) -> str:
    """Return how much of the budget is used, and what was left out."""
    return (
        f"{packed.tokens:,} of {packed.budget:,} tokens ({packed.tokenizer}), "
        f"{counted(len(packed.citations), 'source')}.{_left_out(packed.left_out)}"
    )


def source(citation: Citation) -> str:
    """Return the file of a citation, or the document if it has none, with page, title and heading."""
    place = citation.source or citation.document
    page = f"  p. {citation.page}" if citation.page else ""
    title = f"  {citation.title}" if citation.title else ""
    heading = f" · {below}" if (below := under(citation)) else ""
    return f"[{citation.number}] {place}{page}{title}{heading}{f' {MORE}' if citation.cut else ''}"


def _left_out(left: LeftOut) -> str:
    parts = [
        f"{counted(left.budget, 'passage')} over the budget" if left.budget else "",
        f"{counted(left.repeated, 'repetition')}" if left.repeated else "",
    ]
    listed = " and ".join(part for part in parts if part)
    return f" Left out: {listed}." if listed else ""


def answer(
    name: str = Name,
    question: str = typer.Argument(help="The question."),
    url: str = typer.Option(
        None, "--url", envvar="ASKEW_CHAT_URL", help="URL of the chat service, e.g. http://localhost:11434/v1."
    ),
    model: str = typer.Option(None, "--model", envvar="ASKEW_CHAT_MODEL", help="The chat model, e.g. llama3.2."),
    key_env: str = typer.Option(
        "", "--key-env", help=f"Environment variable with the API key (for OpenAI and localhost: {KEY})."
    ),
    temperature: float = typer.Option(0.0, "--temperature", help="Sampling temperature; 1 leaves it to the service."),
    budget_tokens: int = typer.Option(BUDGET, "--budget-tokens", help="Maximum number of tokens in the sources."),
    tokenizer: Path = Tokenizer,
    k: int = K,
    mode: str = Mode,
    where: str = Where,
    always_ask: bool = typer.Option(False, "--always-ask", help="Call the chat model even if nothing near was found."),
    json: bool = AsJson,
) -> None:
    """Answer a question with a chat model, and check its citations. Any OpenAI-compatible service will do."""
    if not url or not model:
        raise InputError("Set a chat service with --url and --model, or with ASKEW_CHAT_URL and ASKEW_CHAT_MODEL.")
    chat = Chat(url, model, key_env, temperature)
    with Index.open(name) as index:
        parts = stream_answer(
            index,
            question,
            chat,
            budget_tokens=budget_tokens,
            mode=mode,
            where=parsed_where(where),
            k=k,
            tokenizer=tokenizer,
            always_ask=always_ask,
        )
        found = _print_stream(parts, quiet=json)
    if json:
        as_json({"question": question, "model": model, "mode": mode or index.task.mode, **found.as_json()})
    else:
        _show_sources(found)
    if not found.grounded:
        raise typer.Exit(1)


def _print_stream(parts: Iterator[str | GroundedAnswer], quiet: bool) -> GroundedAnswer:
    """Print the text as it arrives, and return the checked answer at its end."""
    checked: list[GroundedAnswer] = []

    def pieces() -> Iterator[str]:
        for part in parts:
            if isinstance(part, GroundedAnswer):
                checked.append(part)
            elif not quiet:
                yield part

    say_flowing(pieces())
    return checked[0]


def _show_sources(found: GroundedAnswer) -> None:
    if found.citations:
        say()
    for citation in found.citations:
        say(source(citation))
    if found.why:
        note(found.why)
