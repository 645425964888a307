"""`askew demo`: search and duplicates on texts that come with askew."""

import shlex
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import typer

from askew import demo as texts
from askew.cli.hits import show_hits
from askew.cli.output import counted, note, progress, say
from askew.cli.pairs import show_pairs, summary
from askew.dedup.labels import JudgedPair
from askew.errors import ModelError
from askew.index import Index
from askew.models import cards, pull
from askew.pair_labels.verdict import DUPLICATE, Kind
from askew.paths import folder

MODEL = "all-MiniLM-L6-v2"
MODES = (("dense", "by meaning"), ("lexical", "by keywords (BM25)"), ("hybrid", "by both"))
SHOWN = ("q05", "q06", "q24", "q02")


def demo(
    into: Path = typer.Option(Path(), "--into", help="The folder for the two indexes of the demo."),
    files: Path = typer.Option(None, "--files", help="Only write sample files of eleven formats to this new folder."),
) -> None:
    """Try askew: search a handbook, and find duplicate questions."""
    if files is not None:
        written = texts.write_files(files)
        say(f"{counted(len(written), 'file')} in {files}.")
        return
    start = time.perf_counter()
    _download(MODEL)
    _answers(into / "askew-demo-handbook")
    _duplicates(into / "askew-demo-support")
    say()
    say(f"Done in {time.perf_counter() - start:.1f} s. Now try it yourself:")
    say(f'  {program()} search {shlex.quote(str(folder(into / "askew-demo-handbook")))} "can I bring my dog to work?"')


def program() -> str:
    """Return how the user can call askew: by name if this one is on the PATH, otherwise by its path."""
    called, found = Path(sys.argv[0]), shutil.which("askew")
    if not called.exists() or (found and Path(found).samefile(called)):
        return "askew"
    return shlex.quote(str(called))


def _download(model: str) -> None:
    card = cards.get(model)
    try:
        pull.find(card)
    except ModelError:
        note(f"Downloading {model} ({card.size_mb} MB, once) …")
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
        say("with the sentences that answer them, so they are searched by meaning alone.")
        say()
        for question in questions:
            if question.id in SHOWN:
                say(f"? {question.text}")
                show_hits(index.search(question.text, 1, mode="dense", highlight=1), width=260)
                say()
        queries = [question.text for question in questions]
        for mode, words in MODES:
            rankings = index.rank(queries, 1, mode=mode)
            right = sum(
                bool(ranking) and ranking[0].document == question.document
                for ranking, question in zip(rankings, questions, strict=True)
            )
            say(f"Right page first, {words:<18} {right} of {len(questions)} questions")


def _duplicates(name: Path) -> None:
    with _index(name, "duplicate-questions") as index, progress() as report:
        index.add(texts.support(), progress=report)
        found = index.duplicates(progress=report)
    planted = texts.support_truth()
    say()
    say(f"Support questions, 150 of them. {summary(found.pairs, found.threshold)}")
    say()
    same = [pair for pair in found if pair.label in DUPLICATE]
    others = [pair for pair in found if pair.label not in DUPLICATE]
    show_pairs(same[:2], 2)
    show_pairs([_first(others, kind) for kind in (Kind.CONTRADICTS, Kind.OTHER_VALUES)], 2)
    right = sum(planted.get((pair.a, pair.b)) == "paraphrase" for pair in same)
    labelled = sum(planted.get((pair.a, pair.b), "paraphrase") != "paraphrase" for pair in others)
    say(f"{right} of 30 planted paraphrases are found, and {len(same)} pairs are labelled as duplicates.")
    say(f"{labelled} of 10 pairs that only look alike (a negation, another number or product) are labelled correctly.")


def _first(pairs: Sequence[JudgedPair], label: Kind) -> JudgedPair:
    return next(pair for pair in pairs if pair.label is label)


def _index(name: Path, task: str) -> Index:
    if folder(name).exists():
        return Index.open(name, writable=True)
    return Index.create(name, task)
