"""Do stored questions and answers together find more than either alone, and are unrelated messages turned away?

FAQs of several makes, all with default settings. covid-faq: messages are paraphrases of stored questions, in English
and in German. MedQuAD: keywords (its stored questions suffice). SQuAD, TyDi QA, XQuAD: another question that the same
paragraph answers (there the answers must do it). WikiQA: the question without its small words. Quora: duplicates of
stored questions, whose answers are passages drawn at random (they must not do harm). banking77: messages of fifty
intents, of which one message each is stored. Reciprocal rank fusion stands beside for comparison. Of each FAQ: how many
of its own messages are refused, and how many about anything else are answered.
"""

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ir_measures
from goals import Goal, finish
from ir_measures import R, nDCG

from askew.faq.entries import QuestionAnswer
from askew.faq.faq import Faq

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
MEASURES = [nDCG @ 10, R @ 1]
ENTRIES, NEGATIVES = 500, 500


@dataclass(frozen=True)
class Messages:
    """texts, and for each the ids of the answers that are relevant."""

    texts: list[str]
    relevant: list[set[str]]


def rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def tsv(path: Path) -> list[list[str]]:
    return [line.split("\t") for line in path.read_text("utf-8").splitlines()[1:]]


def entries(folder: Path) -> list[QuestionAnswer]:
    questions = {row["_id"]: row["text"] for row in rows(folder / "queries.jsonl")}
    answers = {row["_id"]: row["text"] for row in rows(folder / "corpus.jsonl")}
    return [
        QuestionAnswer(f"{query}-{answer}", questions[query], answers[answer], {"query": query})
        for query, answer, _ in tsv(folder / "qrels.tsv")
    ]


def paraphrases(folder: Path, language: str, stored: Sequence[QuestionAnswer]) -> Messages:
    pairs = [(a, b) for a, b, label in tsv(folder / f"question-pairs.{language}.tsv") if label == "1"]
    answers: dict[str, set[str]] = {}
    for entry in stored:
        answers.setdefault(entry.question, set()).add(entry.answer)
    known = [(a, b) for a, b in pairs if a in answers]
    return Messages([b for _, b in known], [answers[a] for a, _ in known])


def medquad(folder: Path) -> tuple[list[QuestionAnswer], Messages]:
    """Entries drawn at random, answers cut to 1,500 characters; messages like "Asthma treatment"."""
    about = {query: f"{focus} {kind}" for query, _, kind, focus, *_ in tsv(folder / "query-meta.tsv")}
    drawn = random.Random(1).sample(entries(folder), ENTRIES)
    stored = [QuestionAnswer(e.id, e.question, e.answer[:1500], e.metadata) for e in drawn]
    return stored, Messages([about[e.metadata["query"]] for e in stored], [{e.answer} for e in stored])


def another(folder: Path) -> tuple[list[QuestionAnswer], Messages]:
    """One question of each paragraph is stored, another one asked."""
    asked: dict[str, list[QuestionAnswer]] = {}
    for entry in entries(folder):
        asked.setdefault(entry.answer, []).append(entry)
    several = [found for found in asked.values() if len(found) > 1][:ENTRIES]
    return [found[0] for found in several], Messages(
        [found[1].question for found in several], [{found[0].answer} for found in several]
    )


SMALL = "what is the a an of in on to for do does did how who when where which why are was were be"


def keywords(folder: Path) -> tuple[list[QuestionAnswer], Messages]:
    stored = entries(folder)
    small = frozenset(SMALL.split())
    asked = [" ".join(word for word in e.question.strip(" ?").split() if word.lower() not in small) for e in stored]
    asked = [text or entry.question for text, entry in zip(asked, stored, strict=True)]
    return stored, Messages(
        [text or e.question for text, e in zip(asked, stored, strict=False)], [{e.answer} for e in stored]
    )


def noise(folder: Path) -> tuple[list[QuestionAnswer], Messages]:
    pairs = [line.split("\t") for line in (folder / "positive-pairs.tsv").read_text("utf-8").split("\n")[1:] if line]
    drawn = random.Random(4).sample(pairs, ENTRIES)
    passages = [json.loads(line)["text"] for line in (folder.parent / "wikiqa/corpus.jsonl").open(encoding="utf-8")]
    answers = random.Random(5).sample(sorted(set(passages)), ENTRIES)
    stored = [QuestionAnswer(f"q{n}", pair[0], answers[n]) for n, pair in enumerate(drawn)]
    return stored, Messages([pair[1] for pair in drawn], [{answer} for answer in answers])


def intents(folder: Path) -> tuple[list[QuestionAnswer], Messages]:
    stored: dict[str, QuestionAnswer] = {}
    for text, label in tsv(folder / "train.tsv"):
        stored.setdefault(label, QuestionAnswer(label, text, f"This is about {label.replace('_', ' ').lower()}."))
    chosen = {label: stored[label] for label in random.Random(1).sample(sorted(stored), 50)}
    asked = [(text, label) for text, label in tsv(folder / "test.tsv") if label in chosen]
    drawn = random.Random(1).sample(asked, ENTRIES)
    return list(chosen.values()), Messages([text for text, _ in drawn], [{chosen[label].answer} for _, label in drawn])


