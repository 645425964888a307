"""The end of the page: the value of every query, and how all of it was measured."""

from askew.charts.report import Section, Table
from askew.evaluation.evaluate import Evaluation
from askew.evaluation.significance import DRAWS


def every(evaluation: Evaluation) -> Section:
    """By the first measure. A page shows the first rows of a long table, so what tells most comes first."""
    measure = evaluation.measures[0]
    found = [
        (query.text or query.id, [system.values[measure][query.id] for system in evaluation.systems])
        for query in evaluation.queries
    ]
    found.sort(key=lambda row: (min(row[1]) - max(row[1]), row[1][0]))
    rows = tuple((text, *(f"{value:.3f}" for value in values)) for text, values in found)
    several = len(evaluation.systems) > 1
    order = "Those whose values differ most come first." if several else "The lowest values come first."
    names = (system.name for system in evaluation.systems)
    return Section("Every query", (f"{measure} of each query. {order}",), (Table(("query", *names), rows),))


def how(evaluation: Evaluation) -> Section:
    return Section("How this was measured", tuple(_method(evaluation)), (_counts(evaluation),))


def _counts(evaluation: Evaluation) -> Table:
    grades = [grade for query in evaluation.queries for grade in query.relevant.values()]
    rows = (
        ("queries that were measured", len(evaluation.queries)),
        ("queries left out, as no document is judged relevant to them", evaluation.left_out),
        ("queries that are judged but were not asked", evaluation.unasked),
        ("judgements of the queries that were measured", len(grades)),
        ("judgements that say relevant", sum(grade > 0 for grade in grades)),
    )
    return Table(("what", "how many"), rows)


def _method(evaluation: Evaluation) -> list[str]:
    words = [
        "Measures are computed by ir-measures. A query for which a system finds nothing counts as 0. A document that "
        "nobody judged counts as not right; so a system that finds good documents which nobody has looked at is judged "
        "too low.",
        f"Intervals are those of the percentile bootstrap (Efron 1979): {DRAWS:,} times as many queries are drawn from "
        "these, with replacement, and 95 % of the means so found lie between the ends.",
    ]
    if evaluation.contests:
        words.append(
            f"Systems are compared by Fisher's randomisation test (Smucker, Allan and Carterette 2007): {DRAWS:,} "
            "times it is left to chance, query by query, which of the two results is whose. Then p is the share of "
            "times in which the means come to differ as much as they do."
        )
    if len(evaluation.contests) > 1:
        words.append(
            f"Of {len(evaluation.contests):,} comparisons one may look good by chance; every p is corrected for that "
            "(Holm 1979)."
        )
    if len(evaluation.systems) > 2:
        words.append(f"All were compared with {evaluation.systems[0].name}, and not with each other.")
    return words
