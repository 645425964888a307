"""Answerability: whether anything in an index is near a question, judged against unrelated questions."""

from dataclasses import dataclass

from askew.index import Index
from askew.search.background import Background, sample
from askew.stores.steady import steady
from askew.types import Where

SIGMAS = 5.0
"""Standard deviations above the mean of unrelated scores: the highest of 3.5 million normal ones."""

UNRELATED = (
    "How long does a boiled egg need to stay soft inside?",
    "Which planet has the most rings?",
    "Who composed the Moonlight Sonata?",
    "How do I change the oil of a motorcycle?",
    "What is the capital of Mongolia?",
    "Why do cats purr when they are stroked?",
    "How does a diesel engine differ from a petrol engine?",
    "When was the printing press invented?",
    "Which muscles does rowing train most?",
    "How do bees find their way back to the hive?",
    "What is the largest prime below one hundred?",
    "How can I remove red wine from a white carpet?",
    "Who ruled Egypt when the great pyramid was built?",
    "Why is the sea salty?",
    "How do I cast on stitches for a hat?",
    "What makes bread dough rise?",
    "Which wood is best for a violin?",
    "How do I compile a program written in C?",
    "What is the difference between a crocodile and an alligator?",
    "How high can a kite fly?",
    "Who discovered penicillin?",
    "What are the rules of water polo?",
    "How do glaciers shape a valley?",
    "Which constellation holds the north star?",
    "How do I propagate a rose from a cutting?",
    "What does a conductor do in an orchestra?",
    "Why do leaves turn yellow in autumn?",
    "How is cheese made from milk?",
    "What is the exchange rate between yen and pounds?",
    "Which poet wrote about a raven at midnight?",
    "How do submarines dive and surface?",
    "What is the fastest way to learn juggling?",
)


@dataclass(frozen=True)
class Answerability:
    """best: highest score of a passage. floor: the lowest score that counts as near."""

    best: float
    floor: float

    @property
    def near(self) -> bool:
        return self.best >= self.floor


def answerability(index: Index, question: str, where: Where | None = None) -> Answerability:
    """Compare the question's best dense score with those of UNRELATED; both see only passages that match `where`."""
    vectors = index.sealed.encode(index.task.query_role, "searching", [question, *UNRELATED])

    def judged() -> Answerability:
        keys = index.store.keys(where)
        unrelated = Background(vectors[1:] @ index.store.vectors(sample(keys)).T)
        best = index.store.nearest(vectors[:1], 1, where).scores[0, 0]
        return Answerability(float(best), unrelated.mean + SIGMAS * unrelated.deviation)

    return steady(judged)