def runs(faq: Faq, messages: Messages) -> dict[str, list[dict[str, float]]]:
    """For each way of ranking and each message, the score of each answer."""
    made: dict[str, list[dict[str, float]]] = {"questions": [], "answers": [], "fused": [], "reciprocal": []}
    for reply in faq.ask_all(messages.texts, 200, threshold=0):
        for channel in ("questions", "answers"):
            found = {hit.entry.answer: hit.standings[channel] for hit in reply.near if channel in hit.standings}
            made[channel].append({answer: standing.score for answer, standing in found.items()})
        made["fused"].append({hit.entry.answer: hit.score for hit in reply.near})
        made["reciprocal"].append(
            {hit.entry.answer: sum(1 / (60 + s.rank) for s in hit.standings.values()) for hit in reply.near}
        )
    return made


def measured(found: Sequence[Mapping[str, float]], relevant: Sequence[set[str]]) -> dict:
    qrels = {str(row): dict.fromkeys(answers, 1) for row, answers in enumerate(relevant)}
    run = {str(row): dict(scores) for row, scores in enumerate(found)}
    return ir_measures.calc_aggregate(MEASURES, qrels, run)


def table(title: str, faq: Faq, parts: Mapping[str, Messages]) -> dict[str, dict[str, float]]:
    """Prints the measures of each part and returns nDCG@10 by part and way."""
    result: dict[str, dict[str, float]] = {}
    for name, messages in parts.items():
        print(f"\n{title}, {name}: {len(messages.texts)} messages{'nDCG@10':>16}{'R@1':>8}")
        for way, found in runs(faq, messages).items():
            figures = measured(found, messages.relevant)
            print(f"  {way:<14}{figures[nDCG @ 10]:>8.4f}{figures[R @ 1]:>8.4f}")
            result.setdefault(name, {})[way] = figures[nDCG @ 10]
    return result


def answered(faq: Faq, messages: Sequence[str]) -> float:
    replies = faq.ask_all(messages, 1)
    return sum(not reply.abstained for reply in replies) / len(replies)


def shares_answered(title: str, faq: Faq, groups: Mapping[str, Sequence[str]]) -> dict[str, float]:
    weights = ", ".join(f"{weight:.2f}" for weight in faq.estimate().weights)
    shares = {name: answered(faq, messages) for name, messages in groups.items()}
    print(f"\n{title}, weights: {weights}")
    for name, share in shares.items():
        print(f"  answered of {name:<28}{share:>7.3f}")
    return shares


def covid(folder: Path, kept: Path, others: Mapping[str, Sequence[str]]) -> list[Goal]:
    stored = entries(folder)
    parts = {language: paraphrases(folder, language, stored) for language in ("en", "de")}
    both = list(parts.values())
    parts["en+de"] = Messages([t for p in both for t in p.texts], [r for p in both for r in p.relevant])
    with Faq.create(kept / "covid") as faq:
        faq.add(stored)
        found = table("covid-faq", faq, parts)
        groups = {"its paraphrases, en": parts["en"].texts, "its paraphrases, de": parts["de"].texts, **others}
        shares = shares_answered("covid-faq", faq, groups)
    goals = [fused_goal(f"covid-faq-{part}", found[part]) for part in found]
    goals.append(Goal("faq-answers-its-own-en", shares["its paraphrases, en"], 0.85))
    return goals + [Goal(f"faq-covid-answers-{name}", shares[name], 0.15, most=True) for name in others]


def fused_goal(name: str, found: Mapping[str, float]) -> Goal:
    better = max(found["questions"], found["answers"])
    return Goal(f"faq-fused-over-better-{name}", found["fused"] - better, -0.005)


def other(
    name: str, stored: list[QuestionAnswer], messages: Messages, kept: Path, others: Mapping[str, Sequence[str]]
) -> list[Goal]:
    with Faq.create(kept / name.replace("/", "-")) as faq:
        faq.add(stored)
        found = table(name, faq, {"asked": messages})
        shares_answered(name, faq, {"its own": messages.texts, **others})
    return [fused_goal(name, found["asked"])]


OTHERS = (
    ("medquad", medquad),
    ("squad2-dev", another),
    ("tydiqa-goldp-train/en", another),
    ("xquad/en", another),
    ("wikiqa", keywords),
    ("quora-dups-sample", noise),
    ("banking77", intents),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="holds covid-faq, medquad and squad2-dev, as BEIR does")
    data = parser.parse_args().data
    if not (data / "covid-faq" / "qrels.tsv").exists():
        sys.exit(f"covid-faq is not in {data}: name the folder that holds it, in the layout of BEIR, with --data.")
    negatives = {
        name: random.Random(2).sample([row["text"] for row in rows(data / name / "queries.jsonl")], NEGATIVES)
        for name in ("medquad", "squad2-dev")
        if (data / name).exists()
    }
    with tempfile.TemporaryDirectory() as kept:
        goals = covid(data / "covid-faq", Path(kept), negatives)
        english = paraphrases(data / "covid-faq", "en", entries(data / "covid-faq")).texts
        for name, build in OTHERS:
            if (data / name).exists():
                unrelated = {other: texts for other, texts in negatives.items() if other != name}
                goals += other(name, *build(data / name), Path(kept), {**unrelated, "covid-faq": english})
    finish(goals)


if __name__ == "__main__":
    main()
