"""`askew demo`: the first five minutes, on texts that come with askew."""

import time
from collections.abc import Sequence
from pathlib import Path

import typer

from askew import demo as texts
from askew.cli.hits import show_hits
from askew.cli.output import note, progress, say, shortened
from askew.errors import ModelError
from askew.index import Index, folder
from askew.models import cards, pull
from askew.types import Pair

SHOWN = ("q05", "q06", "q24", "q02")
THRESHOLD = 0.72


def demo(
    into: Path = typer.Option(Path(), "--into", help="Where the two indexes of the demo are kept."),
) -> None:
    """See it work: answers from a staff handbook, and duplicates among support questions."""
    start = time.perf_counter()
    _bring("all-MiniLM-L6-v2")
    _answers(into / "askew-demo-handbook")
    _duplicates(into / "askew-demo-support")
    say(f"\nDone in {time.perf_counter() - start:.1f} s. Now ask yourself:")
    say(f'  askew search {into / "askew-demo-handbook"} "can I bring my dog to work?"')


def _bring(model: str) -> None:
    card = cards.get(model)
    try:
        pull.find(card)
    except ModelError:
        note(f"Bringing {model} ({card.size_mb} MB, once) …")
        with progress() as report:
            pull.pull(card, report)


def _answers(name: Path) -> None:
    with _index(name, "question-answering") as index:
        with progress() as report:
            index.add(texts.handbook(), report)
            index.optimise(report)
        questions = texts.questions()
        sizes = index.sizes()
        say(f"A staff handbook: {sizes.documents} pages in {sizes.passages} passages. The questions share no word")
        say("with the sentence that answers them.\n")
        for question in questions:
            if question.id in SHOWN:
                say(f"? {question.text}")
                show_hits(index.search(question.text, 1, mark=1), width=260)
                say()
        asked = [question.text for question in questions]
        for mode, words in (("dense", "by meaning"), ("lexical", "by words (BM25)")):
            rankings = index.rank(asked, 1, mode=mode)
            right = sum(
                bool(ranking) and ranking[0].document == question.document
                for ranking, question in zip(rankings, questions, strict=True)
            )
            say(f"Right page first, {words:<15} {right} of {len(questions)} questions")


def _duplicates(name: Path) -> None:
    with _index(name, "duplicate-questions") as index, progress() as report:
        index.add(texts.support(), report)
        pairs = index.duplicates(THRESHOLD, report=report)
    question = {document.id: document.text for document in texts.support()}
    planted = texts.support_truth()
    say(f"\n{len(question)} support questions: {len(pairs)} pairs score {THRESHOLD} or more, among them\n")
    kinds = {pair: kind for pair, kind in planted.items() if kind == "paraphrase"}
    found = [pair for pair in pairs if (pair.a, pair.b) in kinds]
    traps = [pair for pair in pairs if planted.get((pair.a, pair.b), "paraphrase") != "paraphrase"]
    _show(found[:2], question)
    say(f"… {len(found)} of the {len(kinds)} planted paraphrases. And the traps, which differ in what matters:\n")
    _show(traps[:2], question)
    say(f"… {len(traps)} pairs that only look alike (a not, another number, another product). No score tells them")
    say("from paraphrases: look before you delete.")


def _show(pairs: Sequence[Pair], text: dict[str, str]) -> None:
    for pair in pairs:
        say(f"  {pair.score:.3f}  {shortened(text[pair.a], 100)}\n         {shortened(text[pair.b], 100)}")


def _index(name: Path, task: str) -> Index:
    if folder(name).exists():
        return Index.open(name, writable=True)
    return Index.create(name, task)
