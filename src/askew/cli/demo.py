"""`askew demo`: the first five minutes, on texts that come with askew."""

import time
from collections.abc import Sequence
from pathlib import Path

import typer

from askew import demo as texts
from askew.cli.hits import show_hits
from askew.cli.output import note, progress, say
from askew.cli.pairs import show_pairs, summary
from askew.errors import ModelError
from askew.index import Index, folder
from askew.matching.labels import JudgedPair
from askew.mining.verdicts.verdict import DUPLICATE, Kind
from askew.models import cards, pull

SHOWN = ("q05", "q06", "q24", "q02")


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
            index.add(texts.handbook(), progress=report)
            index.optimise(report)
        questions = texts.questions()
        sizes = index.sizes()
        say(f"A staff handbook: {sizes.documents} pages in {sizes.passages} passages. The questions share no word")
        say("with the sentence that answers them.\n")
        for question in questions:
            if question.id in SHOWN:
                say(f"? {question.text}")
                show_hits(index.search(question.text, 1, highlight=1), width=260)
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
        index.add(texts.support(), progress=report)
        found = index.duplicates(progress=report)
    planted = texts.support_truth()
    say(f"\nSupport questions, 150 of them. {summary(found.pairs, found.threshold)}\n")
    same = [pair for pair in found if pair.label in DUPLICATE]
    others = [pair for pair in found if pair.label not in DUPLICATE]
    show_pairs(same[:2], 2)
    show_pairs([_first(others, kind) for kind in (Kind.CONTRADICTS, Kind.OTHER_VALUES)], 2)
    right = sum(planted.get((pair.a, pair.b)) == "paraphrase" for pair in same)
    told = sum(planted.get((pair.a, pair.b), "paraphrase") != "paraphrase" for pair in others)
    say(f"Of 30 planted paraphrases {right} are found, among {len(same)} that are called the same. Of 10 traps, which")
    say(f"only look alike (a not, another number, another product), {told} are called what they are.")


def _first(pairs: Sequence[JudgedPair], label: Kind) -> JudgedPair:
    return next(pair for pair in pairs if pair.label is label)


def _index(name: Path, task: str) -> Index:
    if folder(name).exists():
        return Index.open(name, writable=True)
    return Index.create(name, task)
