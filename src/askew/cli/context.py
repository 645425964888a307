"""`askew context`: the best passages for a question, ready for a prompt, within a budget of tokens."""

from pathlib import Path

import typer

from askew.cli.output import AsJson, as_json, counted, note, say
from askew.cli.search import Mode, Name, Where, parsed_where
from askew.faq.place import refuse
from askew.index import Index
from askew.search.context import CONTEXT_PASSAGES as STRETCHES
from askew.search.context import MORE, Citation, Context, LeftOut, under

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
