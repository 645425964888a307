"""A question in, an answer out that says where it has it from; or the word that nothing here answers."""

from collections.abc import Generator, Mapping
from contextlib import closing
from pathlib import Path

from askew.answering import Grounded
from askew.answering.chat import Chat
from askew.answering.cited import cited
from askew.answering.gate import Gate
from askew.answering.nearness import nearness
from askew.answering.prompt import messages
from askew.context import Context, K
from askew.index import Index
from askew.types import Where

BUDGET = 2000  # tokens of sources; the rules and the question come on top


def answer(
    index: Index,
    question: str,
    chat: Chat,
    *,
    budget_tokens: int = BUDGET,
    mode: str = "dense",
    where: Where | None = None,
    k: int = K,
    tokenizer: str | Path | None = None,
    always_ask: bool = False,
) -> Generator[str | Grounded]:
    """The text as the model writes it, and last of all what is to be thought of it.

    Where nothing in the index is near the question, the model is not asked, unless `always_ask`. In the modes that look
    for words too, a word found is near enough. The other arguments are those of `Index.context`.
    """
    context = index.context(question, budget_tokens, mode=mode, where=where, k=k, tokenizer=tokenizer)
    why = _no_use(index, question, context, mode, where, always_ask)
    if why:
        yield Grounded("", (), (), True, why, context)
        return
    gate, parts = Gate(), []
    with closing(_shown(chat, messages(question, context.text), gate)) as pieces:
        for piece in pieces:
            parts.append(piece)
            yield piece
    yield judged("".join(parts), gate.closed, context)


def judged(text: str, declined: bool, context: Context) -> Grounded:
    """The answer against its sources. declined: whether the model said that they carry none."""
    numbers = cited(text)
    known = {citation.number: citation for citation in context.citations}
    sources = tuple(known[number] for number in numbers if number in known)
    unknown = tuple(number for number in numbers if number not in known)
    silent = not text.strip()
    return Grounded(text, sources, unknown, declined or silent, _fault(declined, silent, numbers, unknown), context)


def _no_use(index: Index, question: str, context: Context, mode: str, where: Where | None, always_ask: bool) -> str:
    """Why the model need not be asked; "" where it has to be."""
    if not context.citations and context.left_out.budget:
        return "No sentence of what was found fits into the budget. The model was not asked."
    if not context.citations:
        return "Nothing was found. The model was not asked."
    if always_ask or mode != "dense":
        return ""
    found = nearness(index, question, where)
    if found.near:
        return ""
    return (
        f"Nothing in the index is near the question: the best passage scores {found.best:.3f}, and questions about "
        f"other things up to {found.floor:.3f}. The model was not asked."
    )


def _shown(chat: Chat, asked: list[Mapping[str, str]], gate: Gate) -> Generator[str]:
    """What may be shown of the model's words. The stream is left as soon as the gate is closed."""
    with closing(chat.stream(asked)) as stream:
        for piece in stream:
            if shown := gate.feed(piece):
                yield shown
            if gate.closed:
                return
    if shown := gate.end():
        yield shown


def _fault(declined: bool, silent: bool, numbers: tuple[int, ...], unknown: tuple[int, ...]) -> str:
    if declined and silent:
        return "The sources do not answer this, says the model."
    if declined:
        return "The sources do not answer this, says the model after it has begun."
    if silent:
        return "The model said nothing."
    if unknown:
        listed = ", ".join(f"[{number}]" for number in unknown)
        return f"The answer cites {listed}, which {'is no source' if len(unknown) == 1 else 'are no sources'}."
    return "" if numbers else "The answer cites no source: nothing shows that it is grounded."
