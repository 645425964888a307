"""`askew context` and `askew answer`: passages for a prompt, and a cited answer from a chat model."""

from collections.abc import Iterator
from pathlib import Path

import typer

from askew.cli.output import AsJson, as_json, counted, note, say
from askew.cli.search import Mode, Name, Where, parsed_where
from askew.errors import InputError
from askew.faq.place import refuse
from askew.index import Index
from askew.rag.answer import BUDGET, Grounded
from askew.rag.answer import answer as answered
from askew.rag.chat import KEY, Chat
from askew.search.context import MORE, Citation, Context, LeftOut, under
from askew.search.ranking import CONTEXT_PASSAGES as STRETCHES

K = typer.Option(STRETCHES, "-k", "--k", help="How many stretches to consider, passages side by side being one.")
Tokenizer = typer.Option(None, "--tokenizer", help="A tokenizer.json to count with; else the index's own model counts.")


def context(
    name: str = Name,
    query: str = typer.Argument(help="What the passages are to answer."),
    budget_tokens: int = typer.Option(1000, "--budget-tokens", help="The text has no more tokens than this."),
    tokenizer: Path = Tokenizer,
    k: int = K,
    mode: str = Mode,
    where: str = Where,
    json: bool = AsJson,
) -> None:
    """Pack the best passages for a prompt: numbered sources, nothing twice, never over the budget."""
    refuse(name)
    with Index.open(name) as index:
        packed = index.context(query, budget_tokens, mode=mode, where=parsed_where(where), k=k, tokenizer=tokenizer)
    if json:
        as_json({"query": query, "mode": mode, **packed.as_json()})
    elif packed.citations:
        say(packed.text)
        note(f"\n{told(packed)}")
    else:
        note("No sentence of what was found fits into the budget." if packed.left_out.budget else "Nothing found.")
    if not packed.citations:
        raise typer.Exit(1)


def told(packed: Context) -> str:
    """How full the budget is, in whose tokens, and what is not in."""
    return (
        f"{packed.tokens:,} of {packed.budget:,} tokens ({packed.tokenizer}), "
        f"{counted(len(packed.citations), 'source')}.{_left_out(packed.left_out)}"
    )


def source(citation: Citation) -> str:
    """Where a number leads: the file, or the document where it is from no file; then page, title and heading."""
    place = citation.source or citation.document
    page = f"  p. {citation.page}" if citation.page else ""
    title = f"  {citation.title}" if citation.title else ""
    heading = f" · {below}" if (below := under(citation)) else ""
    return f"[{citation.number}] {place}{page}{title}{heading}{f' {MORE}' if citation.cut else ''}"


def _left_out(left: LeftOut) -> str:
    parts = [
        f"{counted(left.budget, 'passage')} for want of room" if left.budget else "",
        f"{counted(left.repeated, 'repetition')}" if left.repeated else "",
    ]
    said = " and ".join(part for part in parts if part)
    return f" Left out: {said}." if said else ""


def answer(
    name: str = Name,
    question: str = typer.Argument(help="What you want to know."),
    url: str = typer.Option(
        None, "--url", envvar="ASKEW_CHAT_URL", help="Of the chat, like http://localhost:11434/v1."
    ),
    model: str = typer.Option(None, "--model", envvar="ASKEW_CHAT_MODEL", help="The chat's model, like llama3.2."),
    key_env: str = typer.Option(
        "", "--key-env", help=f"The variable that holds its key; for OpenAI and this machine, {KEY}."
    ),
    temperature: float = typer.Option(0.0, "--temperature", help="0 for the likeliest words; 1 leaves it to the chat."),
    budget_tokens: int = typer.Option(BUDGET, "--budget-tokens", help="The sources have no more tokens than this."),
    tokenizer: Path = Tokenizer,
    k: int = K,
    mode: str = Mode,
    where: str = Where,
    always_ask: bool = typer.Option(False, "--always-ask", help="Ask the chat even where nothing near was found."),
    json: bool = AsJson,
) -> None:
    """Answer a question from the index, with sources, through any OpenAI-compatible chat."""
    if not url or not model:
        raise InputError("Name the chat: --url and --model, or ASKEW_CHAT_URL and ASKEW_CHAT_MODEL in the environment.")
    chat = Chat(url, model, key_env, temperature)
    refuse(name)
    with Index.open(name) as index:
        coming = answered(
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
        found = _last(coming, quiet=json)
    if json:
        as_json({"question": question, "model": model, "mode": mode, **found.as_json()})
    else:
        _tell(found)
    if not found.grounded:
        raise typer.Exit(1)


def _last(coming: Iterator[str | Grounded], quiet: bool) -> Grounded:
    """Shows the text as it comes, and returns what is known at its end."""
    shown = False
    try:
        for part in coming:
            if isinstance(part, Grounded):
                return part
            if not quiet:
                typer.echo(part, nl=False)
                shown = True
    finally:
        if shown:
            say()
    raise AssertionError("an answer ends with what is to be thought of it")


def _tell(found: Grounded) -> None:
    if found.citations:
        say()
    for citation in found.citations:
        say(source(citation))
    if found.why:
        note(found.why)
